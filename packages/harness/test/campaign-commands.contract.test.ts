// Goal: a running campaign is steered from the command line, and each command ends as the contract says. Method: the real command
// in a process of its own, against the whole service; the emulator says what went out.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { Campaign, Delivery } from "@carillon/client";
import { runCarillon } from "../src/command-line.ts";
import { type ContractWorld, contractWorld } from "../src/contract-world.ts";
import { freePort } from "../src/service-process.ts";
import { until } from "../src/until.ts";

const people = 40;
let world: ContractWorld;
before(async () => {
  world = await contractWorld({ people, teams: 1, seed: 21, laneRps: 100 });
  await world.emulator.install("all");
  await world.emulator.install({ team: 0 });
  await world.service.carillon.inbound.drain();
});
after(() => world.close());

const carillon = (...words: readonly string[]) =>
  runCarillon(words, {
    environment: { CARILLON_URL: world.service.url, CARILLON_API_KEY: world.apiKey },
    directory: world.directory,
  });

/** Runs a command with `--json`, and answers what it printed. */
async function json<T>(...words: readonly string[]): Promise<T> {
  const { code, out, err } = await carillon(...words, "--json");
  assert.equal(code, 0, `${words.join(" ")}: ${out}${err}`);
  // The contract says what each command prints; the tests read only that.
  return JSON.parse(out) as T;
}

const accepted = () => world.emulator.counts().accepted;
const create = (name: string, ...words: readonly string[]) =>
  json<Campaign>(
    "campaign",
    "create",
    "--name",
    name,
    "--text",
    name,
    "--to",
    "everyone",
    ...words,
  );
const finished = (id: string) =>
  until(async () => {
    const now = await world.client.campaigns.get(id);
    return now.state === "finished" && now;
  }, "the end");

describe("carillon campaign", () => {
  it("pauses a running campaign, so that nothing more leaves, and resumes it to its end", async () => {
    const before = accepted();
    const { id } = await create("Paused", "--start", "--rate", "8");
    await until(() => accepted() >= before + 2, "some accepted");
    const paused = await json<Campaign>("campaign", "pause", id);
    assert.equal(paused.state, "paused");
    const still = await until(async () => {
      const { counts } = await world.client.campaigns.get(id);
      return counts.sending === 0 && counts;
    }, "nothing in flight");
    assert.ok(still.pending > 0, "it was in the middle");
    const left = accepted();
    // What would go on would have been seen by now: another campaign, begun later, runs to its end meanwhile.
    await world.send({ user: world.emulator.person(0).aadObjectId }, { text: "Meanwhile." });
    assert.equal(accepted(), left + 1);
    assert.equal((await json<Campaign>("campaign", "status", id)).state, "paused");
    assert.deepEqual((await json<Campaign>("campaign", "pause", id)).state, "paused", "again");

    const resumed = await json<Campaign>("campaign", "resume", id);
    assert.ok(["sending", "finished"].includes(resumed.state), resumed.state);
    const { counts } = await finished(id);
    assert.equal(counts.pending + counts.sending + counts.cancelled, 0);
    const arrived = world.messages("Paused").map(({ conversationId }) => conversationId);
    assert.equal(arrived.length, counts.accepted);
    assert.equal(new Set(arrived).size, counts.accepted, "nobody got it twice");
  });

  it("cancels a running campaign: what was accepted stays, the rest is cancelled, and that is final", async () => {
    const before = accepted();
    const { id } = await create("Cancelled", "--start", "--rate", "2");
    await until(() => accepted() >= before + 2, "some accepted");
    assert.equal((await json<Campaign>("campaign", "cancel", id)).state, "cancelled");
    const { counts } = await until(async () => {
      const now = await world.client.campaigns.get(id);
      return now.counts.pending + now.counts.sending === 0 && now;
    }, "every row final");
    assert.ok(counts.cancelled > 0);
    assert.equal(world.messages("Cancelled").length, counts.accepted);
    const again = await carillon("campaign", "resume", id);
    assert.equal(again.code, 1);
    assert.match(again.err, /CAMPAIGN_STATE_CONFLICT/);
    assert.equal((await json<Campaign>("campaign", "cancel", id)).state, "cancelled", "again");
  });

  it("pauses and cancels before anything is sent, too", async () => {
    const draft = await create("Never");
    assert.equal(draft.state, "draft");
    const pause = await carillon("campaign", "pause", draft.id);
    assert.equal(pause.code, 1);
    assert.match(pause.err, /CAMPAIGN_STATE_CONFLICT/);
    assert.equal((await json<Campaign>("campaign", "cancel", draft.id)).state, "cancelled");
    const scheduled = await create("Later", "--send-at", "2099-01-01T09:00:00Z", "--start");
    assert.equal(scheduled.state, "scheduled");
    assert.equal((await json<Campaign>("campaign", "pause", scheduled.id)).state, "paused");
    assert.equal((await json<Campaign>("campaign", "resume", scheduled.id)).state, "scheduled");
    assert.equal((await json<Campaign>("campaign", "cancel", scheduled.id)).state, "cancelled");
    assert.deepEqual([...world.messages("Never"), ...world.messages("Later")], []);
  });

  it("exports one row for each recipient, as CSV and as JSON, and both agree with the totals", async () => {
    const before = accepted();
    const { id } = await create("Exported", "--to", "ghost@contoso.example", "--start");
    await until(() => accepted() > before, "some accepted");
    const { counts } = await finished(id);
    const csv = await carillon("campaign", "export", id);
    assert.equal(csv.code, 0);
    const [header = "", ...lines] = csv.out.trimEnd().split("\r\n");
    assert.equal(lines.length, counts.total);
    const columns = header.split(",");
    const stateAt = columns.indexOf("state");
    assert.ok(stateAt >= 0 && columns.includes("recipient") && columns.includes("code"), header);
    const rows = await json<readonly Delivery[]>("campaign", "export", id, "--format", "json");
    assert.equal(rows.length, counts.total);
    for (const state of ["accepted", "failed", "skipped"] as const) {
      assert.equal(rows.filter((row) => row.state === state).length, counts[state], state);
      assert.equal(
        lines.filter((line) => line.split(",")[stateAt] === state).length,
        counts[state],
        state,
      );
    }
    assert.ok(
      counts.failed > 0 && counts.skipped + counts.failed + counts.accepted === counts.total,
    );
    const { code } = await carillon("campaign", "export", id, "--out", "rows.csv");
    assert.equal(code, 0);
    assert.equal(readFileSync(path.join(world.directory, "rows.csv"), "utf8"), csv.out);
  });

  it("follows a campaign to its end with --follow, and prints one JSON document with --json", async () => {
    const end = await create("Followed", "--start", "--follow");
    assert.equal(end.state, "finished");
    assert.equal(end.counts.pending, 0);
  });
});

describe("--json", () => {
  it("prints one JSON document and nothing else, for each command that prints data", async () => {
    const [listed] = (await world.client.campaigns.list({ limit: 1 })).items;
    const { id: team } = world.emulator.team(0);
    const { aadObjectId } = world.emulator.person(0);
    const commands: readonly (readonly string[])[] = [
      ["campaign", "list"],
      ["campaign", "status", listed?.id ?? ""],
      ["people"],
      ["people", "show", aadObjectId],
      ["teams"],
      ["teams", "channels", team],
      ["send", "--to", aadObjectId, "--text", "Hello", "--wait"],
    ];
    for (const words of commands) {
      const { code, out, err } = await carillon(...words, "--json");
      assert.deepEqual([code, err], [0, ""], words.join(" "));
      assert.ok(typeof JSON.parse(out) === "object", words.join(" "));
    }
  });
});

describe("an exit code", () => {
  const cases: readonly (readonly [what: string, code: number, words: readonly string[]])[] = [
    ["0 for help", 0, ["campaign", "pause", "--help"]],
    ["1 where the service refuses", 1, ["campaign", "status", "cmp_nobody"]],
    [
      "1 where nobody got the message",
      1,
      ["send", "--to", "00000000-0000-4000-8000-000000000000", "--text", "x", "--wait"],
    ],
    ["2 for a command that does not exist", 2, ["campagin", "list"]],
    ["2 for an option that does not exist", 2, ["people", "--limt", "3"]],
    ["2 where an argument is missing", 2, ["campaign", "pause"]],
    ["2 where a kind of target does not exist", 2, ["send", "--to", "grup:x", "--text", "x"]],
  ];
  for (const [what, wanted, words] of cases)
    it(`is ${what}`, async () => {
      const { code, out, err } = await carillon(...words);
      assert.equal(code, wanted, out + err);
      if (wanted > 0) assert.notEqual(err + out, "");
    });

  it("is 75 where no service answers, and 78 where a setting is wrong", async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const gone = await runCarillon(["people"], {
      environment: { CARILLON_URL: nobody, CARILLON_API_KEY: world.apiKey },
    });
    assert.equal(gone.code, 75);
    assert.match(gone.err, /npx carillon serve/);
    const wrong = await runCarillon(["people"], { environment: { CARILLON_URLL: nobody } });
    assert.equal(wrong.code, 78);
    assert.match(wrong.err, /CARILLON_URL\b/);
  });
});

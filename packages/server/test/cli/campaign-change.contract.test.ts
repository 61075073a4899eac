// Goal: edits and recalls are asked for, followed and reported on the command line. Method: emulator, service and commands in this
// process, over HTTP.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Campaign } from "@carillon/client";
import { type CliWorld, startCliWorld } from "./cli-world.ts";

let world: CliWorld;
let id: string;
before(async () => {
  world = await startCliWorld({ people: 20, rps: 500 });
  id = (await json<Campaign>(...create, "--start", "--follow")).id;
});
after(() => world.close());

const create = ["campaign", "create", "--name", "Lunch", "--text", "Noon", "--to", "everyone"];

async function json<T>(...words: readonly string[]): Promise<T> {
  const { code, out, err } = await world.run([...words, "--json"]);
  assert.equal(code, 0, `${words.join(" ")}: ${out}${err}`);
  // The contract says what each command prints; the tests read only that.
  return JSON.parse(out) as T;
}
async function ok(...words: readonly string[]): Promise<string> {
  const { code, out, err } = await world.run(words);
  assert.equal(code, 0, `${words.join(" ")}: ${out}${err}`);
  return out;
}

/** What somebody who was reached sees now. */
function shown(): readonly unknown[] {
  const reached = world.emulator.people({ limit: 20 }).items.find(({ messages }) => messages > 0);
  assert.ok(reached);
  const there = world.emulator.inbox(reached.index).filter(({ deleted }) => !deleted);
  return there.map(({ activity }) => activity?.text);
}

describe("carillon campaign edit", () => {
  it("replaces the message everywhere, and shows the edit to its end", async () => {
    const out = await ok("campaign", "edit", id, "--text", "One o'clock", "--follow");
    assert.match(out, /Finished: .* 100 %/);
    assert.match(out, new RegExp(`Lunch {2}chg_\\w+ {2}edit of ${id}, finished`));
    assert.deepEqual(shown(), ["One o'clock"]);
  });

  it("prints the edit as JSON, whose id other commands take", async () => {
    const edit = await json<Campaign>("campaign", "edit", id, "--text", "Two", "--follow");
    assert.deepEqual([edit.kind, edit.changeOf, edit.state], ["edit", id, "finished"]);
    assert.equal((await json<Campaign>("campaign", "status", edit.id)).id, edit.id);
    const csv = await ok("campaign", "export", edit.id);
    assert.equal(csv.trim().split("\n").length, edit.counts.total + 1);
    assert.match(await ok("campaign", "pause", edit.id).catch(String), /CAMPAIGN_STATE_CONFLICT/);
  });

  it("is listed by the campaign's status", async () => {
    const out = await ok("campaign", "status", id);
    assert.equal(out.match(/^Edit {2}chg_\w+ {2}finished: \d+ of \d+ accepted$/gm)?.length, 2);
  });

  it("says what is missing or wrong", async () => {
    const none = await world.run(["campaign", "edit", id]);
    assert.equal(none.code, 2);
    assert.match(none.err, /--text, --markdown or --card/);
    const two = await world.run(["campaign", "edit", id, "--text", "x", "--priority", "now"]);
    assert.equal(two.code, 2);
    const unknown = await world.run(["campaign", "edit", "cmp_x", "--text", "x"]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /CAMPAIGN_UNKNOWN/);
  });
});

describe("carillon campaign recall", () => {
  it("deletes the messages everywhere, and names in words what it could not delete", async () => {
    const reached = world.emulator
      .people({ limit: 20 })
      .items.filter(({ messages }) => messages > 0);
    const last = reached.at(-1);
    assert.ok(last);
    world.emulator.block(last.index);
    const out = await ok("campaign", "recall", id, "--follow");
    assert.match(out, new RegExp(`recall of ${id}, finished`));
    assert.match(out, /^ {2}failed +1 /m);
    assert.match(out, /blocked the bot/);
    assert.deepEqual(shown(), []);
    assert.match(await ok("campaign", "list"), /finished, recalled/);
    const status = await ok("campaign", "status", id);
    assert.match(status, /^Recall {2}chg_\w+ {2}finished: \d+ of \d+ accepted$/m);
    assert.match(status, /^ {2}1 failed: The person blocked the bot/m);
    world.emulator.unblock(last.index);
    const again = await json<Campaign>("campaign", "recall", id, "--follow");
    assert.deepEqual([again.counts.total, again.counts.accepted], [1, 1]);
  });

  it("refuses an edit afterwards, and says why", async () => {
    const refused = await world.run(["campaign", "edit", id, "--text", "x"]);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /was recalled.*CAMPAIGN_RECALLED/s);
  });

  it("takes a notification's id, too", async () => {
    const person = world.emulator
      .people({ limit: 20 })
      .items.find(({ installed, blocked }) => installed && !blocked);
    const to = person?.aadObjectId ?? "";
    const sent = await json<{ id: string }>("send", "--to", to, "--text", "Oops", "--wait");
    const edit = await json<Campaign>("campaign", "edit", sent.id, "--text", "Hm", "--follow");
    assert.equal(edit.counts.accepted, 1);
    const recall = await json<Campaign>("campaign", "recall", sent.id, "--follow");
    assert.deepEqual([recall.changeOf, recall.counts.accepted], [sent.id, 1]);
  });

  it("is made at the time that --recall-at names, which --expires-at does not", async () => {
    const made = await json<Campaign>(...create, "--recall-at", "+2h", "--expires-at", "+1h");
    const hours = (at: string | null) =>
      (Date.parse(at ?? "") - Date.parse(made.createdAt)) / 3_600_000;
    assert.equal(Math.round(hours(made.recallAt)), 2);
    assert.equal(Math.round(hours(made.expiresAt)), 1);
    assert.match(await ok("campaign", "status", made.id), /^ {2}Is recalled at /m);
    const past = await world.run([...create, "--recall-at", "2020-01-01T00:00:00Z"]);
    assert.equal(past.code, 1);
    assert.match(past.err, /recallAt/);
  });
});

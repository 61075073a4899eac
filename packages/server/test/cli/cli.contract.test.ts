// Goal: each command does through the real API what it says. Method: emulator, service and commands in this process, over HTTP.
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { until } from "../../../harness/src/until.ts";
import { type CliWorld, startCliWorld } from "./cli-world.ts";

const people = 40;
const examples = fileURLToPath(new URL("../../../../examples/", import.meta.url));
let world: CliWorld;
before(async () => {
  world = await startCliWorld({ people, rps: 500 });
});
after(() => world.close());

/** Somebody who has the app and did not block the bot. */
function somebody() {
  const person = world.emulator
    .people({ limit: people })
    .items.find((one) => one.installed && !one.blocked);
  assert.ok(person);
  return person;
}
async function json(...words: readonly string[]) {
  const { code, out, err } = await world.run([...words, "--json"]);
  assert.equal(code, 0, `${words.join(" ")}: ${out}${err}`);
  return JSON.parse(out);
}
async function ok(...words: readonly string[]): Promise<string> {
  const { code, out, err } = await world.run(words);
  assert.equal(code, 0, `${words.join(" ")}: ${out}${err}`);
  return out;
}

describe("the service that commands find", () => {
  it("left its first key in a file beside the database that only this user can read", () => {
    const file = path.join(world.directory, "data/carillon.db.key");
    assert.equal(world.service.adminKey.file, file);
    assert.equal(readFileSync(file, "utf8").trim(), world.service.adminKey.made);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });
  it("says that it is well, and shows where to go on", async () => {
    const get = async (where: string) => fetch(world.service.url + where);
    assert.equal((await get("/healthz")).status, 200);
    assert.equal((await get("/readyz")).status, 200);
    assert.equal((await get("/openapi.json")).status, 200);
    assert.match(await (await get("/")).text(), /openapi\.json/);
  });
  it("told the emulator where its bot endpoint is", () => {
    assert.equal(world.emulator.bot().botEndpoint, `${world.service.url}/api/messages`);
  });
  it("logs no key", () => {
    assert.ok(world.logged().includes("service.listening"));
    assert.ok(!world.logged().includes(world.service.adminKey.made ?? "?"));
  });
});

describe("carillon people and teams", () => {
  it("list who is known, and search by the start of a name", async () => {
    // Those who never got the app are known from the roster of the team that the bot is in, once a job has read it.
    const items = await until(async () => {
      const known = (await json("people")).items;
      return known.length === people && known;
    }, "everybody is known");
    const { name, aadObjectId } = somebody();
    const found = await json("people", name.slice(0, 4).toLowerCase());
    assert.ok(found.items.some((one: { id: string }) => one.id === aadObjectId));
    assert.ok(found.items.length < items.length);
    assert.equal((await json("people", "show", aadObjectId)).aadObjectId, aadObjectId);
    assert.match(await ok("people", "show", aadObjectId), new RegExp(name));
    assert.match(await ok("people", "no such name"), /Nobody's name/);
  });
  it("go on where a page ended", async () => {
    const first = await json("people", "--limit", "10");
    const second = await json("people", "--limit", "10", "--cursor", first.next);
    const ids = [...first.items, ...second.items].map((one: { id: string }) => one.id);
    assert.equal(new Set(ids).size, 20);
    assert.match(await ok("people", "--limit", "10"), /More: npx carillon people --cursor/);
  });
  it("list teams and their channels", async () => {
    const { items } = await json("teams");
    assert.equal(items.length, 1);
    const channels = await json("teams", "channels", items[0].id);
    assert.equal(channels.items.length, world.emulator.team(items[0].id).channels.length);
    assert.match(await ok("teams"), /19:/);
  });
});

describe("carillon send", () => {
  it("sends text to a person and waits until it is accepted", async () => {
    const { userPrincipalName, aadObjectId } = somebody();
    const before = world.emulator.messageCount(aadObjectId);
    const sent = await json("send", "--to", userPrincipalName, "--text", "Hello", "--wait");
    assert.deepEqual(
      sent.deliveries.map((one: { state: string }) => one.state),
      ["accepted"],
    );
    assert.equal(world.emulator.messageCount(aadObjectId), before + 1);
  });
  it("sends a card with data", async () => {
    const { aadObjectId } = somebody();
    const words = ["--card", `${examples}card.json`, "--data", `${examples}data.json`];
    const out = await ok("send", "--to", aadObjectId, ...words, "--wait");
    assert.match(out, /accepted/);
    assert.match(JSON.stringify(world.emulator.inbox(aadObjectId)), /INC-2041/);
  });
  it("answers conversation and activity of a new thread in a channel", async () => {
    const { id } = world.emulator.team(0);
    const sent = await json("send", "--to", `channel:${id}`, "--text", "Hello", "--wait");
    const [{ conversationId, activityId }] = sent.deliveries;
    assert.match(conversationId, /;messageid=/);
    assert.ok(activityId);
  });
  it("sends nothing twice for the same idempotency key", async () => {
    const { aadObjectId } = somebody();
    const words = [
      "send",
      "--to",
      aadObjectId,
      "--text",
      "Once",
      "--wait",
      "--idempotency-key",
      "k1",
    ];
    const [one, two] = [await json(...words), await json(...words)];
    assert.equal(one.id, two.id);
  });
  it("ends with 1, and says why, when it was not accepted", async () => {
    const person = somebody();
    world.emulator.block(person.aadObjectId);
    const { code, out } = await world.run([
      "send",
      "--to",
      person.aadObjectId,
      "--text",
      "?",
      "--wait",
    ]);
    world.emulator.unblock(person.aadObjectId);
    assert.equal(code, 1);
    assert.match(out, /failed/);
    assert.match(out, /blocked the bot.*TEAMS_BLOCKED_BY_USER/);
  });
  it("says what the service says of what it refuses", async () => {
    const { code, err } = await world.run([
      "send",
      "--to",
      "nobody@contoso.example",
      "--text",
      "?",
    ]);
    assert.equal(code, 1);
    assert.match(err, /nobody@contoso\.example.*RECIPIENT_UNKNOWN/s);
    const asJson = await world.run(["send", "--to", "28:x", "--text", "?", "--json"]);
    assert.equal(asJson.code, 1);
    assert.equal(JSON.parse(asJson.out).code, "TARGET_UNSUPPORTED");
  });
});

describe("carillon campaign", () => {
  it("is created, started and followed to its end, and shows what became of everyone", async () => {
    const out = await ok(
      ...[
        "campaign",
        "create",
        "--file",
        `${examples}quarterly-update.json`,
        "--start",
        "--follow",
      ],
    );
    assert.match(out, /Finished: .* 100 %/);
    assert.match(out, /^ {2}accepted +\d+/m);
    assert.match(out, /^ {2}total +\d+/m);
    const listed = await json("campaign", "list");
    assert.equal(listed.items[0].name, "Quarterly update");
    assert.equal(listed.items[0].state, "finished");
  });

  it("is a draft until it is started; then paused, resumed and cancelled", async () => {
    const draft = await json(
      ...[
        "campaign",
        "create",
        "--name",
        "Later",
        "--text",
        "Hello",
        "--to",
        "everyone",
        "--rate",
        "1",
      ],
    );
    assert.equal(draft.state, "draft");
    const { id } = draft;
    const preflight = await json("campaign", "preflight", id);
    assert.ok(preflight.recipients > 0);
    assert.match(await ok("campaign", "preflight", id), /recipients +\d+/);
    await json("campaign", "start", id);
    assert.equal((await json("campaign", "pause", id)).state, "paused");
    assert.match(await ok("campaign", "status", id), /It is paused/);
    assert.notEqual((await json("campaign", "resume", id)).state, "paused");
    assert.equal((await json("campaign", "cancel", id)).state, "cancelled");
    const again = await world.run(["campaign", "resume", id]);
    assert.equal(again.code, 1);
    assert.match(again.err, /CAMPAIGN_STATE_CONFLICT/);
  });

  it("goes on when Ctrl+C ends the following, and says how to come back", async () => {
    const words = ["--name", "Slow", "--text", "Hello", "--to", "everyone", "--rate", "1"];
    const { io, ended } = world.begin(["campaign", "create", ...words, "--start", "--follow"]);
    while (io.stdout() === "") await io.sleep(10);
    io.interrupt();
    const { code, out } = await ended;
    assert.equal(code, 0);
    assert.match(out, /campaign status cmp_\w+ --follow/);
    const id = /cmp_\w+/.exec(out)?.[0] ?? "";
    assert.notEqual((await json("campaign", "status", id)).state, "finished");
    await json("campaign", "cancel", id);
  });

  it("is followed no further once it waits for a person, and says for what", async () => {
    const words = ["--name", "Careful", "--text", "Hello", "--to", "everyone"];
    const waits = ["--canary", "2", "--canary-then", "wait", "--start", "--follow"];
    const out = await ok("campaign", "create", ...words, ...waits);
    assert.match(out, /It is paused/);
    const id = /cmp_\w+/.exec(out)?.[0] ?? "";
    assert.equal((await json("campaign", "cancel", id)).state, "cancelled");
  });

  it("is exported as CSV or JSON, to standard output or a file", async () => {
    const [{ id, counts }] = (await json("campaign", "list")).items.filter(
      (one: { state: string }) => one.state === "finished",
    );
    const csv = await ok("campaign", "export", id);
    assert.equal(csv.trim().split("\n").length, counts.total + 1);
    await ok("campaign", "export", id, "--format", "json", "--out", "rows.json");
    const rows = JSON.parse(readFileSync(path.join(world.directory, "rows.json"), "utf8"));
    assert.equal((rows.items ?? rows).length, counts.total);
    const nowhere = await world.run(["campaign", "export", id, "--out", "no/such/folder.csv"]);
    assert.equal(nowhere.code, 2);
  });

  it("takes what the options say in place of what the file says", async () => {
    const { userPrincipalName } = somebody();
    const words = ["--name", "Other name", "--to", userPrincipalName, "--text", "Hi"];
    const draft = await json(
      ...["campaign", "create", "--file", `${examples}quarterly-update.json`, ...words],
    );
    assert.equal(draft.name, "Other name");
    assert.deepEqual(draft.audience, { include: [{ user: userPrincipalName }] });
    assert.equal(draft.message.text, "Hi");
    assert.equal(draft.topic, "company-news");
  });

  it("names every field of a file that is wrong", async () => {
    writeFileSync(path.join(world.directory, "bad.json"), '{"name": 7, "audiance": {}}');
    const { code, err } = await world.run([
      "campaign",
      "create",
      "--file",
      "bad.json",
      "--text",
      "x",
      "--to",
      "everyone",
    ]);
    assert.equal(code, 1);
    assert.match(err, /REQUEST_INVALID/);
    assert.match(err, /audiance/);
  });
});

describe("a command without its service", () => {
  it("ends with 75 when none answers, and says how to start one", async () => {
    const { code, err } = await world.run(["people"], {
      environment: { CARILLON_URL: "http://127.0.0.1:9" },
    });
    assert.equal(code, 75);
    assert.match(err, /SERVICE_UNREACHABLE/);
    assert.match(err, /npx carillon serve/);
    const asJson = await world.run(["people", "--url", "http://127.0.0.1:9", "--json"]);
    assert.equal(asJson.code, 75);
    assert.equal(JSON.parse(asJson.out).code, "SERVICE_UNREACHABLE");
  });
  it("ends with 1 when the key is wrong or missing, and says what to do", async () => {
    const wrong = await world.run(["people"], { environment: { CARILLON_API_KEY: "wrong" } });
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /API_KEY_WRONG/);
    const missing = await world.run(["people"], { directory: import.meta.dirname });
    assert.equal(missing.code, 1);
    assert.match(missing.err, /API_KEY_MISSING/);
    assert.match(missing.err, /CARILLON_API_KEY/);
  });
  it("ends with 78 when its own settings are wrong", async () => {
    const typo = await world.run(["people"], { environment: { CARILLON_API_KYE: "x" } });
    assert.equal(typo.code, 78);
    assert.match(typo.err, /Did you mean CARILLON_API_KEY\?/);
    const url = await world.run(["people", "--url", "nowhere"]);
    assert.equal(url.code, 78);
  });
});

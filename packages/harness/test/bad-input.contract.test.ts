// Goal: bad input gets a clear error and loses nothing. Method: the whole service over real HTTP; `carillon serve` in a process of
// its own where it is the start that must fail.
import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { CarillonError, createClient, type NewCampaign } from "@carillon/client";
import type { TokenFlaw } from "@carillon/emulator";
import { runCarillon } from "../src/command-line.ts";
import { type ContractWorld, contractWorld } from "../src/contract-world.ts";
import { freePort, startServiceProcess } from "../src/service-process.ts";
import { until } from "../src/until.ts";

let world: ContractWorld;
before(async () => {
  const shares = { withoutApp: 0, blocked: 0 };
  world = await contractWorld({ people: 20, teams: 1, seed: 6, shares });
  await world.emulator.install("all");
  await world.emulator.install({ team: 0 });
  await world.service.carillon.inbound.drain();
});
after(() => world.close());

const someone = () => world.emulator.person(0);
const environment = () => ({
  CARILLON_URL: world.service.url,
  CARILLON_API_KEY: world.apiKey,
});

/** A request as no client of ours would make it. */
async function post(
  route: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly problem: Readonly<Record<string, unknown>> }> {
  const response = await fetch(`${world.service.url}${route}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${world.apiKey}`,
      "content-type": "application/json",
      ...headers,
    },
    body,
  });
  assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/);
  // An RFC 9457 document is an object; what is in it is asserted by the tests.
  const problem = (await response.json()) as Readonly<Record<string, unknown>>;
  return { status: response.status, problem };
}

async function refusalOf(call: Promise<unknown>): Promise<CarillonError> {
  const error = await call.then(
    () => assert.fail("it was taken"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof CarillonError, String(error));
  return error;
}

describe("an unknown recipient", () => {
  it("is refused in a notification, with the name and what to do, and nobody gets anything", async () => {
    const to = [{ user: someone().aadObjectId }, { user: "ghost@contoso.example" }];
    const before = world.emulator.counts().accepted;
    const error = await refusalOf(
      world.client.notifications.create({ to, message: { text: "Hello" } }),
    );
    assert.equal(error.status, 422);
    assert.equal(error.code, "RECIPIENT_UNKNOWN");
    assert.match(error.detail, /ghost@contoso\.example.*object id/);
    assert.equal(world.emulator.counts().accepted, before);
  });
});

describe("a message over Teams' size", () => {
  const big = "x".repeat(60_000);
  const card = {
    type: "AdaptiveCard",
    version: "1.5",
    body: [
      { type: "TextBlock", text: "Small" },
      { type: "Container", items: [{ type: "TextBlock", text: big }] },
    ],
  };

  it("is refused before anything is stored, and its biggest part is named", async () => {
    const user = { user: someone().aadObjectId };
    const audience = { include: [user] };
    const requests = world.emulator.counts().requests;
    for (const call of [
      world.client.notifications.create({ to: user, message: { card } }),
      world.client.campaigns.create({ name: "Big", message: { card }, audience }),
    ]) {
      const error = await refusalOf(call);
      assert.equal(error.status, 422);
      assert.equal(error.code, "MESSAGE_TOO_BIG");
      assert.match(error.detail, /card\.body\[1\]\.items\[0\]\.text is 120 KB/);
    }
    assert.equal(world.emulator.counts().requests, requests);
  });

  it("so big that the API does not read it is refused with its own code", async () => {
    const { status, problem } = await post("/v1/notifications", `"${"x".repeat(1024 * 1024)}"`);
    assert.equal(status, 413);
    assert.equal(problem.code, "REQUEST_TOO_LARGE");
  });
});

describe("a body that is not what the API takes", () => {
  it("is refused with line and column where it stops being JSON", async () => {
    const { status, problem } = await post("/v1/campaigns", '{\n  "name": "x",\n  "message" 7\n}');
    assert.equal(status, 400);
    assert.equal(problem.code, "REQUEST_JSON_MALFORMED");
    assert.deepEqual([problem.line, problem.column], [3, 13]);
    assert.match(String(problem.detail), /line 3, column 13/);
  });

  it("is refused with each field that is wrong", async () => {
    const { status, problem } = await post(
      "/v1/campaigns",
      JSON.stringify({ name: 7, message: { text: "x" }, audiance: {} }),
    );
    assert.equal(status, 400);
    assert.equal(problem.code, "REQUEST_INVALID");
    const places = (problem.errors as readonly { path: string }[]).map(({ path }) => path);
    assert.ok(places.includes("name"), places.join());
    assert.match(JSON.stringify(problem.errors), /audiance/);
  });

  it("is refused where it is not declared to be JSON", async () => {
    const { status, problem } = await post("/v1/campaigns", "{}", { "content-type": "text/plain" });
    assert.equal(status, 415);
    assert.equal(problem.code, "REQUEST_CONTENT_TYPE_WRONG");
  });

  it("that is a file of the command line is refused with line and column too", async () => {
    const file = path.join(world.directory, "broken.json");
    writeFileSync(file, '{\n  "type": "AdaptiveCard",\n  "body": [,]\n}');
    const words = ["send", "--to", someone().aadObjectId, "--card", file];
    const { code, err } = await runCarillon(words, { environment: environment() });
    assert.equal(code, 2);
    assert.match(err, /broken\.json is not valid JSON: at line 3, column 12/);
  });
});

describe("a wrong API key", () => {
  it("is refused with 401, and so is none", async () => {
    const wrong = createClient({ url: world.service.url, apiKey: "not-the-key" });
    const error = await refusalOf(wrong.campaigns.list());
    assert.deepEqual([error.status, error.code], [401, "API_KEY_WRONG"]);
    const none = await fetch(`${world.service.url}/v1/campaigns`);
    assert.equal(none.status, 401);
    assert.match(none.headers.get("www-authenticate") ?? "", /^Bearer/);
    assert.match(await none.text(), /"code":"API_KEY_MISSING"/);
  });

  it("makes the command line say what to do, and never shows the key", async () => {
    const { code, out, err } = await runCarillon(["people"], {
      environment: { ...environment(), CARILLON_API_KEY: "not-the-key" },
    });
    assert.equal(code, 1);
    assert.equal(out, "");
    assert.match(err, /API_KEY_WRONG/);
    assert.match(err, /Check the key/);
    assert.ok(!err.includes("not-the-key"));
  });
});

describe("an Idempotency-Key", () => {
  it("that comes again with the same body sends nothing again", async () => {
    const to = { user: someone().aadObjectId };
    const message = { text: "Once, whatever happens." };
    const options = { idempotencyKey: "the-first" };
    const calls = Array.from({ length: 4 }, () =>
      world.client.notifications.create({ to, message }, options),
    );
    const ids = new Set((await Promise.all(calls)).map(({ id }) => id));
    assert.equal(ids.size, 1);
    const [id = ""] = ids;
    await until(
      async () => (await world.client.notifications.get(id)).state === "finished",
      "its end",
    );
    assert.equal(world.messages(message.text).length, 1);
  });

  it("that comes again with another body is refused, for notifications and campaigns", async () => {
    const to = { user: someone().aadObjectId };
    const options = { idempotencyKey: "the-second" };
    await world.client.notifications.create({ to, message: { text: "One" } }, options);
    const error = await refusalOf(
      world.client.notifications.create({ to, message: { text: "Two" } }, options),
    );
    assert.deepEqual([error.status, error.code], [409, "IDEMPOTENCY_KEY_REUSED"]);
    const campaign: NewCampaign = {
      name: "One",
      message: { text: "Hello" },
      audience: { include: [to] },
    };
    const made = await world.client.campaigns.create(campaign, { idempotencyKey: "the-third" });
    const again = await world.client.campaigns.create(campaign, { idempotencyKey: "the-third" });
    assert.equal(again.id, made.id);
    const other = { ...campaign, name: "Two" };
    const refused = await refusalOf(
      world.client.campaigns.create(other, { idempotencyKey: "the-third" }),
    );
    assert.equal(refused.code, "IDEMPOTENCY_KEY_REUSED");
  });
});

describe("an inbound activity that is not to be believed", () => {
  const inbound = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${world.service.url}/api/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });

  it("is refused with 401 where it has no token", async () => {
    assert.equal((await inbound("{}")).status, 401);
  });

  it("is refused where it is not JSON, is no activity, or is too large", async () => {
    const authorization = "Bearer nonsense";
    assert.equal((await inbound("not json", { authorization })).status, 400);
    assert.equal((await inbound("[]", { authorization })).status, 400);
    const large = JSON.stringify({ type: "message", text: "x".repeat(300 * 1024) });
    const { status } = await inbound(large, { authorization });
    assert.equal(status, 413);
  });

  const mallory = (id: string) => {
    const { clientId, tenantId } = world.emulator.bot();
    return {
      type: "message",
      id,
      text: "hello",
      from: {
        id: "29:mallory",
        name: "Mallory Forger",
        aadObjectId: someone().aadObjectId.replace(/^.{8}/, "00000000"),
      },
      recipient: { id: `28:${clientId}` },
      conversation: { id: "a:mallory", conversationType: "personal", tenantId },
    };
  };
  const learnt = async () => {
    await world.service.carillon.inbound.drain();
    return (await world.client.people.list({ search: "Mallory" })).items.length;
  };
  const forged: readonly (readonly [TokenFlaw, number])[] = [
    ["garbage", 401],
    ["wrong-issuer", 401],
    ["wrong-audience", 401],
    ["wrong-endorsement", 403],
    ["unknown-kid", 401],
    ["bad-signature", 401],
    ["expired", 401],
    ["not-yet-valid", 401],
    ["no-service-url", 401],
    ["other-service-url", 401],
    ["alg-none", 401],
    ["hs256", 401],
    ["entra-strange-tenant", 401],
  ];
  for (const [flaw, status] of forged)
    it(`is refused, and nothing of it is learnt, where its token is forged: ${flaw}`, async () => {
      const answer = await world.emulator.deliver(mallory(`forged-${flaw}`), { flaw });
      assert.equal(answer.status, status, answer.body);
      assert.equal(await learnt(), 0);
    });

  it("would have been learnt from with a token that is right", async () => {
    assert.equal((await world.emulator.deliver(mallory("signed"))).status, 200);
    assert.equal(await learnt(), 1);
  });
});

describe("a service that cannot start", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "carillon-start-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const serve = (database: string, more: { readonly port?: number; readonly user?: number } = {}) =>
    runCarillon(
      [
        ...["serve", "--emulator", world.emulatorUrl, "--port", String(more.port ?? 0)],
        ...["--database-url", `sqlite:${database}`],
      ],
      { directory: folder, ...(more.user !== undefined && { user: more.user }) },
    );

  it("because of a database of a newer version says so, ends with 78, and leaves it as it was", async () => {
    const database = path.join(folder, "newer.db");
    const service = await startServiceProcess({
      emulatorUrl: world.emulatorUrl,
      databaseFile: database,
      port: await freePort(),
      laneRps: 50,
    });
    assert.equal(await service.stop(), 0);
    const db = new DatabaseSync(database);
    db.exec("PRAGMA user_version = 999; PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
    const before = readFileSync(database);
    const { code, err } = await serve(database);
    assert.equal(code, 78, err);
    assert.match(err, /newer\.db.*schema version 999.*STORE_NEWER/s);
    assert.match(err, /nothing was changed/);
    assert.deepEqual(readFileSync(database), before);
  });

  it("because the file is no database of ours says so, and leaves it as it was", async () => {
    const database = path.join(folder, "other.db");
    const db = new DatabaseSync(database);
    db.exec("CREATE TABLE recipes (name TEXT)");
    db.close();
    const before = readFileSync(database);
    const { code, err } = await serve(database);
    assert.notEqual(code, 0);
    assert.match(err, /other\.db.*STORE_CORRUPT/s);
    assert.deepEqual(readFileSync(database), before);
  });

  // Root may write everywhere, so the service runs as nobody then.
  const user = process.getuid?.() === 0 ? { user: 65_534 } : {};

  it("because its folder cannot be written says which, ends with 78, and leaves nothing there", async () => {
    const readOnly = path.join(folder, "read-only");
    mkdirSync(readOnly);
    chmodSync(readOnly, 0o555);
    chmodSync(folder, 0o755);
    for (const database of ["carillon.db", "deeper/carillon.db"]) {
      const { code, err } = await serve(path.join(readOnly, database), user);
      assert.equal(code, 78, err);
      assert.match(err, /read-only.*STORE_READ_ONLY/s);
      assert.match(err, /right to|CARILLON_DATABASE_URL/);
    }
    assert.deepEqual(readdirSync(readOnly), []);
  });

  it("because its database cannot be written says which, and ends with 78", async () => {
    const database = path.join(folder, "mine.db");
    const db = new DatabaseSync(database);
    db.close();
    chmodSync(database, 0o444);
    chmodSync(folder, 0o555);
    const { code, err } = await serve(database, user);
    chmodSync(folder, 0o755);
    assert.equal(code, 78, err);
    assert.match(err, /mine\.db.*STORE_READ_ONLY/s);
  });

  it("because its port is taken says which, what to do, and ends with 75", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const address = other.address();
    assert.ok(address !== null && typeof address === "object");
    const { port } = address;
    const { code, err } = await serve(path.join(folder, "port.db"), { port });
    other.close();
    assert.equal(code, 75, err);
    assert.match(err, new RegExp(`Port ${port}.*--port.*PORT_TAKEN`, "s"));
  });

  it("because its settings are wrong names the setting, and ends with 78", async () => {
    const { code, err } = await runCarillon(["serve"], {
      directory: folder,
      environment: { CARILLON_PROT: "1" },
    });
    assert.equal(code, 78);
    assert.match(err, /CARILLON_PROT.*CARILLON_PORT/);
    const nobody = await runCarillon(["serve"], { directory: folder });
    assert.equal(nobody.code, 78);
    assert.match(nobody.err, /CLIENT_ID and CLIENT_SECRET/);
  });

  it("because no emulator answers says so, and ends with 75", async () => {
    const port = await freePort();
    const { code, err } = await runCarillon(["serve", "--emulator", `http://127.0.0.1:${port}`], {
      directory: folder,
    });
    assert.equal(code, 75);
    assert.match(err, /EMULATOR_UNREACHABLE/);
  });
});

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { card, startAt, world } from "./world.ts";

test("the discovery document says all that a bot needs", async () => {
  const { emulator, control } = world();
  const { status, body } = await control("GET", "bot");
  assert.deepEqual(body, emulator.bot());
  assert.equal(status, 200);
  for (const key of ["clientId", "clientSecret", "tenantId", "issuer", "scope"] as const)
    assert.equal(typeof body[key], "string");
  for (const key of ["loginUrl", "openIdMetadataUrl", "serviceUrl", "graphUrl"] as const)
    assert.ok(body[key].startsWith("http://127.0.0.1:3979"));
  assert.equal(body.serviceUrl, `http://127.0.0.1:3979/amer/${body.tenantId}/`);
});

test("the bot endpoint can be set, cleared, and is checked", async () => {
  const { emulator, control } = world();
  await control("POST", "bot-endpoint", { url: "http://127.0.0.1:1/api/messages" });
  assert.equal(emulator.bot().botEndpoint, "http://127.0.0.1:1/api/messages");
  assert.equal((await control("POST", "bot-endpoint", { url: "nowhere" })).status, 400);
  assert.equal((await control("POST", "bot-endpoint", {})).status, 400);
  assert.equal((await control("POST", "bot-endpoint", { url: null })).body.botEndpoint, null);
});

test("installs answer 202 with progress, or wait for their end", async () => {
  const { control, received } = world({ people: 20 });
  const begun = await control("POST", "install", { who: "all" });
  assert.equal(begun.status, 202);
  const shown = await control("GET", `installs/${begun.body.id}`);
  assert.equal(shown.body.total, begun.body.total);
  const waited = await control("POST", "install", { who: { team: 0 }, wait: true });
  assert.deepEqual([waited.status, waited.body.state, waited.body.done], [200, "finished", 1]);
  assert.equal((await control("POST", "install", { who: [999] })).status, 404);
  assert.equal((await control("POST", "install", { who: {} })).status, 400);
  assert.equal((await control("POST", "install", { who: 1, concurrency: 0 })).status, 400);
  assert.ok(received.length > 30);
});

test("people, teams, chats and members can be read in pages", async () => {
  const { emulator, control } = world();
  assert.deepEqual((await control("GET", "people?limit=2&offset=3")).body, {
    items: [emulator.person(3), emulator.person(4)],
    total: 50,
    offset: 3,
  });
  const { aadObjectId } = emulator.person(5);
  assert.equal((await control("GET", `people/${aadObjectId}`)).body.index, 5);
  assert.equal((await control("GET", "people/99999")).status, 404);
  assert.equal((await control("GET", "people?limit=0")).status, 400);
  assert.equal((await control("GET", "teams")).body.items.length, 5);
  assert.equal((await control("GET", "teams/1/members?limit=1")).body.items.length, 1);
  assert.equal((await control("GET", "chats/0/members")).body.total, emulator.chats()[0]?.members);
});

test("everything that people do can be asked for over HTTP", async () => {
  const { emulator, control, say, received } = world();
  await control("POST", "install", { who: 0, wait: true, events: false });
  const execute = { type: "Action.Execute", title: "Go", verb: "go" };
  const sent = await say(emulator.person(0).conversationId, {
    type: "message",
    attachments: [card(execute)],
  });
  const own = await control("POST", "say", { person: "someone@contoso.example", text: "hi" });
  assert.equal(own.body.status, 200);
  await control("POST", "press", { person: 0, button: { title: "Go" }, inputs: { a: "b" } });
  await control("POST", "react", { person: 0, activityId: sent.body.id, type: "like" });
  await control("POST", "edit", { person: 0, activityId: own.body.activityId, text: "ho" });
  await control("POST", "erase", { person: 0, activityId: own.body.activityId });
  await control("POST", "read", { person: 0, activityId: sent.body.id });
  await control("POST", "redeliver", { activityId: own.body.activityId, flaw: "missing" });
  await control("POST", "deliver", { activity: { type: "event", conversation: { id: "x" } } });
  assert.deepEqual(
    received.map(({ activity }) => activity.type),
    [
      "message",
      "invoke",
      "messageReaction",
      "messageUpdate",
      "messageDelete",
      "event",
      "messageDelete",
      "event",
    ],
  );
  await control("POST", "install", { who: { team: 0 }, wait: true, events: false });
  const conversation = emulator.team(0).id;
  await control("POST", "mention", { person: 0, text: "hi", conversation });
  await control("DELETE", "teams/0/members/7");
  await control("POST", "teams/0/members", { person: 7 });
  await control("POST", "teams/0/channels", { name: "New" });
  assert.equal(received.length, 12);
  const inbox = await control("GET", `inbox/${encodeURIComponent(conversation)}`);
  assert.equal(inbox.body.items.length, 1);
});

test("block, unblock, disable and enable answer with the person", async () => {
  const { control } = world();
  assert.equal((await control("POST", "block", { person: 2 })).body.blocked, true);
  assert.equal((await control("POST", "unblock", { person: 2 })).body.blocked, false);
  assert.equal((await control("POST", "disable", { person: 2 })).body.disabled, true);
  assert.equal((await control("POST", "enable", { person: 2 })).body.disabled, false);
});

test("messages, counts, violations and the log can be read; no token is in them", async () => {
  const { emulator, control, say, token } = world();
  await emulator.install(0, { events: false });
  const chat = emulator.person(0).conversationId;
  await say(chat);
  await say(chat);
  const { body: secret } = await token();
  await say(emulator.person(1).conversationId);
  assert.deepEqual((await control("GET", `counts/${chat}`)).body, { messages: 2 });
  const counts = (await control("GET", "counts")).body;
  assert.deepEqual([counts.accepted, counts.requests, counts.violations], [2, 3, 1]);
  const messages = (await control("GET", "messages?offset=1&limit=5")).body;
  assert.deepEqual([messages.items.length, messages.total], [1, 2]);
  assert.equal((await control("GET", "violations")).body.items[0].kind, "not-installed");
  const log = JSON.stringify((await control("GET", "log")).body);
  assert.ok(log.includes("ConversationNotFound"));
  assert.ok(!log.includes(secret.access_token.slice(0, 30)));
  assert.ok(!log.includes(emulator.bot().clientSecret));
});

test("faults, limits, latency, region, keys, certificates and traffic can be set", async () => {
  const { emulator, control } = world();
  assert.equal((await control("PUT", "faults", { script: ["bang"] })).status, 400);
  await control("PUT", "faults", { script: ["unavailable"] });
  assert.deepEqual((await control("GET", "faults")).body, { script: ["unavailable"] });
  await control("DELETE", "faults");
  assert.deepEqual(emulator.faults(), {});
  const limits = await control("POST", "limits", { rps: 10, sendRetryAfter: false });
  assert.deepEqual([limits.body.rps, limits.body.sendRetryAfter], [10, false]);
  assert.equal((await control("POST", "limits", { rps: "many" })).status, 400);
  assert.equal((await control("POST", "latency", { ms: -1 })).status, 400);
  assert.equal((await control("POST", "region", { region: "emea" })).status, 200);
  assert.match(emulator.bot().serviceUrl, /emea/);
  assert.equal(typeof (await control("POST", "keys/rotate")).body.kid, "string");
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  assert.equal((await control("POST", "certificates", { pem })).status, 200);
  const conversation = emulator.person(0).conversationId;
  assert.equal((await control("POST", "traffic", { conversation, requests: 3 })).status, 200);
});

test("a virtual clock moves by control, the machine's does not", async () => {
  const { control } = world();
  assert.equal((await control("POST", "clock", { advanceMs: 90_000 })).body.now, startAt + 90_000);
  const { machineClock } = await import("../src/index.ts");
  const real = world({ clock: machineClock });
  assert.equal((await real.control("POST", "clock", { advanceMs: 1 })).status, 409);
});

test("state goes out, in, and back to the beginning over HTTP", async () => {
  const { emulator, control, say } = world();
  await emulator.install(0, { events: false });
  await say(emulator.person(0).conversationId);
  const file = (await control("GET", "export")).body;
  await control("POST", "reset");
  assert.equal(emulator.person(0).installed, false);
  assert.equal((await control("POST", "import", file)).body.accepted, 1);
  assert.equal(emulator.inbox(0).length, 1);
  assert.equal((await control("POST", "import", {})).status, 400);
});

test("unknown controls, methods and fields are refused, and say what there is", async () => {
  const { control } = world();
  assert.equal((await control("GET", "nothing")).status, 404);
  const method = await control("PATCH", "faults");
  assert.deepEqual(
    [method.status, method.body.error.message],
    [405, "this control knows GET, PUT, DELETE"],
  );
  const field = await control("POST", "say", { person: 0, txt: "x" });
  assert.match(field.body.error.message, /unknown field "txt"; known: person, text/);
  assert.equal((await control("POST", "say", { person: 0, text: "x", flaw: "none" })).status, 400);
});

test("a page of another origin turns no control", async () => {
  const { emulator } = world();
  const ask = (origin: string) =>
    emulator.fetch("http://127.0.0.1:3979/_emulator/reset", {
      method: "POST",
      headers: { origin },
    });
  assert.equal((await ask("https://evil.example")).status, 403);
  assert.equal((await ask("http://127.0.0.1:3979")).status, 200);
});

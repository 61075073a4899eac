// Method: our connector client, token source and verifier against the emulator over real HTTP. The emulator's inboxes are the
// truth about what took effect; the outcomes must never claim more.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { FaultKind, TokenFlaw } from "@carillon/emulator";
import { conversationId, teamId } from "../../src/domain/ids.ts";
import type { Outcome } from "../../src/domain/outcome.ts";
import { listenForActivities, startEmulated } from "./emulator-setup.ts";

const body = (text: string) => JSON.stringify({ type: "message", text, summary: text });

/** An emulator in which one person's personal chat is ready. */
async function withChat(
  t: TestContext,
  ...rest: Parameters<typeof startEmulated> extends [unknown, ...infer R] ? R : never
) {
  const world = await startEmulated(t, ...rest);
  await world.emulator.install(0, { events: false });
  const person = world.emulator.person(0);
  const made = await world.connector.createPersonalConversation(world.address, {
    memberId: person.aadObjectId,
  });
  assert.equal(made.outcome.kind, "accepted", JSON.stringify(made.evidence));
  const chat = made.value?.conversationId ?? conversationId("");
  return { ...world, person, chat };
}

test("a personal chat: created by object id and by 29: id, written to, changed, deleted", async (t) => {
  const { emulator, connector, address, person, chat } = await withChat(t);
  assert.equal(chat, person.conversationId);
  const again = await connector.createPersonalConversation(address, { memberId: person.teamsId });
  assert.equal(again.value?.conversationId, chat);
  const sent = await connector.sendActivity(address, { conversationId: chat, body: body("one") });
  const id = sent.value?.activityId;
  assert.ok(id);
  const target = { conversationId: chat, activityId: id };
  const updated = await connector.updateActivity(address, { ...target, body: body("two") });
  assert.equal(updated.outcome.kind, "accepted");
  const [message] = emulator.inbox(0);
  assert.deepEqual([message?.activityId, message?.activity?.text], [id, "two"]);
  const deleted = await connector.deleteActivity(address, target);
  assert.deepEqual([deleted.outcome.kind, deleted.value], ["accepted", null]);
  assert.equal(emulator.inbox(0)[0]?.deleted, true);
  assert.deepEqual(emulator.violations(), []);
});

test("the global service URL does for a first contact", async (t) => {
  const { emulator, connector, address } = await startEmulated(t);
  await emulator.install(3, { events: false });
  const { aadObjectId, conversationId: chat } = emulator.person(3);
  const made = await connector.createPersonalConversation(
    { ...address, serviceUrl: null },
    { memberId: aadObjectId },
  );
  assert.equal(made.value?.conversationId, chat);
});

test("a person without the app, and one who blocked the bot, are told apart", async (t) => {
  const { emulator, connector, address, chat } = await withChat(t);
  const stranger = await connector.createPersonalConversation(address, {
    memberId: emulator.person(1).aadObjectId,
  });
  assert.deepEqual(stranger.outcome, { kind: "unreachable", reason: "app-not-installed" });
  emulator.block(0);
  const blocked = await connector.sendActivity(address, { conversationId: chat, body: body("x") });
  assert.deepEqual(blocked.outcome, { kind: "unreachable", reason: "blocked-by-user" });
  assert.deepEqual(
    [blocked.evidence.status, blocked.evidence.subCode],
    [403, "MessageWritesBlocked"],
  );
});

test("a channel: a new thread has both ids, and a reply goes below it", async (t) => {
  const { emulator, connector, address } = await startEmulated(t);
  await emulator.install({ team: 0 }, { events: false });
  const channel = emulator.team(0).channels.at(-1);
  assert.ok(channel);
  const channelId = conversationId(channel.id);
  const root = await connector.createChannelThread(address, { channelId, body: body("root") });
  assert.equal(root.outcome.kind, "accepted", JSON.stringify(root.evidence));
  assert.ok(root.value?.activityId);
  assert.equal(root.value.conversationId, `${channelId};messageid=${root.value.activityId}`);
  const reply = await connector.sendActivity(address, {
    conversationId: root.value.conversationId,
    body: body("reply"),
  });
  assert.equal(reply.outcome.kind, "accepted");
  const inbox = emulator.inbox(channelId);
  assert.deepEqual(
    inbox.map((message) => message.activity?.text),
    ["root", "reply"],
  );
});

test("a roster is read page by page, and single members by each of their ids", async (t) => {
  const { emulator, connector, address } = await startEmulated(t, { people: 400, teams: 1 });
  await emulator.install({ team: 0 }, { events: false });
  const team = emulator.team(0);
  const roster = conversationId(team.id);
  const seen: string[] = [];
  let continuationToken: string | undefined;
  for (let pages = 0; pages < 20; pages++) {
    const page = await connector.getMembersPage(address, {
      conversationId: roster,
      pageSize: 50,
      ...(continuationToken === undefined ? {} : { continuationToken }),
    });
    assert.equal(page.outcome.kind, "accepted", JSON.stringify(page.evidence));
    for (const member of page.value?.members ?? []) {
      assert.ok(member.aadObjectId && member.teamsId.startsWith("29:") && member.name);
      seen.push(member.aadObjectId);
    }
    continuationToken = page.value?.continuationToken;
    if (continuationToken === undefined) break;
  }
  assert.equal(continuationToken, undefined);
  assert.equal(new Set(seen).size, team.members);
  assert.equal(seen.length, team.members);
  const [person] = emulator.members({ team: 0 }).items;
  assert.ok(person);
  for (const memberId of [person.teamsId, person.aadObjectId, person.userPrincipalName]) {
    const member = await connector.getMember(address, { conversationId: roster, memberId });
    assert.equal(member.value?.aadObjectId, person.aadObjectId, memberId);
    assert.equal(member.value?.teamsId, person.teamsId);
  }
  const nobody = await connector.getMember(address, {
    conversationId: roster,
    memberId: "nobody@x.example",
  });
  assert.deepEqual(nobody.outcome, { kind: "rejected", reason: "unlisted-status" });
});

test("a team and its channels are read", async (t) => {
  const { emulator, connector, address } = await startEmulated(t);
  await emulator.install({ team: 0 }, { events: false });
  const team = emulator.team(0);
  const read = await connector.getTeam(address, { teamId: teamId(team.id) });
  assert.deepEqual(read.value, { name: team.name, aadGroupId: team.aadGroupId });
  const channels = await connector.getChannels(address, { teamId: teamId(team.id) });
  assert.deepEqual(
    channels.value?.map(({ id, name }) => [id, name]),
    team.channels.map(({ id, name }) => [id, name]),
  );
});

test("each fault of the emulator has its outcome for a send, and none is called accepted", async (t) => {
  const { emulator, connector, address, chat } = await withChat(t, {}, { timeoutMs: 1000 });
  const faults: readonly [FaultKind, Outcome, number?][] = [
    ["throttled", { kind: "throttled", retryAfterMs: 1000, scope: "unknown" }],
    ["throttled-silent", { kind: "throttled", retryAfterMs: null, scope: "unknown" }],
    ["bot-not-registered", { kind: "unauthorized", reason: "bot-unknown" }],
    ["bad-argument", { kind: "rejected", reason: "bad-request" }],
    ["disabled-by-admin", { kind: "unreachable", reason: "disabled-by-admin" }],
    ["not-in-roster", { kind: "unreachable", reason: "not-in-roster" }],
    ["blocked-by-user", { kind: "unreachable", reason: "blocked-by-user" }],
    ["writes-blocked", { kind: "unreachable", reason: "blocked-by-user" }],
    ["writes-blocked-named", { kind: "unreachable", reason: "blocked-by-user" }],
    ["wrong-host", { kind: "unreachable", reason: "wrong-host" }],
    ["not-enough-permissions", { kind: "rejected", reason: "not-permitted" }],
    ["conversation-not-found", { kind: "unreachable", reason: "conversation-gone" }],
    ["activity-not-found", { kind: "unreachable", reason: "activity-gone" }],
    ["conflict", { kind: "transient", reason: "precondition", retryAfterMs: null }],
    ["precondition-failed", { kind: "transient", reason: "precondition", retryAfterMs: null }],
    ["too-large", { kind: "rejected", reason: "too-big" }],
    ["server-error", { kind: "uncertain", reason: "server-error" }],
    ["bad-gateway", { kind: "uncertain", reason: "server-error" }],
    ["gateway-timeout", { kind: "uncertain", reason: "server-error" }],
    ["unavailable", { kind: "transient", reason: "unavailable", retryAfterMs: null }],
    ["reset-before-commit", { kind: "uncertain", reason: "connection-lost" }],
    ["reset-after-commit", { kind: "uncertain", reason: "connection-lost" }],
    ["truncated-json", { kind: "uncertain", reason: "unreadable-answer" }],
    ["html-ok", { kind: "uncertain", reason: "unreadable-answer" }],
    ["huge-json", { kind: "uncertain", reason: "unreadable-answer" }],
    ["slow", { kind: "uncertain", reason: "timeout" }],
  ];
  for (const [kind, outcome] of faults) {
    emulator.setFaults({ script: [{ kind, retryAfterSeconds: 1, ms: 2000, operation: "send" }] });
    const sent = await connector.sendActivity(address, { conversationId: chat, body: body(kind) });
    assert.deepEqual(sent.outcome, outcome, `${kind}: ${JSON.stringify(sent.evidence)}`);
    assert.equal("value" in sent, false);
    const arrived = emulator.inbox(0).some((message) => message.activity?.text === kind);
    assert.ok(!arrived || outcome.kind === "uncertain", `${kind} arrived`);
  }
  emulator.setFaults(null);
  const lost = emulator
    .inbox(0)
    .filter((message) => message.activity?.text === "reset-after-commit");
  assert.equal(lost.length, 1, "what was lost is the answer, not the message");
});

test("each shape of an error's body gives the outcome that its status and code allow", async (t) => {
  const { emulator, connector, address, chat } = await withChat(t);
  const outcomes: string[] = [];
  for (const shape of ["normal", "plain", "html", "empty"] as const) {
    for (const kind of ["blocked-by-user", "server-error", "conversation-not-found"] as const) {
      emulator.setFaults({ script: [{ kind, body: shape, operation: "send" }] });
      const { outcome } = await connector.sendActivity(address, {
        conversationId: chat,
        body: body("x"),
      });
      outcomes.push(`${shape} ${"reason" in outcome ? outcome.reason : outcome.kind}`);
    }
  }
  assert.deepEqual(outcomes, [
    "normal blocked-by-user",
    "normal server-error",
    "normal conversation-gone",
    "plain not-permitted",
    "plain server-error",
    "plain conversation-gone",
    "html not-permitted",
    "html server-error",
    "html unlisted-status",
    "empty not-permitted",
    "empty server-error",
    "empty conversation-gone",
  ]);
});

test("creating again after a lost answer gives the same conversation, and nothing is posted by it", async (t) => {
  const { emulator, connector, address } = await startEmulated(t);
  await emulator.install(2, { events: false });
  const { aadObjectId, conversationId: chat } = emulator.person(2);
  emulator.setFaults({
    script: [{ kind: "reset-after-commit", operation: "create-conversation" }],
  });
  const lost = await connector.createPersonalConversation(address, { memberId: aadObjectId });
  assert.equal(lost.outcome.kind, "transient");
  const made = await connector.createPersonalConversation(address, { memberId: aadObjectId });
  assert.equal(made.value?.conversationId, chat);
  assert.equal(emulator.messageCount(2), 0);
});

test("200 sends at once ask for one token, and each message arrives once", async (t) => {
  const { emulator, connector, address } = await startEmulated(t, { people: 200 });
  const people = emulator.people({ limit: 200 }).items;
  await emulator.install(
    people.map(({ index }) => index),
    { events: false },
  );
  const before = emulator.counts().tokens;
  const outcomes = await Promise.all(
    people.map(({ conversationId: chat }) =>
      connector.sendActivity(address, {
        conversationId: conversationId(chat),
        body: body("hello"),
      }),
    ),
  );
  const accepted = outcomes.filter(({ outcome }) => outcome.kind === "accepted").length;
  assert.equal(accepted, emulator.counts().accepted);
  assert.ok(accepted > 100, `${accepted} accepted`);
  assert.ok(people.every(({ index }) => emulator.messageCount(index) <= 1));
  assert.equal(emulator.counts().tokens - before, 1);
});

test("a token that Teams no longer takes is replaced for the next call", async (t) => {
  const { emulator, connector, address, chat } = await withChat(t);
  const before = emulator.counts().tokens;
  emulator.setFaults({ script: [{ kind: "unauthorized", operation: "send" }] });
  const send = () => connector.sendActivity(address, { conversationId: chat, body: body("once") });
  const { outcome } = await send();
  assert.deepEqual(outcome, { kind: "transient", reason: "token-stale", retryAfterMs: null });
  assert.equal((await send()).outcome.kind, "accepted");
  assert.equal(emulator.messageCount(0), 1);
  assert.equal(emulator.counts().tokens - before, 1);
});

test("a wrong secret is the bot's fault, an unavailable login host is not", async (t) => {
  const wrong = await startEmulated(t, {}, { clientSecret: "not-the-secret" });
  const refused = await wrong.connector.createPersonalConversation(wrong.address, {
    memberId: "x",
  });
  assert.deepEqual(refused.outcome, { kind: "unauthorized", reason: "credentials-wrong" });
  assert.equal(refused.evidence.platformCode, "AADSTS7000215");
  assert.ok(!JSON.stringify([refused, wrong.log.lines]).includes("not-the-secret"));
  const down = await startEmulated(t);
  down.emulator.setFaults({ rules: [{ kind: "token-unavailable", operation: "token" }] });
  const later = await down.connector.createPersonalConversation(down.address, { memberId: "x" });
  assert.deepEqual(
    [later.outcome.kind, "reason" in later.outcome && later.outcome.reason],
    ["transient", "token-unavailable"],
  );
});

test("the emulator's signed activities are believed, and each flawed one is refused by its check", async (t) => {
  const world = await startEmulated(t);
  await listenForActivities(t, world);
  const { emulator } = world;
  const report = await emulator.install(0);
  assert.deepEqual([report.failed, report.failures], [0, []]);
  const flaws: Readonly<Record<TokenFlaw, string>> = {
    missing: "401 scheme",
    garbage: "401",
    "wrong-issuer": "401 issuer",
    "wrong-audience": "401 audience",
    "wrong-endorsement": "403 endorsements",
    "unknown-kid": "401 key",
    "bad-signature": "401 signature",
    expired: "401 lifetime",
    "expired-within-skew": "200",
    "not-yet-valid": "401 lifetime",
    "no-service-url": "401 service-url",
    "other-service-url": "401 service-url",
    "alg-none": "401 algorithm",
    hs256: "401 algorithm",
    "entra-own-tenant": "401",
    "entra-strange-tenant": "401",
  };
  const names = Object.keys(flaws) as TokenFlaw[]; // the record names each of them
  for (const flaw of names) {
    const answer = await emulator.say(0, "hello", { flaw });
    const got = `${answer.status} ${answer.body}`.trim();
    assert.ok(got.startsWith(flaws[flaw]), `${flaw}: ${got}`);
  }
  assert.equal((await emulator.say(0, "hello")).status, 200);
});

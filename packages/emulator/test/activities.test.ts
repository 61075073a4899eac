import assert from "node:assert/strict";
import { test } from "node:test";
import { card, startAt, world } from "./world.ts";

async function setting(options = {}) {
  const made = world(options);
  await made.emulator.install([0, 1, 2], { events: false });
  await made.emulator.install({ team: 1 }, { events: false });
  await made.emulator.install({ chat: 0 }, { events: false });
  return { ...made, chat: made.emulator.person(0).conversationId };
}

test("a message is answered 201 with epoch milliseconds, rising within its conversation", async () => {
  const { emulator, say, chat } = await setting();
  const ids = [await say(chat), await say(chat)].map(({ status, body }) => {
    assert.equal(status, 201);
    return Number(body.id);
  });
  assert.deepEqual(ids, [startAt, startAt + 1]);
  assert.equal(emulator.messageCount(0), 2);
  const [accepted] = emulator.acceptedMessages();
  assert.deepEqual(accepted, {
    conversationId: chat,
    thread: null,
    activityId: String(startAt),
    body: '{"type":"message","text":"Hello"}',
    at: startAt,
    person: 0,
    split: false,
    deleted: false,
  });
});

test("ids in paths may be encoded or not, and the service URL may end in two slashes", async () => {
  const { emulator, call } = await setting();
  const channel = emulator.team(1).id;
  const root = await call("POST", `v3/conversations/${channel}/activities`, {
    type: "message",
    text: "root",
  });
  const thread = `${channel};messageid=${root.body.id}`;
  for (const id of [thread, encodeURIComponent(thread)]) {
    const { status } = await call("POST", `/v3/conversations/${id}/activities`, {
      type: "message",
      text: "reply",
    });
    assert.equal(status, 201);
  }
  assert.deepEqual(
    emulator.inbox(channel).map((message) => message.thread),
    [root.body.id, root.body.id, root.body.id],
  );
});

test("the reply form takes an activity id that nobody has heard of", async () => {
  const { emulator, call, chat } = await setting();
  const { status, body } = await call(
    "POST",
    `v3/conversations/${chat}/activities/6f6f6f6f-0000-4000-8000-000000000000`,
    { type: "message", text: "Hello", replyToId: "6f6f6f6f-0000-4000-8000-000000000000" },
  );
  assert.equal(status, 201);
  assert.equal(emulator.inbox(0)[0]?.activityId, body.id);
});

test("the reply form in a channel stays in the thread of the message replied to", async () => {
  const { emulator, call } = await setting();
  const channel = emulator.team(1).id;
  const path = `v3/conversations/${channel}/activities`;
  const root = await call("POST", path, { type: "message", text: "root" });
  await call("POST", `${path}/${root.body.id}`, { type: "message", text: "reply" });
  assert.equal(emulator.inbox(channel)[1]?.thread, root.body.id);
});

test("a thread that does not exist is not found", async () => {
  const { emulator, say } = await setting();
  const { status, body } = await say(`${emulator.team(1).id};messageid=1`);
  assert.deepEqual([status, body.error.code], [404, "ConversationNotFound"]);
});

test("group chats, and the id that Graph has for a personal chat, take messages", async () => {
  const { emulator, say } = await setting();
  const [groupChat] = emulator.chats();
  assert.equal((await say(groupChat?.id ?? "")).status, 201);
  const { aadObjectId } = emulator.person(0);
  assert.equal(
    (await say(`19:${aadObjectId}_${emulator.bot().clientId}@unq.gbl.spaces`)).status,
    201,
  );
  assert.equal(emulator.messageCount(0), 1);
});

test("text with an attachment becomes two messages, and no id is answered", async () => {
  const { emulator, call, say, chat } = await setting();
  const { status, body } = await say(chat, { type: "message", text: "Hi", attachments: [card()] });
  assert.equal(status, 201);
  assert.deepEqual(body, {});
  const [message] = emulator.inbox(0);
  assert.equal(message?.split, true);
  const update = await call("PUT", `v3/conversations/${chat}/activities/${message?.activityId}`, {
    type: "message",
    text: "other",
  });
  assert.equal(update.body.error.code, "ActivityNotFoundInConversation");
  const alone = await say(chat, { type: "message", text: "", attachments: [card()] });
  assert.equal(typeof alone.body.id, "string");
});

test("an activity over 100,000 bytes of UTF-16 is refused with 413 and recorded; pictures do not count", async () => {
  const { emulator, say, chat } = await setting();
  const ofLength = (text: string) => ({ type: "message", text });
  const frame = JSON.stringify(ofLength("")).length;
  assert.equal((await say(chat, ofLength("x".repeat(50_000 - frame)))).status, 201);
  const { status, body } = await say(chat, ofLength("x".repeat(50_001 - frame)));
  assert.deepEqual([status, body.error.code], [413, "MessageSizeTooBig"]);
  assert.equal(emulator.violations()[0]?.kind, "too-large");
  const picture = `data:image/png;base64,${"A".repeat(90_000)}`;
  const content = { type: "AdaptiveCard", body: [{ type: "Image", url: picture }] };
  const attachments = [{ contentType: "application/vnd.microsoft.card.adaptive", content }];
  assert.equal((await say(chat, { type: "message", attachments })).status, 201);
});

for (const [name, activity, status, code] of [
  ["no type", { text: "x" }, 400, "Bad Argument"],
  ["attachments that are no list", { type: "message", attachments: {} }, 400, "Bad Argument"],
  ["an attachment without a type", { type: "message", attachments: [{}] }, 400, "Bad Argument"],
  [
    "two root message entities",
    { type: "message", entities: Array(2).fill({ type: "https://schema.org/Message" }) },
    400,
    "Bad Argument",
  ],
  [
    "21 citations",
    {
      type: "message",
      entities: [{ type: "https://schema.org/Message", citation: Array(21).fill({}) }],
    },
    400,
    "Bad Argument",
  ],
  ["a field nobody knows", { type: "message", txet: "x" }, 501, "NotImplemented"],
  ["a type that is not imitated", { type: "handoff" }, 501, "NotImplemented"],
] as const)
  test(`an activity with ${name} is answered ${status} and posts nothing`, async () => {
    const { emulator, say, chat } = await setting();
    const answer = await say(chat, activity);
    assert.deepEqual([answer.status, answer.body.error.code], [status, code]);
    assert.equal(emulator.counts().accepted, 0);
  });

test("a body that is not JSON is a bad argument", async () => {
  const { call, chat } = await setting();
  const { status, body } = await call("POST", `v3/conversations/${chat}/activities`, '{"type":');
  assert.deepEqual([status, body.error.code], [400, "Bad Argument"]);
});

test("when loose, unknown fields are taken and a line is logged", async () => {
  const { say, chat, lines } = await setting({ strict: false });
  assert.equal((await say(chat, { type: "message", text: "x", txet: "y" })).status, 201);
  assert.match(lines.join("\n"), /txet/);
});

test("typing leaves no message", async () => {
  const { emulator, say, chat } = await setting();
  assert.equal((await say(chat, { type: "typing" })).status, 201);
  assert.equal(emulator.inbox(0).length, 0);
});

test("the bot replaces and deletes its own messages, and only those", async () => {
  const { emulator, call, say, chat } = await setting();
  const path = `v3/conversations/${chat}/activities`;
  const { body } = await say(chat);
  const updated = await call("PUT", `${path}/${body.id}`, {
    type: "message",
    attachments: [card()],
  });
  assert.deepEqual([updated.status, updated.body], [200, { id: body.id }]);
  assert.equal(emulator.inbox(0)[0]?.editedAt, startAt);
  const theirs = await emulator.say(0, "Good morning");
  const foreign = await call("PUT", `${path}/${theirs.activityId}`, { type: "message", text: "x" });
  assert.deepEqual([foreign.status, foreign.body.error.code], [403, "NotEnoughPermissions"]);
  const removed = await call("DELETE", `${path}/${body.id}`);
  assert.deepEqual([removed.status, removed.body], [200, ""]);
  assert.equal(emulator.inbox(0)[0]?.deleted, true);
  for (const [method, id] of [
    ["DELETE", body.id],
    ["PUT", "1776390257332"],
  ]) {
    const gone = await call(
      method,
      `${path}/${id}`,
      method === "PUT" ? { type: "message" } : undefined,
    );
    assert.deepEqual([gone.status, gone.body.error.code], [404, "ActivityNotFoundInConversation"]);
    assert.equal(gone.body.error.message, "Conversation not found.");
  }
});

test("a person who never had the app has no conversation; one who removed it is left", async () => {
  const { emulator, say, clock } = await setting();
  const never = await say(emulator.person(9).conversationId);
  assert.deepEqual([never.status, never.body.error.code], [404, "ConversationNotFound"]);
  await emulator.uninstall(1);
  const atOnce = await say(emulator.person(1).conversationId);
  assert.deepEqual([atOnce.status, atOnce.body.error.code], [403, "BotNotInConversationRoster"]);
  assert.equal(emulator.violations().length, 1, "the bot could not know yet of the second one");
  clock.advance(1_000);
  await say(emulator.person(1).conversationId);
  assert.equal(emulator.violations().length, 2);
});

test("blocking tells nobody; the refusal has the numeric code with JSON in its message", async () => {
  const { emulator, say, received, chat } = await setting();
  emulator.block(0);
  assert.equal(received.length, 0);
  const { status, body } = await say(chat);
  assert.equal(status, 403);
  assert.equal(body.errorCode, 209);
  assert.deepEqual(JSON.parse(body.message), {
    subCode: "MessageWritesBlocked",
    details: "Thread is blocked from message writes.",
    errorCode: null,
    errorSubCode: null,
  });
  emulator.unblock(0);
  assert.equal((await say(chat)).status, 201);
});

for (const [blockedError, code] of [
  ["writes-blocked-named", "MessageWritesBlocked"],
  ["blocked-by-user", "ConversationBlockedByUser"],
] as const)
  test(`blocking can also be told as ${code}`, async () => {
    const { emulator, say, chat } = await setting({ blockedError });
    emulator.block(0);
    assert.equal((await say(chat)).body.error.code, code);
  });

for (const [method, path] of [
  ["GET", "v3/conversations"],
  ["POST", "v3/conversations/CID/activities/history"],
  ["POST", "v3/conversations/CID/attachments"],
  ["DELETE", "v3/conversations/CID/members/29:x"],
  ["POST", "v3/batch/conversation/users"],
  ["POST", "v3/conversations/CID/activities?isTargetedActivity=true"],
  ["PUT", "v3/conversations/CID/activities/1/reactions/like"],
] as const)
  test(`${method} ${path} is not imitated: 501, and a line in the log`, async () => {
    const { call, chat, lines } = await setting();
    const body = method === "GET" || method === "DELETE" ? undefined : { type: "message" };
    const { status } = await call(method, path.replace("CID", chat), body);
    assert.equal(status, 501);
    assert.match(lines.join("\n"), /not imitated/);
  });

test("the global and the older service URLs work; another tenant or host is recorded", async () => {
  const { emulator, call, chat } = await setting();
  const { loginUrl } = emulator.bot();
  const at = (base: string) =>
    call("POST", `v3/conversations/${chat}/activities`, { type: "message", text: "x" }, { base });
  assert.equal((await at(`${loginUrl}/teams/`)).status, 201);
  assert.equal((await at(`${loginUrl}/amer/`)).status, 201);
  assert.equal((await at(`${loginUrl}/amer/00000000-0000-4000-8000-000000000000/`)).status, 403);
  assert.equal((await at("http://localhost:3979/teams/")).status, 201);
  assert.deepEqual(
    emulator.violations().map(({ kind }) => kind),
    ["wrong-tenant", "wrong-host"],
  );
});

test("after a move to another region the old service URL may be refused", async () => {
  const { emulator, call, chat } = await setting();
  const before = emulator.bot().serviceUrl;
  const send = (base: string) =>
    call("POST", `v3/conversations/${chat}/activities`, { type: "message", text: "x" }, { base });
  emulator.setRegion("emea");
  assert.equal((await send(before)).status, 201);
  emulator.setRegion("emea", { refuseOthers: true });
  assert.equal((await send(before)).status, 403);
  assert.equal((await send(emulator.bot().serviceUrl)).status, 201);
  assert.match(emulator.bot().serviceUrl, /\/emea\//);
  assert.throws(() => emulator.setRegion("mars"), /region/);
});

test("bodies beyond what is kept are dropped, counts go on, and messages can still be deleted", async () => {
  const { emulator, call, say, chat } = await setting({ keepMessages: 2, rps: 0 });
  const first = await say(chat);
  for (let more = 0; more < 5; more += 1) await say(chat);
  assert.equal(emulator.messageCount(0), 6);
  assert.deepEqual(
    emulator.inbox(0).map(({ activity }) => activity !== null),
    [false, false, false, false, true, true],
  );
  assert.equal(
    (await call("DELETE", `v3/conversations/${chat}/activities/${first.body.id}`)).status,
    200,
  );
  for (let more = 0; more < 300; more += 1) await say(chat);
  assert.equal(emulator.inbox(0).length, 100, "fifty times as many without bodies");
  assert.equal(emulator.messageCount(0), 306);
});

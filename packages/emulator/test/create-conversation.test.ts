import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { world } from "./world.ts";

const message = { type: "message", text: "Hello" };

function setting() {
  const made = world();
  const { emulator } = made;
  const { tenantId, clientId } = emulator.bot();
  const create = (body: object) => made.call("POST", "v3/conversations", body);
  const personal = (member: string, more: object = {}) =>
    create({ isGroup: false, members: [{ id: member }], tenantId, ...more });
  return { ...made, tenantId, clientId, create, personal };
}

test("the same person gives the same conversation, by Teams id and by object id", async () => {
  const { emulator, personal } = setting();
  await emulator.install(3, { events: false });
  const { teamsId, aadObjectId, conversationId } = emulator.person(3);
  for (const member of [teamsId, aadObjectId, teamsId]) {
    const { status, body } = await personal(member);
    assert.equal(status, 201);
    assert.deepEqual(body, { id: conversationId });
  }
  assert.equal(emulator.counts().accepted, 0);
});

test("a missing isGroup means personal, and the tenant may stand in channelData", async () => {
  const { emulator, create, tenantId } = setting();
  await emulator.install(3, { events: false });
  const members = [{ id: emulator.person(3).teamsId }];
  assert.equal((await create({ members, tenantId })).status, 201);
  assert.equal((await create({ members, channelData: { tenant: { id: tenantId } } })).status, 201);
});

test("with an activity the message is posted on every call, and no activity id is answered", async () => {
  const { emulator, personal } = setting();
  await emulator.install(3, { events: false });
  const { teamsId, conversationId } = emulator.person(3);
  for (const expected of [1, 2]) {
    assert.deepEqual((await personal(teamsId, { activity: message })).body, { id: conversationId });
    assert.equal(emulator.messageCount(3), expected);
  }
});

test("someone without the app gives 403 ForbiddenOperationException; asking again later is a violation", async () => {
  const { emulator, personal } = setting();
  for (const member of [emulator.person(3).aadObjectId, randomUUID()]) {
    const { status, body } = await personal(member);
    assert.equal(status, 403);
    assert.equal(body.error.code, "ForbiddenOperationException");
  }
  assert.deepEqual(emulator.violations(), []);
  emulator.advance(1_000);
  await personal(emulator.person(3).aadObjectId);
  assert.deepEqual(
    emulator.violations().map(({ kind }) => kind),
    ["not-installed"],
  );
  await emulator.install(3);
  assert.equal((await personal(emulator.person(3).aadObjectId)).status, 201);
});

for (const [name, body] of Object.entries({
  "a UPN": { members: [{ id: "someone@contoso.example" }] },
  "an object id with 29: before it": { members: [{ id: `29:1${randomUUID().slice(1)}` }] },
  "two members": { members: [{ id: randomUUID() }, { id: randomUUID() }] },
  "no member": { members: [] },
  "a group chat": { isGroup: true, members: [{ id: randomUUID() }] },
  "another bot": { members: [{ id: randomUUID() }], bot: { id: "28:other" } },
  nothing: {},
}))
  test(`${name} is refused with BadSyntax`, async () => {
    const { create, tenantId } = setting();
    const { status, body: answer } = await create({ tenantId, ...body });
    assert.equal(status, 400);
    assert.equal(answer.error.code, "BadSyntax");
  });

test("without a tenant it is BadSyntax, and another tenant is a violation", async () => {
  const { emulator, create } = setting();
  await emulator.install(3, { events: false });
  const members = [{ id: emulator.person(3).teamsId }];
  assert.equal((await create({ members })).body.error.code, "BadSyntax");
  assert.equal((await create({ members, tenantId: randomUUID() })).status, 403);
  assert.equal(emulator.violations().at(-1)?.kind, "wrong-tenant");
});

test("an admin's block is said already when the conversation is created", async () => {
  const { emulator, personal } = setting();
  await emulator.install(3, { events: false });
  emulator.disable(3);
  const { status, body } = await personal(emulator.person(3).teamsId);
  assert.deepEqual([status, body.error.code], [403, "BotDisabledByAdmin"]);
});

test("a channel gets a new thread each time, with the id of its root message", async () => {
  const { emulator, create, tenantId } = setting();
  await emulator.install({ team: 1 }, { events: false });
  const channel = emulator.team(1).channels[1]?.id ?? "";
  const ask = () =>
    create({
      isGroup: true,
      tenantId,
      channelData: { channel: { id: channel } },
      activity: message,
    });
  const [first, second] = [await ask(), await ask()];
  assert.equal(first.status, 201);
  assert.equal(first.body.id, `${channel};messageid=${first.body.activityId}`);
  assert.match(first.body.activityId, /^\d{13}$/);
  assert.notEqual(first.body.activityId, second.body.activityId);
  assert.deepEqual(
    emulator.inbox(channel).map(({ thread }) => thread),
    [first.body.activityId, second.body.activityId],
  );
});

test("a thread needs an activity, a channel, and the app in its team", async () => {
  const { emulator, create, tenantId } = setting();
  const channelData = { channel: { id: emulator.team(1).id } };
  const ask = (body: object) => create({ isGroup: true, tenantId, ...body });
  assert.equal((await ask({ channelData })).body.error.code, "BadSyntax");
  const absent = await ask({ channelData, activity: message });
  assert.deepEqual([absent.status, absent.body.error.code], [403, "BotNotInConversationRoster"]);
  const nowhere = await ask({
    channelData: { channel: { id: "19:x@thread.tacv2" } },
    activity: message,
  });
  assert.deepEqual([nowhere.status, nowhere.body.error.code], [404, "ConversationNotFound"]);
});

test("the old spelling of the channel id works", async () => {
  const { emulator, create, tenantId } = setting();
  await emulator.install({ team: 1 }, { events: false });
  const channelData = { teamsChannelId: emulator.team(1).id };
  const { status } = await create({ isGroup: true, tenantId, channelData, activity: message });
  assert.equal(status, 201);
});

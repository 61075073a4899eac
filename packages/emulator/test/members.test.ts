import assert from "node:assert/strict";
import { test } from "node:test";
import { world } from "./world.ts";

async function setting(people = 1_234) {
  const made = world({ people, rps: 0 });
  await made.emulator.install({ team: 0 }, { events: false });
  await made.emulator.install(0, { events: false });
  return { ...made, team: made.emulator.team(0).id };
}

for (const [asked, got] of [
  ["10", 50],
  ["50", 50],
  ["333", 333],
  ["9999", 500],
  [null, 200],
] as const)
  test(`a page size of ${asked ?? "nothing"} gives ${got} members`, async () => {
    const { call, team } = await setting();
    const query = asked === null ? "" : `?pageSize=${asked}`;
    const { status, body } = await call("GET", `v3/conversations/${team}/pagedmembers${query}`);
    assert.equal(status, 200);
    assert.equal(body.members.length, got);
    assert.equal(typeof body.continuationToken, "string");
  });

test("pages give each member once, spelt aadObjectId, and the last one has no token", async () => {
  const { call, team, emulator } = await setting();
  const seen: string[] = [];
  let token = "";
  do {
    const query = new URLSearchParams({ pageSize: "500", continuationToken: token });
    const { body } = await call("GET", `v3/conversations/${team}/pagedMembers?${query}`);
    for (const member of body.members) seen.push(member.aadObjectId);
    token = body.continuationToken ?? "";
  } while (token !== "");
  assert.equal(seen.length, 1_234);
  assert.equal(new Set(seen).size, 1_234);
  assert.equal(seen[7], emulator.person(7).aadObjectId);
});

test("a token of nobody's making and a size that is no number are bad arguments", async () => {
  const { call, team } = await setting();
  for (const query of ["continuationToken=xyz", "pageSize=many"]) {
    const { status, body } = await call("GET", `v3/conversations/${team}/pagedmembers?${query}`);
    assert.deepEqual([status, body.error.code], [400, "Bad Argument"]);
  }
});

test("the old list spells objectId and stops at 10,000", async () => {
  const { call, team } = await setting(10_500);
  const { body } = await call("GET", `v3/conversations/${team}/members`);
  assert.equal(body.length, 10_000);
  assert.equal(typeof body[0].objectId, "string");
  assert.equal(body[0].aadObjectId, undefined);
});

test("a single member is found by Teams id, object id and UPN", async () => {
  const { call, team, emulator } = await setting();
  const person = emulator.person(77);
  for (const id of [person.teamsId, person.aadObjectId, person.userPrincipalName]) {
    const path = `v3/conversations/${team}/members/${encodeURIComponent(id)}`;
    const { status, body } = await call("GET", path);
    assert.equal(status, 200);
    assert.deepEqual(body, {
      id: person.teamsId,
      aadObjectId: person.aadObjectId,
      name: person.name,
      givenName: person.givenName,
      surname: person.surname,
      email: person.email,
      userPrincipalName: person.userPrincipalName,
      tenantId: emulator.bot().tenantId,
      userRole: person.role,
    });
  }
});

test("someone who is no member is not found, nor is a number", async () => {
  const { call, emulator } = await setting();
  await emulator.install({ team: 1 }, { events: false });
  const team = emulator.team(1);
  const members = new Set(
    emulator.members({ team: 1 }, { limit: 1_000 }).items.map((m) => m.index),
  );
  const stranger = emulator.people({ limit: 1_000 }).items.find(({ index }) => !members.has(index));
  for (const id of [stranger?.teamsId ?? "", "3", "nobody@contoso.example"]) {
    const { status, body } = await call("GET", `v3/conversations/${team.id}/members/${id}`);
    assert.deepEqual([status, body.error.code], [404, "MemberNotFoundInConversation"]);
  }
});

test("a personal chat has one member, and so have its activities", async () => {
  const { call, say, emulator } = await setting();
  const { conversationId, aadObjectId } = emulator.person(0);
  const { body } = await say(conversationId);
  for (const path of ["members", `activities/${body.id}/members`]) {
    const list = await call("GET", `v3/conversations/${conversationId}/${path}`);
    assert.deepEqual(
      list.body.map((member: { objectId: string }) => member.objectId),
      [aadObjectId],
    );
  }
  const unknown = await call("GET", `v3/conversations/${conversationId}/activities/1/members`);
  assert.equal(unknown.body.error.code, "ActivityNotFoundInConversation");
});

test("a team tells its name, group and sizes; its General channel has no name", async () => {
  const { call, emulator } = await setting();
  const team = emulator.team(0);
  const { body } = await call("GET", `v3/teams/${encodeURIComponent(team.id)}`);
  assert.deepEqual(body, {
    id: team.id,
    name: team.name,
    aadGroupId: team.aadGroupId,
    channelCount: team.channels.length,
    memberCount: 1_234,
    tenantId: emulator.bot().tenantId,
    type: "standard",
  });
  const channels = await call("GET", `v3/teams/${team.id}/conversations`);
  assert.deepEqual(channels.body.conversations[0], { id: team.id, name: null, type: "standard" });
  assert.equal(channels.body.conversations.length, team.channels.length);
});

test("teams without the bot, and ids of other channels, are refused", async () => {
  const { call, emulator } = await setting();
  const without = await call("GET", `v3/teams/${emulator.team(2).id}`);
  assert.deepEqual([without.status, without.body.error.code], [403, "BotNotInConversationRoster"]);
  const channel = emulator.team(0).channels[1]?.id;
  assert.equal((await call("GET", `v3/teams/${channel}`)).status, 404);
  assert.equal((await call("GET", `v3/teams/${emulator.team(0).aadGroupId}`)).status, 404);
});

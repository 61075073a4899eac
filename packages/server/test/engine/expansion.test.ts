import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "../../src/domain/errors.ts";
import { conversationId, teamId } from "../../src/domain/ids.ts";
import type { Target } from "../../src/domain/target.ts";
import type { RosterMember } from "../../src/engine/ports/connector.ts";
import {
  deliveriesOf,
  installed,
  objectId,
  openWorld,
  personOf,
  range,
  serviceUrl,
  startCampaign,
  startEngine,
  tenant,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

const team = "19:team@thread.tacv2";
const otherTeam = "19:other@thread.tacv2";

function member(n: number): RosterMember {
  const { aadObjectId, teamsId, userPrincipalName, name, givenName } = personOf(n);
  return {
    teamsId,
    aadObjectId,
    name,
    givenName,
    surname: null,
    email: null,
    userPrincipalName,
    userRole: "user",
  };
}

async function addTeam(world: World, id: string, members: readonly number[]): Promise<void> {
  world.connector.rosters.set(id, members.map(member));
  await world.engine.learn([
    { fact: "team-seen", tenantId: tenant, teamId: teamId(id), serviceUrl, install: "installed" },
  ]);
}

async function send(
  world: World,
  include: readonly Target[],
  exclude?: readonly Target[],
): Promise<string> {
  return within(
    world,
    startCampaign(world, { audience: { include, ...(exclude && { exclude }) } }),
  );
}

async function keysOf(world: World, id: string): Promise<readonly string[]> {
  return (await deliveriesOf(world, id)).map(({ recipient }) => recipient).sort();
}

const user = (n: number) => `user:${objectId(n)}`;

test("a team's members come from its roster, page by page, and are learnt", async () => {
  const world = await openWorld({ people: 3 });
  await addTeam(world, team, range(1200));
  const id = await send(world, [{ team, as: "members" }]);
  await untilOver(world, id);
  assert.equal((await keysOf(world, id)).length, 1200);
  const pages = world.connector.requests.filter(({ operation }) => operation === "members");
  assert.equal(pages.length, 3);
  const person = await world.engine.directory.person("person1100@contoso.example");
  assert.equal(person.name, "Person 1100");
  await within(world, world.engine.stop());
});

test("the same person by several ways is one recipient, and an exclusion wins", async () => {
  const world = await openWorld({ people: 6 });
  await addTeam(world, team, [0, 1, 2]);
  const id = await send(
    world,
    [
      { user: objectId(1) },
      { user: "PERSON1@contoso.example" },
      { user: "29:1" },
      { conversation: `a:${objectId(1)}` },
      { team, as: "members" },
      { everyone: true },
    ],
    [{ user: "person4@contoso.example" }, { conversation: `a:${objectId(5)}` }],
  );
  await untilOver(world, id);
  assert.deepEqual(await keysOf(world, id), range(4).map(user));
  await within(world, world.engine.stop());
});

test("a team can be left out of everyone", async () => {
  const world = await openWorld({ people: 6 });
  await addTeam(world, team, [2, 3]);
  const id = await send(world, [{ everyone: true }], [{ team, as: "members" }]);
  await untilOver(world, id);
  assert.deepEqual(await keysOf(world, id), [0, 1, 4, 5].map(user));
  await within(world, world.engine.stop());
});

test("someone excluded by a name that is learnt only from an included roster is left out all the same", async () => {
  const world = await openWorld();
  await addTeam(world, team, [0, 1, 2]);
  world.connector.script = ({ operation }) =>
    operation === "member" ? { kind: "unreachable", reason: "not-in-roster" } : undefined;
  const id = await send(world, [{ team, as: "members" }], [{ user: "Person1@contoso.example" }]);
  await untilOver(world, id);
  assert.deepEqual(await keysOf(world, id), [0, 2].map(user));
  await within(world, world.engine.stop());
});

test("a team that the bot is not in becomes a failed row of its own", async () => {
  const world = await openWorld({ people: 2 });
  await addTeam(world, team, [0]);
  await world.engine.learn([
    {
      fact: "team-seen",
      tenantId: tenant,
      teamId: teamId(team),
      serviceUrl,
      install: "removed",
    },
  ]);
  await addTeam(world, otherTeam, [1]);
  world.connector.script = ({ operation }) =>
    operation === "members" ? { kind: "unreachable", reason: "not-in-roster" } : undefined;
  const id = await send(world, [
    { team, as: "members" },
    { team: otherTeam, as: "members" },
    { user: objectId(0) },
  ]);
  await untilOver(world, id);
  const rows = await deliveriesOf(world, id);
  assert.deepEqual(rows.map(({ recipient, state, code }) => [recipient, state, code]).sort(), [
    [`team:${otherTeam}`, "failed", "TEAMS_NOT_IN_CONVERSATION"],
    [`team:${team}`, "failed", "TEAMS_NOT_IN_CONVERSATION"],
    [user(0), "accepted", null],
  ]);
  await within(world, world.engine.stop());
});

test("a team that is to be left out and cannot be read holds the campaign back, and says so", async () => {
  const world = await openWorld({ people: 4 });
  await addTeam(world, team, [2, 3]);
  let refuses = true;
  world.connector.script = ({ operation }) =>
    operation === "members" && refuses
      ? { kind: "unreachable", reason: "not-in-roster" }
      : undefined;
  const id = await send(world, [{ everyone: true }], [{ team, as: "members" }]);
  await world.clock.runFor(120_000);
  const view = await world.engine.campaigns.get(id);
  assert.equal(view.state, "expanding");
  assert.equal(view.attention?.code, "TEAMS_NOT_IN_CONVERSATION");
  assert.equal(world.connector.sends.length, 0);
  refuses = false;
  await untilOver(world, id, 120_000);
  assert.deepEqual(await keysOf(world, id), [0, 1].map(user));
  await within(world, world.engine.stop());
});

test("a roster that fails for a while is read when it can be", async () => {
  const world = await openWorld();
  await addTeam(world, team, range(700));
  let failures = 6;
  world.connector.script = ({ operation }) => {
    if (operation !== "members" || failures === 0) return undefined;
    failures -= 1;
    return { kind: "transient", reason: "unavailable", retryAfterMs: null };
  };
  const id = await send(world, [{ team, as: "members" }]);
  await untilOver(world, id);
  assert.equal((await keysOf(world, id)).length, 700);
  await within(world, world.engine.stop());
});

test("a continuation token that is too old starts the roster again, and merges what is known", async () => {
  const world = await openWorld();
  await addTeam(world, team, range(700));
  let pages = 0;
  world.connector.script = ({ operation }) => {
    if (operation !== "members") return undefined;
    pages += 1;
    return pages === 2 ? { kind: "rejected", reason: "bad-request" } : undefined;
  };
  const id = await send(world, [{ team, as: "members" }]);
  await untilOver(world, id);
  assert.equal(pages, 4);
  assert.equal((await keysOf(world, id)).length, 700);
  await within(world, world.engine.stop());
});

test("an expansion goes on from its place in a new process", async () => {
  const world = await openWorld({ people: 5000, ratePerSecond: 0 });
  const { id } = await world.engine.campaigns.create({
    name: "many",
    message: { text: "hello" },
    audience: { include: [{ user: objectId(9) }, { everyone: true }] },
  });
  await world.engine.campaigns.start(id);
  await world.clock.runUntil(() => world.logged.length > 3, 2);
  await within(world, world.engine.stop());
  const next = startEngine(world, { ratePerSecond: 0 });
  await next.engine.start();
  await untilOver(next, id);
  const { counts } = await next.engine.campaigns.get(id);
  assert.deepEqual([counts.accepted, counts.total], [5000, 5000]);
  assert.equal(world.connector.sends.length, 5000);
  await within(next, next.engine.stop());
});

test("someone who is not known is a failed row in a campaign", async () => {
  const world = await openWorld({ people: 1 });
  const id = await send(world, [{ user: "nobody@contoso.example" }, { user: objectId(0) }]);
  await untilOver(world, id);
  const rows = await deliveriesOf(world, id);
  assert.deepEqual(rows.map(({ state, code }) => [state, code]).sort(), [
    ["accepted", null],
    ["failed", "RECIPIENT_UNKNOWN"],
  ]);
  await within(world, world.engine.stop());
});

test("a campaign that reaches nobody finishes", async () => {
  const world = await openWorld();
  const id = await send(world, [{ everyone: true }]);
  await untilOver(world, id, 5000);
  assert.equal((await world.engine.campaigns.get(id)).counts.total, 0);
  await within(world, world.engine.stop());
});

/** Where a target leads: the requests made for it, and its recipient's key. */
const routes: readonly {
  readonly name: string;
  readonly to: Target;
  readonly key: string;
  readonly request: string;
}[] = [
  {
    name: "an object id that nobody has heard of is created",
    to: { user: objectId(77) },
    key: user(77),
    request: `create ${objectId(77)}`,
  },
  {
    name: "a UPN that only a team knows is looked up there",
    to: { user: "person50@contoso.example" },
    key: user(50),
    request: "member person50@contoso.example",
  },
  {
    name: "a channel gets a new thread",
    to: { channel: "19:news@thread.tacv2" },
    key: "channel:19:news@thread.tacv2",
    request: "thread 19:news@thread.tacv2",
  },
  {
    name: "a team's General channel gets a new thread",
    to: { team, as: "general" },
    key: `channel:${team}`,
    request: `thread ${team}`,
  },
  {
    name: "a thread gets a reply",
    to: { thread: { channel: "19:news@thread.tacv2", rootId: "1776390257332" } },
    key: "thread:19:news@thread.tacv2;messageid=1776390257332",
    request: "send 19:news@thread.tacv2;messageid=1776390257332",
  },
  {
    name: "a group chat gets a message",
    to: { chat: "19:some@thread.v2" },
    key: "chat:19:some@thread.v2",
    request: "send 19:some@thread.v2",
  },
  {
    name: "a reference to a known person's chat is that person",
    to: {
      reference: {
        serviceUrl: "https://elsewhere.example/",
        conversation: { id: `a:${objectId(0)}`, conversationType: "personal" },
      },
    },
    key: user(0),
    request: `send a:${objectId(0)}`,
  },
  {
    name: "a reference that we do not know is used as it stands",
    to: { reference: { serviceUrl, conversation: { id: "a:unheard" } } },
    key: "chat:a:unheard",
    request: "send a:unheard",
  },
];

for (const { name, to, key, request } of routes)
  test(name, async () => {
    const world = await openWorld();
    await world.engine.learn([installed(0)]);
    await addTeam(world, team, [50]);
    const made = await within(
      world,
      world.engine.notifications.create({ to, message: { text: "hello" } }),
    );
    const done = await within(world, world.engine.notifications.settled(made.id));
    assert.deepEqual(
      done.deliveries.map(({ recipient, state }) => [recipient, state]),
      [[key, "accepted"]],
    );
    const [first] = world.connector.requests;
    assert.equal(`${first?.operation} ${first?.target}`, request);
    await within(world, world.engine.stop());
  });

test("a new thread answers its conversation and its activity", async () => {
  const world = await openWorld();
  const channel = "19:news@thread.tacv2";
  const made = await within(
    world,
    world.engine.notifications.create({ to: { channel }, message: { text: "hello" } }),
  );
  const done = await within(world, world.engine.notifications.settled(made.id));
  const [delivery] = done.deliveries;
  assert.equal(delivery?.conversationId, `${channel};messageid=${delivery?.activityId}`);
  await within(world, world.engine.stop());
});

const refusals: readonly { readonly name: string; readonly to: Target; readonly code: string }[] = [
  {
    name: "an unknown UPN",
    to: { user: "nobody@contoso.example" },
    code: "RECIPIENT_UNKNOWN",
  },
  { name: "an unknown personal chat", to: { conversation: "a:x" }, code: "RECIPIENT_UNKNOWN" },
  { name: "everyone", to: { everyone: true }, code: "REQUEST_INVALID" },
  { name: "a team's members", to: { team, as: "members" }, code: "REQUEST_INVALID" },
  {
    name: "a reference to a host of somebody else",
    to: { reference: { serviceUrl: "https://evil.example/", conversation: { id: "a:x" } } },
    code: "TARGET_UNSUPPORTED",
  },
  {
    name: "a reference of another tenant",
    to: { reference: { serviceUrl, conversation: { id: "a:x", tenantId: "other" } } },
    code: "TARGET_UNSUPPORTED",
  },
];

for (const { name, to, code } of refusals)
  test(`a notification to ${name} is refused before anything is stored`, async () => {
    const world = await openWorld();
    world.connector.trusted = (url) => url === serviceUrl;
    await assert.rejects(
      within(world, world.engine.notifications.create({ to, message: { text: "hello" } })),
      (error) => error instanceof ProblemError && error.code === code,
    );
    const stored = await world.store.ledger.listCampaigns({ kind: "notification", limit: 10 });
    assert.deepEqual(stored.items, []);
    await within(world, world.engine.stop());
  });

test("a channel's thread goes to the service URL of its team", async () => {
  const world = await openWorld({ people: 1 });
  await addTeam(world, team, []);
  await world.engine.learn([
    {
      fact: "channel-seen",
      tenantId: tenant,
      teamId: teamId(team),
      channelId: conversationId("19:news@thread.tacv2"),
      name: "News",
    },
  ]);
  const made = await within(
    world,
    world.engine.notifications.create({
      to: { channel: "19:news@thread.tacv2" },
      message: { text: "hello" },
    }),
  );
  await within(world, world.engine.notifications.settled(made.id));
  assert.equal(world.connector.requests[0]?.address.serviceUrl, serviceUrl);
  await within(world, world.engine.stop());
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Target } from "../../src/domain/target.ts";
import {
  deliveriesOf,
  objectId,
  openWorld,
  personOf,
  serviceUrl,
  startCampaign,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

const user = (n: number) => `user:${objectId(n)}`;

/** Gives somebody the app; nobody tells the engine of it. */
function unseen(world: World, n: number): void {
  const { teamsId, aadObjectId, name } = personOf(n);
  const rest = { givenName: null, surname: null, email: null, userPrincipalName: null };
  const member = { teamsId, aadObjectId, name, ...rest, userRole: "user" };
  world.connector.rosters.set(`a:${teamsId}`, [member]);
}

async function send(world: World, include: readonly Target[], exclude: readonly Target[] = []) {
  const audience = { include, ...(exclude.length > 0 && { exclude }) };
  return within(world, startCampaign(world, { audience }));
}

async function keysOf(world: World, id: string): Promise<readonly string[]> {
  return (await deliveriesOf(world, id)).map(({ recipient }) => recipient).sort();
}

test("a 29: id that was never seen is the person whose object id it has", async () => {
  const world = await openWorld();
  unseen(world, 3);
  const id = await send(world, [{ user: "29:3" }, { user: objectId(3) }]);
  await untilOver(world, id);
  assert.deepEqual(await keysOf(world, id), [user(3)]);
  assert.equal(world.connector.messages.length, 1);
  const again = await send(world, [{ user: "29:3" }, { user: objectId(4) }]);
  await untilOver(world, again);
  assert.deepEqual(await keysOf(world, again), [user(3), user(4)], "it was learnt");
  const asked = world.connector.requests.filter(({ operation }) => operation === "member");
  assert.equal(asked.length, 1);
  await within(world, world.engine.stop());
});

test("somebody excluded by an unseen 29: id is left out", async () => {
  const world = await openWorld();
  unseen(world, 3);
  const id = await send(world, [{ user: objectId(3) }, { user: objectId(4) }], [{ user: "29:3" }]);
  await untilOver(world, id);
  assert.deepEqual(await keysOf(world, id), [user(4)]);
  await within(world, world.engine.stop());
});

test("an unseen 29: id without the app fails as itself, with Teams' reason", async () => {
  const world = await openWorld();
  world.connector.script = ({ operation, target }) =>
    operation === "create" && target === "29:3"
      ? { kind: "unreachable", reason: "app-not-installed" }
      : undefined;
  const id = await send(world, [{ user: "29:3" }, { user: objectId(4) }]);
  await untilOver(world, id);
  const rows = await deliveriesOf(world, id);
  assert.deepEqual(
    rows.map(({ recipient, state, code }) => [recipient, state, code]).sort(),
    [
      ["user:29:3", "failed", "TEAMS_APP_NOT_INSTALLED"],
      [user(4), "accepted", null],
    ].sort(),
  );
  await within(world, world.engine.stop());
});

test("an expansion waits while Teams cannot say who an unseen 29: id is", async () => {
  const world = await openWorld();
  unseen(world, 3);
  world.connector.script = ({ operation }) =>
    operation === "create"
      ? { kind: "transient", reason: "unavailable", retryAfterMs: null }
      : undefined;
  const id = await send(world, [{ user: "29:3" }, { user: objectId(3) }]);
  const isStalled = () => world.logged.some(({ event }) => event === "campaign.stalled");
  assert.ok(await world.clock.runUntil(isStalled, 10_000));
  const { attention } = await world.engine.campaigns.get(id);
  assert.equal(attention?.code, "TEAMS_UNAVAILABLE");
  assert.equal(world.connector.messages.length, 0);
  world.connector.script = () => undefined;
  await untilOver(world, id);
  assert.deepEqual(await keysOf(world, id), [user(3)]);
  await within(world, world.engine.stop());
});

test("a notification to one unseen 29: id alone asks nobody first", async () => {
  const world = await openWorld();
  unseen(world, 3);
  const made = world.engine.notifications.create({ to: { user: "29:3" }, message: { text: "x" } });
  const { id } = await within(world, made);
  await untilOver(world, id);
  assert.deepEqual(
    world.connector.requests.map(({ operation }) => operation),
    ["create", "send"],
  );
  await within(world, world.engine.stop());
});

test("a notification to more unseen 29: ids than may be looked up is taken all the same", async () => {
  const world = await openWorld();
  const ids = Array.from({ length: 30 }, (_, n) => n + 1);
  for (const n of ids) unseen(world, n);
  const to = ids.map((n) => ({ user: `29:${n}` }));
  const { id } = await within(
    world,
    world.engine.notifications.create({ to, message: { text: "x" } }),
  );
  await untilOver(world, id);
  assert.equal(world.connector.messages.length, 30);
  const known = (await keysOf(world, id)).filter((key) => !key.startsWith("user:29:"));
  assert.equal(known.length, 20);
  await within(world, world.engine.stop());
});

test("a personal reference of somebody unseen is that person, and keeps the place it names", async () => {
  const world = await openWorld();
  const reference = {
    serviceUrl,
    conversation: { id: "a:elsewhere", conversationType: "personal" },
    user: { id: "29:3", aadObjectId: objectId(3).toUpperCase() },
  };
  const id = await send(world, [{ reference }, { user: objectId(3) }]);
  await untilOver(world, id);
  assert.deepEqual(await keysOf(world, id), [user(3)]);
  assert.deepEqual(
    world.connector.messages.map(({ conversationId }) => conversationId),
    ["a:elsewhere"],
  );
  await within(world, world.engine.stop());
});

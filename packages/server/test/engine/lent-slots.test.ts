// Goal: all requests of a bot to a tenant share one budget and one Retry-After, also those that belong to no delivery and are
// made by a process without the lane. Method: several engines on one store in virtual time; every start is written down.
import assert from "node:assert/strict";
import { test } from "node:test";
import { overlay } from "../../../harness/src/overlay.ts";
import { StoreError } from "../../src/domain/errors.ts";
import { type TeamId, teamId } from "../../src/domain/ids.ts";
import { shareEvery } from "../../src/engine/class-shares.ts";
import type { Store } from "../../src/engine/ports/store.ts";
import {
  bot,
  mortalEngine,
  openWorld,
  range,
  serviceUrl,
  startCampaign,
  startEngine,
  tenant,
  untilOver,
  type World,
  type WorldOptions,
  within,
} from "./engine-world.ts";

const teams = range(8).map((n) => teamId(`19:team${n}@thread.tacv2`));

/** A world with teams of which nobody knows the channels: whoever wants to know makes a request, each time. */
async function openTeams(options: WorldOptions = {}): Promise<World> {
  const world = await openWorld({ ratePerSecond: 10, ...options });
  const facts = teams.map((id) => ({
    fact: "team-seen" as const,
    ...{ tenantId: tenant, teamId: id, serviceUrl, install: "installed" as const },
  }));
  await within(world, world.engine.learn(facts));
  return world;
}

/** A process that takes requests and sends nothing. */
async function serving(world: World, options: WorldOptions = {}): Promise<World> {
  const other = startEngine(world, { ratePerSecond: 10, works: false, ...options });
  await other.engine.start();
  return other;
}

/** Asks without end, so many at a time; answers how to end it. */
function askAlways(world: World, atOnce = 1, of: readonly TeamId[] = teams): () => Promise<void> {
  let goesOn = true;
  const asking = range(atOnce).map(async (n) => {
    for (let at = n; goesOn; at += 1) {
      await world.engine.directory.channels(of[at % of.length] ?? teamId("none"));
      await world.clock.sleep(1);
    }
  });
  return async () => {
    goesOn = false;
    await within(world, Promise.all(asking));
  };
}

const asks = ({ connector }: World) =>
  connector.requests.filter(({ operation }) => operation === "channels");

function assertBudget({ connector }: World, ratePerSecond: number): void {
  const starts = connector.requests.map(({ at }) => at);
  for (const [index, at] of starts.entries())
    assert.ok(at - (starts[index - ratePerSecond] ?? Number.NEGATIVE_INFINITY) >= 1_000, `${at}`);
}

for (const atOnce of [1, 10])
  test(`a process without the lane asks in slots of its holder, ${atOnce} at a time, and both together keep the budget`, async () => {
    const world = await openTeams({ people: 400 });
    const id = await within(world, startCampaign(world));
    await world.clock.runFor(2_000);
    const other = await serving(world);
    const before = world.connector.requests.length;
    const end = askAlways(other, atOnce);
    await world.clock.runFor(20_000);
    assertBudget(world, 10);
    const asked = asks(world).length;
    const sent = world.connector.requests.length - before - asked;
    assert.ok(asked >= 20, `${asked} asked`);
    // What is lent costs a quarter of the budget at most.
    assert.ok(sent >= 148, `${sent} sent, ${asked} asked`);
    await end();
    await untilOver(world, id);
    await within(world, Promise.all([world.engine.stop(), other.engine.stop()]));
  });

for (const [priority, share] of [
  ["normal", 1 / 2],
  ["bulk", 1 / shareEvery],
] as const)
  test(`a ${priority} campaign goes on however many ask in the process that sends it`, async () => {
    const world = await openTeams({ people: 200 });
    const end = askAlways(world, 16);
    await world.clock.runFor(2_000);
    const id = await within(world, startCampaign(world, { priority }));
    const before = world.connector.requests.length;
    await world.clock.runFor(20_000);
    const made = world.connector.requests.length - before;
    const sent = world.connector.sends.length;
    assert.ok(sent >= Math.floor(made * share) - 1, `${sent} of ${made}`);
    assertBudget(world, 10);
    await end();
    await untilOver(world, id);
    await within(world, world.engine.stop());
  });

test("a Retry-After that a process without the lane is told holds the holder of the lane", async () => {
  const world = await openTeams({ people: 400 });
  let heardAt = 0;
  world.connector.script = ({ operation, at }) => {
    if (operation !== "channels" || heardAt > 0) return undefined;
    heardAt = at + world.connector.latencyMs;
    return { kind: "throttled", retryAfterMs: 30_000, scope: "unknown" };
  };
  await within(world, startCampaign(world));
  await world.clock.runFor(2_000);
  const other = await serving(world);
  const end = askAlways(other);
  await world.clock.runUntil(() => heardAt > 0, 10_000);
  await world.clock.runFor(60_000);
  const after = world.connector.requests.map(({ at }) => at).filter((at) => at > heardAt);
  const late = after.filter((at) => at < heardAt + 30_000);
  // The holder learns of it with its next turn, which it takes ten times a second while it lends.
  assert.ok(late.length <= 2 && late.every((at) => at <= heardAt + 150), `${late}`);
  assert.ok(after.length > 240, `${after.length}`);
  assert.equal(world.engine.lanes()[0]?.throttled, 0);
  await end();
  await within(world, Promise.all([world.engine.stop(), other.engine.stop()]));
});

test("a Retry-After that a process without the lane cannot write down is told before its request is answered", async () => {
  const world = await openTeams({ people: 400 });
  let failures = 0;
  const failing = (store: Store): Store => ({
    ...store,
    ledger: overlay(store.ledger, {
      endSlot: (scope, id, quietMs) => {
        if (quietMs === null || failures >= 3) return store.ledger.endSlot(scope, id, quietMs);
        failures += 1;
        return Promise.reject(new StoreError("STORE_LOCKED", { detail: "somebody writes" }));
      },
    }),
  });
  const other = await serving(world, { around: failing });
  await within(world, startCampaign(world));
  await world.clock.runFor(2_000);
  world.connector.script = ({ operation }) =>
    operation === "channels"
      ? { kind: "throttled", retryAfterMs: 30_000, scope: "unknown" }
      : undefined;
  const [team] = teams;
  assert.ok(team !== undefined);
  const asked = other.engine.directory.channels(team).catch(() => null);
  await within(world, asked, 20_000);
  assert.equal(failures, 3);
  // The holder hears of it with its next turn.
  await world.clock.runFor(500);
  const scope = { tenantId: tenant, botId: bot };
  assert.ok(((await world.store.ledger.laneQuietUntil(scope)) ?? 0) > world.clock.now() + 20_000);
  await within(world, Promise.all([world.engine.stop(), other.engine.stop()]));
});

test("a Retry-After that the holder of the lane is told holds a process without it", async () => {
  const world = await openTeams({ people: 400 });
  await within(world, startCampaign(world));
  await world.clock.runFor(2_000);
  const other = await serving(world);
  const end = askAlways(other, 3);
  await world.clock.runFor(3_000);
  let heardAt = 0;
  world.connector.script = ({ operation, at }) => {
    if (operation !== "send" || heardAt > 0) return undefined;
    heardAt = at + world.connector.latencyMs;
    return { kind: "throttled", retryAfterMs: 30_000, scope: "unknown" };
  };
  await world.clock.runFor(30_000);
  assert.ok(heardAt > 0);
  const late = world.connector.requests.filter(({ at }) => at > heardAt && at < heardAt + 30_000);
  // A slot that was granted before it may be used yet, for as long as it takes to see that it was.
  assert.ok(late.length <= 3 && late.every(({ at }) => at <= heardAt + 100), `${late.length}`);
  await world.clock.runFor(10_000);
  assert.ok(asks(world).some(({ at }) => at > heardAt + 30_000));
  await end();
  await within(world, Promise.all([world.engine.stop(), other.engine.stop()]));
});

test("a process without the lane takes it where nobody works on it any more", async () => {
  const world = await openTeams({ people: 100, start: false });
  const holder = await mortalEngine(world, { ratePerSecond: 10 });
  await within(world, startCampaign(holder.world));
  await world.clock.runFor(2_000);
  holder.kill();
  const other = await serving(world);
  const since = world.clock.now();
  await within(world, other.engine.directory.channels(teams[0] ?? teamId("none")));
  assert.equal(asks(world).length, 1);
  assert.ok(world.clock.now() - since <= 6_000, `${world.clock.now() - since} ms`);
  assertBudget(world, 10);
  await within(world, other.engine.stop());
});

test("a process that sends nothing leaves the lane to one that does, however much it asks itself", async () => {
  const world = await openTeams({ people: 50, works: false });
  const end = askAlways(world, 10);
  await world.clock.runFor(5_000);
  assert.ok(asks(world).length >= 45, "alone it has the whole budget");
  const id = await within(world, startCampaign(world));
  await world.clock.runFor(5_000);
  const worker = startEngine(world, { ratePerSecond: 10 });
  await worker.engine.start();
  const before = asks(world).length;
  await untilOver(worker, id, 15_000);
  assert.ok(asks(world).length >= before + 10, `${asks(world).length - before} asked`);
  assertBudget(world, 10);
  await end();
  await within(world, Promise.all([world.engine.stop(), worker.engine.stop()]));
});

for (const isLent of [false, true])
  test(`many who ask at once keep the windows of their conversation${isLent ? ", in slots, too" : ""}`, async () => {
    const world = await openTeams({ people: 2_000, ratePerSecond: 100, works: isLent });
    const other = isLent ? await serving(world, { ratePerSecond: 100 }) : world;
    if (isLent) await within(world, startCampaign(world));
    await world.clock.runFor(1_000);
    const asked = Promise.all(
      range(40).map(() => other.engine.directory.channels(teams[0] ?? teamId("none"))),
    );
    await within(world, asked, 30_000);
    const starts = asks(world).map(({ at }) => at);
    assert.equal(starts.length, 40);
    for (const [index, at] of starts.entries())
      assert.ok(at - (starts[index - 14] ?? Number.NEGATIVE_INFINITY) >= 1_000, `${at}`);
    await within(world, Promise.all([world.engine.stop(), other.engine.stop()]));
  });

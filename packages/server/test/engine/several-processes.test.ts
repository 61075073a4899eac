import assert from "node:assert/strict";
import { test } from "node:test";
import { campaignId } from "../../src/domain/ids.ts";
import type { EngineEvent } from "../../src/engine/engine.ts";
import type { Store } from "../../src/engine/ports/store.ts";
import {
  objectId,
  openWorld,
  startCampaign,
  startEngine,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

/** A second process on the same database, which sends nothing itself. */
async function onlooker(world: World, works: boolean): Promise<World & { events: EngineEvent[] }> {
  const other = startEngine(world, { works });
  const events: EngineEvent[] = [];
  other.engine.subscribe((event) => void events.push(event));
  await other.engine.start();
  return { ...other, events };
}

test("a process without a worker takes work and sends nothing; another sends it within a second", async () => {
  const world = await openWorld({ people: 5, works: false });
  const id = await within(world, startCampaign(world));
  await world.clock.runFor(60_000);
  assert.equal(world.connector.requests.length, 0);
  const { state, counts } = await world.engine.campaigns.get(id);
  assert.deepEqual([state, counts.total], ["expanding", 0]);
  const worker = startEngine(world);
  await worker.engine.start();
  await world.clock.runFor(1_000);
  assert.equal(world.connector.sends.length, 5);
  const made = world.engine.notifications.create({
    to: { user: objectId(0) },
    message: { text: "hello" },
  });
  await within(world, made);
  await world.clock.runUntil(() => world.connector.sends.length === 6, 1_000);
  assert.equal(world.connector.sends.length, 6);
  await within(world, Promise.all([world.engine.stop(), worker.engine.stop()]));
});

for (const works of [false, true])
  test(`followers see what another process sends${works ? ", also where theirs could send" : ""}`, async () => {
    const world = await openWorld({ people: 200 });
    await world.clock.runFor(1_000);
    const { engine, events } = await onlooker(world, works);
    await world.clock.runFor(1_500);
    const id = campaignId(await within(world, startCampaign(world)));
    await world.clock.runFor(2_500);
    const view = await engine.campaigns.get(id);
    assert.ok(view.ratePerSecond > 10, `${view.ratePerSecond} per second`);
    assert.ok(view.etaSeconds !== null && view.etaSeconds < 10);
    await world.clock.runFor(10_000);
    const own = events.filter((event) => event.id === id);
    const states = own.flatMap((event) => (event.type === "campaign" ? [event.state] : []));
    assert.deepEqual(states.slice(-1), ["finished"]);
    assert.equal(new Set(states).size, states.length, "each state once");
    const done = own.flatMap((event) => (event.type === "progress" ? [event.counts.accepted] : []));
    assert.equal(done.at(-1), 200);
    assert.ok(done.length >= 4 && done.length <= 10, `${done.length} times`);
    await within(world, Promise.all([world.engine.stop(), engine.stop()]));
  });

for (const starts of ["here", "elsewhere"])
  test(`who follows a campaign that is started ${starts} hears of its end, also where it is sent elsewhere between two looks`, async () => {
    const world = await openWorld({ people: 3 });
    const { engine } = await onlooker(world, false);
    await world.clock.runFor(1_100);
    const { id } = await within(
      world,
      engine.campaigns.create({
        name: "short",
        message: { text: "hello" },
        audience: { include: [{ everyone: true }] },
      }),
    );
    await world.clock.runFor(1_000);
    const states: string[] = [];
    engine.subscribe(
      (event) => void (event.type === "campaign" && event.id === id && states.push(event.state)),
      { campaign: id },
    );
    await within(world, (starts === "here" ? engine : world.engine).campaigns.start(id));
    await world.clock.runFor(500);
    assert.equal((await engine.campaigns.get(id)).state, "finished", "between two looks");
    await world.clock.runFor(10_000);
    assert.deepEqual(states.filter((state) => state === "finished").length, 1, states.join());
    await within(world, Promise.all([world.engine.stop(), engine.stop()]));
  });

test("that a campaign finished is logged by the process in which it did, and by no other that comes to know of it", async () => {
  const world = await openWorld({ people: 3 });
  await world.clock.runFor(1_000);
  const other = await onlooker(world, false);
  const id = await within(world, startCampaign(world));
  await within(world, other.engine.campaigns.start(id));
  await untilOver(world, id);
  await within(world, other.engine.campaigns.start(id));
  const finished = ({ logged }: World) =>
    logged.filter(({ event, fields }) => event === "campaign.finished" && fields.campaignId === id);
  assert.deepEqual([finished(world).length, finished(other).length], [1, 0]);
  await within(world, Promise.all([world.engine.stop(), other.engine.stop()]));
});

test("of several processes one expands a campaign, and another goes on where it died", async () => {
  const world = await openWorld({ people: 9_000, works: false });
  const calls: string[] = [];
  const alive = new Set(["a", "b"]);
  const never = new Promise<never>(() => {});
  const processOf = (name: string) => {
    const part = <T extends object>(real: T): T =>
      new Proxy(real, {
        get: (target, call) => {
          if (!alive.has(name)) return () => never;
          if (call === "expandEveryone") calls.push(name);
          return Reflect.get(target, call);
        },
      });
    const around = (store: Store): Store => ({
      ...store,
      ledger: part(store.ledger),
      jobs: part(store.jobs),
    });
    return startEngine(world, { around });
  };
  const both = [processOf("a"), processOf("b")];
  for (const { engine } of both) await engine.start();
  await world.clock.runFor(100);
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => calls.length === 2, 5_000);
  const [first = ""] = calls;
  alive.delete(first);
  await world.clock.runFor(20_000);
  assert.equal((await world.engine.campaigns.get(id)).state, "sending");
  const other = first === "a" ? "b" : "a";
  assert.deepEqual(new Set(calls.slice(2)), new Set([other]));
  assert.ok(calls.length >= 5 && calls.length <= 7, `${calls.length} steps`);
  assert.equal((await world.engine.campaigns.get(id)).counts.total, 9_000);
  const living = both[other === "a" ? 0 : 1];
  await within(world, Promise.all([world.engine.stop(), living?.engine.stop()]));
});

test("what stands in the way of an expansion is seen in every process", async () => {
  const world = await openWorld({ people: 3, works: false });
  const worker = startEngine(world);
  await worker.engine.start();
  const request = {
    name: "stalled",
    message: { text: "hello" },
    audience: {
      include: [{ everyone: true as const }],
      exclude: [{ user: "nobody@contoso.example" }],
    },
  };
  const { id } = await world.engine.campaigns.create(request);
  await world.engine.campaigns.start(id);
  await world.clock.runFor(3_000);
  const seen = (await world.engine.campaigns.get(id)).attention;
  assert.equal(seen?.code, "RECIPIENT_UNKNOWN");
  assert.ok((seen?.retryAt ?? 0) > world.clock.now());
  assert.deepEqual((await worker.engine.campaigns.get(id)).attention, seen);
  await within(world, world.engine.campaigns.cancel(id));
  await world.clock.runFor(2_000);
  assert.equal((await world.engine.campaigns.get(id)).attention, null);
  await within(world, Promise.all([world.engine.stop(), worker.engine.stop()]));
});

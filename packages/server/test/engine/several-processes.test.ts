import assert from "node:assert/strict";
import { test } from "node:test";
import { campaignId } from "../../src/domain/ids.ts";
import type { EngineEvent } from "../../src/engine/engine.ts";
import {
  objectId,
  openWorld,
  startCampaign,
  startEngine,
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

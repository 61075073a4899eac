import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../src/domain/outcome.ts";
import {
  objectId,
  openWorld,
  startCampaign,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const refused = (retryAfterMs: number | null): Outcome => ({
  kind: "throttled",
  retryAfterMs,
  scope: "unknown",
});

/** A campaign of which one request is answered 429; when that was heard. */
async function throttledOnce(world: World, outcome: Outcome) {
  let heardAt = 0;
  world.connector.script = ({ at }) => {
    if (heardAt > 0 || world.connector.requests.length < 60) return undefined;
    heardAt = at + world.connector.latencyMs;
    return outcome;
  };
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => heardAt > 0, minute);
  return { id, heardAt };
}

for (const [name, skewMs] of [
  ["forward by an hour", 60 * minute],
  ["back by a month", -30 * day],
] as const)
  test(`a machine whose clock is set ${name} waits for the rest of a Retry-After, and no longer`, async () => {
    let skew = 0;
    const world = await openWorld({ people: 200, skewMs: () => skew });
    const { id, heardAt } = await throttledOnce(world, refused(2 * minute));
    await world.clock.runFor(minute);
    skew = skewMs;
    await world.clock.runUntil(() => world.connector.requests.length > 65, 3 * minute);
    const after = world.connector.requests.filter(({ at }) => at > heardAt).map(({ at }) => at);
    assert.ok((after[0] ?? 0) >= heardAt + 2 * minute, "no request before it is over");
    assert.ok((after[0] ?? 0) <= heardAt + 2 * minute + 1000, "and none much later");
    await untilOver(world, id);
    await within(world, world.engine.stop());
  });

test("a day is waited, and said: what was refused ends with its reason, and nobody else is lost", async () => {
  const world = await openWorld({ people: 200 });
  const { id, heardAt } = await throttledOnce(world, refused(day));
  await world.clock.runFor(10 * minute);
  const { attention, counts } = await world.engine.campaigns.get(id);
  assert.equal(attention?.code, "TEAMS_THROTTLED");
  assert.match(attention?.detail ?? "", /for 24 hours/);
  assert.equal(attention?.retryAt, heardAt + day);
  assert.deepEqual([counts.failed, counts.sending], [1, 0]);
  await world.clock.runFor(day - 11 * minute);
  assert.equal(world.connector.requests.filter(({ at }) => at > heardAt).length, 0);
  await untilOver(world, id, 5 * minute);
  const end = await world.engine.campaigns.get(id);
  assert.deepEqual([end.counts.accepted, end.counts.failed], [199, 1]);
  assert.deepEqual(
    end.reasons.map(({ code }) => code),
    ["TEAMS_THROTTLED"],
  );
  await within(world, world.engine.stop());
});

test("a lane that is refused without end is asked less and less often, and goes on once it is not", async () => {
  const world = await openWorld({ people: 200 });
  world.connector.script = () => refused(0);
  const id = await within(world, startCampaign(world));
  await world.clock.runFor(10 * minute);
  assert.ok(world.connector.requests.length < 60, `${world.connector.requests.length} requests`);
  world.connector.script = () => undefined;
  await untilOver(world, id, 5 * minute);
  assert.equal((await world.engine.campaigns.get(id)).counts.accepted, 200);
  await within(world, world.engine.stop());
});

test("the 429 of a busy channel stops nobody else, also at the lane's ceiling; two such at once stop the lane", async () => {
  for (const refusals of [1, 2]) {
    const world = await openWorld({ people: 1500 });
    const channels = ["19:one@thread.tacv2", "19:two@thread.tacv2"];
    const isTold = new Set<string>();
    world.connector.latencyMs = 5;
    world.connector.script = ({ target }) => {
      const there = world.connector.requests.filter((one) => one.target === target).length;
      if (!channels.slice(0, refusals).includes(target) || there < 8 || isTold.has(target))
        return undefined;
      isTold.add(target);
      return refused(5000);
    };
    await within(world, startCampaign(world));
    await world.clock.runFor(5000);
    for (let n = 0; n < 12; n += 1)
      for (const channel of channels)
        await within(
          world,
          world.engine.notifications.create({ to: { channel }, message: { text: `${n}` } }),
        );
    await world.clock.runUntil(() => isTold.size === refusals, minute);
    await world.clock.runFor(100);
    assert.equal(world.engine.lanes()[0]?.throttledUntil !== null, refusals === 2);
    await within(world, world.engine.stop());
  }
});

test("a 429 to a person who gets one message is the lane's", async () => {
  const world = await openWorld({ people: 3 });
  world.connector.script = () => refused(20_000);
  const to = { user: objectId(1) };
  await within(world, world.engine.notifications.create({ to, message: { text: "x" } }));
  await world.clock.runFor(1000);
  assert.ok((world.engine.lanes()[0]?.throttledUntil ?? 0) > world.clock.now() + 18_000);
  await within(world, world.engine.stop());
});

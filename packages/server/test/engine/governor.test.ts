// Goal: the lane's budget is used to the full, and goes to those who come first.
// Method: an engine on the real store and a scripted connector, in virtual time; every start is written down.
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../harness/src/seeded-random.ts";
import { shareEvery } from "../../src/engine/class-shares.ts";
import type { NewNotification } from "../../src/engine/engine.ts";
import {
  objectId,
  openWorld,
  range,
  startCampaign,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

/** Tells somebody something; answers how many requests start between its being stored and its own. */
async function notify(
  world: World,
  n: number,
  over: Pick<NewNotification, "isReply" | "priority">,
): Promise<number> {
  const { requests } = world.connector;
  const text = `to ${n} at ${world.clock.now()}.`;
  const to = { user: objectId(n) };
  await within(world, world.engine.notifications.create({ to, message: { text }, ...over }));
  const before = requests.length;
  const indexOf = () => requests.findIndex(({ body }) => body?.includes(text));
  assert.ok(await world.clock.runUntil(() => indexOf() >= 0, 60_000));
  return indexOf() - before;
}

for (const latencyMs of [5, 30, 200, 2000, 5000])
  test(`a connector that takes ${latencyMs} ms gets the lane's whole budget`, async () => {
    const world = await openWorld({ people: 1000 });
    world.connector.latencyMs = latencyMs;
    const id = await within(world, startCampaign(world));
    await untilOver(world, id);
    const starts = world.connector.sends.map(({ at }) => at);
    const seconds = ((starts.at(-1) ?? 0) - (starts[0] ?? 0)) / 1000;
    assert.ok((starts.length - 1) / seconds >= 49, `${starts.length} in ${seconds} s`);
    await within(world, world.engine.stop());
  });

for (const [ratePerSecond, latencyMs] of [
  [100, 6000],
  [10, 20_000],
] as const)
  test(`${ratePerSecond} a second are reached with answers that take ${latencyMs} ms`, async () => {
    const people = Math.round(ratePerSecond * (25 + (3 * latencyMs) / 1000));
    const world = await openWorld({ people, ratePerSecond });
    world.connector.latencyMs = latencyMs;
    const id = await within(world, startCampaign(world));
    await untilOver(world, id);
    const starts = world.connector.sends.map(({ at }) => at);
    // Until answers have been measured, five seconds' worth may be under way.
    const from = (starts[0] ?? 0) + 3 * latencyMs;
    const steady = starts.filter((at) => at >= from);
    const seconds = ((steady.at(-1) ?? 0) - from) / 1000;
    assert.ok(seconds > 20, `${seconds} s are enough to tell`);
    assert.ok(steady.length / seconds >= ratePerSecond * 0.98, `${steady.length} in ${seconds} s`);
    await within(world, world.engine.stop());
  });

test("a store that takes its time for each commit does not hold the lane back", async () => {
  const world = await openWorld({ people: 1500, commitMs: 300 });
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  const starts = world.connector.sends.map(({ at }) => at);
  const from = (starts[0] ?? 0) + 5000;
  const steady = starts.filter((at) => at >= from);
  const seconds = ((steady.at(-1) ?? 0) - from) / 1000;
  assert.ok(steady.length / seconds >= 49, `${steady.length} in ${seconds} s`);
  await within(world, world.engine.stop());
});

test("a connector that does not answer any more gets five seconds' worth of requests, and answers to people a few beside", async () => {
  const world = await openWorld({ people: 2000 });
  world.connector.latencyMs = 3_600_000;
  await within(world, startCampaign(world));
  await world.clock.runFor(60_000);
  assert.equal(world.connector.sends.length, 250);
  await notify(world, 1900, { isReply: true });
  assert.equal(world.connector.sends.length, 251);
  await within(world, world.engine.stop({ graceMs: 100 }));
});

for (const [what, over] of [
  ["an urgent message", { priority: "urgent" }],
  ["an answer to somebody who acts", { isReply: true }],
] as const)
  test(`${what} overtakes a running broadcast: it takes the next free slot`, async () => {
    const world = await openWorld({ people: 3000 });
    const random = seededRandom(7);
    const id = await within(world, startCampaign(world, { priority: "normal" }));
    for (const n of range(40)) {
      await world.clock.runFor(Math.floor(random() * 1000));
      assert.equal(await notify(world, 2900 + n, over), 0, `${n} is the very next`);
    }
    assert.equal((await world.engine.campaigns.get(id)).state, "sending");
    await within(world, world.engine.stop());
  });

test("an urgent message takes the next free slot though dozens that are as urgent wait for another conversation", async () => {
  const world = await openWorld({ people: 3000, commitMs: 5 });
  const { connector, clock, engine } = world;
  const tell = async (n: number, text: string) => {
    const to = { user: objectId(n) };
    const message = { text };
    await within(world, engine.notifications.create({ to, message, priority: "urgent" }));
  };
  connector.latencyMs = 2000;
  connector.script = () => ({ kind: "transient", reason: "no-connection", retryAfterMs: null });
  await within(world, startCampaign(world, { priority: "normal" }));
  const halted = () => engine.lanes()[0]?.attention?.code === "TEAMS_UNAVAILABLE";
  assert.ok(await clock.runUntil(halted, 60_000));
  // Nothing is claimed now; all of it is there when the lane goes on.
  for (const n of range(60)) await tell(2900, `one of many ${n}.`);
  await tell(2901, "the last.");
  connector.script = () => undefined;
  assert.ok(await clock.runUntil(() => !halted(), 60_000));
  const from = connector.requests.length;
  const isLast = ({ body }: { readonly body: string | null }) => body?.includes("the last.");
  assert.ok(await clock.runUntil(() => connector.requests.some(isLast), 60_000));
  const between = connector.requests.slice(from).findIndex(isLast);
  // Those that start while three turns commit, at the pace at which a lane makes up for a halt.
  assert.ok(between <= 3, `${between} start before it`);
  await within(world, engine.stop());
});

test("an answer to somebody who acts overtakes an urgent broadcast, too", async () => {
  const world = await openWorld({ people: 3000 });
  const id = await within(world, startCampaign(world, { priority: "urgent" }));
  await within(world, startCampaign(world, { priority: "bulk" }));
  await world.clock.runFor(5000);
  for (const n of range(40)) {
    await world.clock.runFor(n * 7);
    const passed = await notify(world, 2900 + n, { isReply: true });
    // Where a less urgent class has been passed over too often just then, one of it goes first.
    assert.ok(passed <= 1, `${n}: after ${passed}`);
  }
  assert.equal((await world.engine.campaigns.get(id)).state, "sending");
  await within(world, world.engine.stop());
});

test("an answer to somebody whom a broadcast is about to be sent to does not wait for that", async () => {
  const world = await openWorld({ people: 1000 });
  world.connector.latencyMs = 2000;
  await within(world, startCampaign(world));
  await world.clock.runFor(5000);
  for (let count = 0; count < 20; count += 1) {
    await world.clock.runFor(170);
    // The next few are claimed and wait for their start.
    const soon = world.connector.sends.length + 6;
    assert.equal(await notify(world, soon, { isReply: true }), 0);
  }
  const people = new Set(world.connector.sends.map(({ target }) => target));
  assert.ok(people.size > 200);
  await within(world, world.engine.stop());
});

for (const ratePerSecond of [50, 10, 2])
  test(`the least urgent class gets its share, and no more, of a lane of ${ratePerSecond} a second that urgent work would fill`, async () => {
    const world = await openWorld({ people: 3600, ratePerSecond });
    const parts = [
      ["bulk", "least.", range(300)],
      ["normal", "middle.", range(300).map((n) => 300 + n)],
      ["urgent", "first.", range(3000).map((n) => 600 + n)],
    ] as const;
    for (const [priority, text, people] of parts) {
      const include = people.map((n) => ({ user: objectId(n) }));
      await within(
        world,
        startCampaign(world, { priority, message: { text }, audience: { include } }),
      );
    }
    await world.clock.runFor(1_500_000 / ratePerSecond);
    const order = world.connector.sends.map(
      ({ body }) => /(least|middle|first)\./.exec(body ?? "")?.[1],
    );
    assert.ok(order.length > 1400);
    for (const name of ["least", "middle", "first"]) {
      const places = [...order.keys()].filter((index) => order[index] === name);
      const gaps = places.map((place, index) => place - (places[index - 1] ?? place));
      assert.ok(Math.max(...gaps) <= shareEvery, `${name}: ${Math.max(...gaps)}`);
    }
    const first = order.filter((name) => name === "first").length;
    assert.ok(first / order.length > 0.88, `${first} of ${order.length}`);
    await within(world, world.engine.stop());
  });

test("campaigns of one class take turns, and a capped one keeps its cap and no one else from theirs", async () => {
  const world = await openWorld({ people: 600 });
  for (const n of [1, 2])
    await within(world, startCampaign(world, { message: { text: `open ${n}.` } }));
  await within(world, startCampaign(world, { message: { text: "capped." }, ratePerSecond: 5 }));
  await world.clock.runFor(10_000);
  const count = (text: string) =>
    world.connector.sends.filter(({ body }) => body?.includes(text)).length;
  assert.ok(count("capped.") >= 48 && count("capped.") <= 50, `${count("capped.")}`);
  assert.ok(Math.abs(count("open 1.") - count("open 2.")) <= 12);
  assert.ok(world.connector.sends.length >= 490);
  await within(world, world.engine.stop());
});

test("pause and cancel take effect before the next request, whenever they come", async () => {
  const random = seededRandom(11);
  for (const n of range(12)) {
    const world = await openWorld({ people: 400 });
    world.connector.latencyMs = [5, 400, 3000][n % 3] ?? 5;
    const priority = (["urgent", "normal", "bulk"] as const)[n % 3] ?? "bulk";
    const id = await within(world, startCampaign(world, { priority }));
    await world.clock.runFor(Math.floor(random() * 6000));
    await within(world, world.engine.campaigns[n % 2 === 0 ? "pause" : "cancel"](id));
    const before = world.connector.requests.length;
    await world.clock.runFor(20_000);
    assert.equal(world.connector.requests.length, before);
    await within(world, world.engine.stop());
  }
});

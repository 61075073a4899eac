import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "../../src/domain/errors.ts";
import type { EngineEvent } from "../../src/engine/engine.ts";
import {
  deliveriesOf,
  openWorld,
  seen,
  startCampaign,
  untilOver,
  type World,
  type WorldOptions,
  within,
} from "./engine-world.ts";

async function opened(options: WorldOptions): Promise<World> {
  const world = await openWorld(options);
  return world;
}

/** Counters against a count of the rows themselves. */
async function assertCountsAgree(world: World, id: string): Promise<void> {
  const { counts } = await world.engine.campaigns.get(id);
  const rows = await deliveriesOf(world, id);
  for (const state of ["pending", "sending", "accepted", "failed", "skipped", "cancelled"] as const)
    assert.equal(counts[state], rows.filter((row) => row.state === state).length, state);
  assert.equal(counts.total, rows.length);
}

function code(error: unknown): string {
  return error instanceof ProblemError ? error.code : String(error);
}

test("a paced campaign reaches everyone once, within the budget and using at least 98 % of it", async () => {
  const world = await opened({ people: 1000 });
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  const starts = world.connector.sends.map(({ at }) => at);
  assert.equal(starts.length, 1000);
  assert.equal(new Set(world.connector.sends.map(({ target }) => target)).size, 1000);
  for (const [index, at] of starts.entries())
    assert.ok(at - (starts[index - 50] ?? Number.NEGATIVE_INFINITY) >= 1000);
  const tookMs = (starts.at(-1) ?? 0) - (starts[0] ?? 0);
  assert.ok(tookMs <= (1000 / 50 / 0.98) * 1000, `${tookMs} ms`);
  await assertCountsAgree(world, id);
  await within(world, world.engine.stop());
});

test("an unpaced campaign keeps its requests in flight at their limit", async () => {
  const world = await opened({ people: 2000, ratePerSecond: 0 });
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  assert.equal(world.connector.inFlightMax, 64);
  assert.equal(world.connector.sends.length, 2000);
  const { counts, state } = await world.engine.campaigns.get(id);
  assert.deepEqual([state, counts.accepted, counts.total], ["finished", 2000, 2000]);
  await within(world, world.engine.stop());
});

test("a campaign's own cap holds, and leaves the rest of the budget to others", async () => {
  const world = await opened({ people: 100 });
  const slow = await within(world, startCampaign(world, { ratePerSecond: 5 }));
  const fast = await within(world, startCampaign(world, { message: { text: "fast" } }));
  await untilOver(world, fast, 10_000);
  await untilOver(world, slow);
  const starts = world.connector.sends
    .filter(({ body }) => body?.includes("hello"))
    .map(({ at }) => at);
  assert.equal(starts.length, 100);
  for (const [index, at] of starts.entries())
    assert.ok(at - (starts[index - 5] ?? Number.NEGATIVE_INFINITY) >= 1000);
  const tookMs = (starts.at(-1) ?? 0) - (starts[0] ?? 0);
  assert.ok(tookMs < 23_000, `${tookMs} ms for 100 at 5 a second`);
  await within(world, world.engine.stop());
});

test("two campaigns of the same priority share the lane evenly", async () => {
  const world = await opened({ people: 400 });
  const first = await within(world, startCampaign(world, { message: { text: "first" } }));
  await world.clock.runFor(1000);
  const second = await within(world, startCampaign(world, { message: { text: "second" } }));
  await world.clock.runFor(4000);
  const [a, b] = [first, second].map((id) => world.engine.campaigns.get(id));
  const settled = [await a, await b].map((view) => view?.counts.accepted ?? 0);
  assert.ok((settled[1] ?? 0) > 70, `${settled}`);
  await within(world, world.engine.stop());
});

test("an urgent message overtakes a running campaign within a quarter of a second", async () => {
  const world = await opened({ people: 1000 });
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.sends.length > 200, 60_000);
  const { deliveries } = await world.engine.campaigns.deliveries(id, { limit: 1 }).then((page) => ({
    deliveries: page.items,
  }));
  const user = deliveries[0]?.recipient.slice("user:".length) ?? "";
  const askedAt = world.clock.now();
  const made = await within(
    world,
    world.engine.notifications.create({
      to: { user },
      message: { text: "fire" },
      priority: "urgent",
    }),
  );
  await within(world, world.engine.notifications.settled(made.id));
  const sent = world.connector.sends.find(({ body }) => body?.includes("fire"));
  assert.ok((sent?.at ?? Number.POSITIVE_INFINITY) - askedAt <= 250, `${sent?.at} ${askedAt}`);
  await within(world, world.engine.stop());
});

test("pause stops requests at once, resume goes on, and nobody is written to twice", async () => {
  const world = await opened({ people: 300 });
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.sends.length >= 50, 60_000);
  const paused = await within(world, world.engine.campaigns.pause(id));
  assert.equal(paused.state, "paused");
  const before = world.connector.sends.length;
  await world.clock.runFor(30_000);
  assert.equal(world.connector.sends.length, before);
  assert.equal((await world.engine.campaigns.get(id)).counts.sending, 0);
  await assertCountsAgree(world, id);
  assert.equal((await within(world, world.engine.campaigns.resume(id))).state, "sending");
  await untilOver(world, id);
  assert.equal(world.connector.sends.length, 300);
  assert.equal(new Set(world.connector.sends.map(({ target }) => target)).size, 300);
  await within(world, world.engine.stop());
});

test("what waits to start goes back at once when its campaign is paused", async () => {
  const world = await opened({ people: 100 });
  world.connector.script = ({ at }) =>
    world.connector.requests.length === 10 && at > 0
      ? { kind: "throttled", retryAfterMs: 1_900, scope: "lane" }
      : undefined;
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.requests.length >= 10, 60_000);
  await world.clock.runFor(100);
  assert.ok((await world.engine.campaigns.get(id)).counts.sending > 0);
  await within(world, world.engine.campaigns.pause(id));
  await world.clock.runFor(200);
  assert.equal((await world.engine.campaigns.get(id)).counts.sending, 0);
  await within(world, world.engine.stop());
});

for (const step of ["pause", "cancel"] as const)
  test(`a campaign that is told to ${step} while a chat is created sends nothing into it`, async () => {
    const world = await opened({});
    await world.engine.learn([seen(1)]);
    world.connector.latencyMs = 2000;
    const id = await within(world, startCampaign(world));
    await world.clock.runUntil(() => world.connector.requests.length === 1, 60_000);
    await within(world, world.engine.campaigns[step](id));
    await world.clock.runFor(10_000);
    assert.deepEqual(
      world.connector.requests.map(({ operation }) => operation),
      ["create"],
    );
    const [row] = await deliveriesOf(world, id);
    assert.equal(row?.state, step === "pause" ? "pending" : "cancelled");
    await within(world, world.engine.stop());
  });

test("cancel stops requests at once and ends every open delivery", async () => {
  const world = await opened({ people: 300 });
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.sends.length >= 50, 60_000);
  const cancelled = await within(world, world.engine.campaigns.cancel(id));
  const before = world.connector.sends.length;
  await world.clock.runFor(5000);
  assert.equal(cancelled.state, "cancelled");
  assert.equal(world.connector.sends.length, before);
  const { counts } = await world.engine.campaigns.get(id);
  assert.deepEqual([counts.pending, counts.sending, counts.accepted], [0, 0, before]);
  assert.equal(counts.cancelled, 300 - before);
  await assertCountsAgree(world, id);
  await within(world, world.engine.stop());
});

test("a campaign whose last requests end while it is paused finishes when it is resumed", async () => {
  const world = await opened({ people: 3 });
  world.connector.latencyMs = 5000;
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.sends.length === 3, 60_000);
  await within(world, world.engine.campaigns.pause(id));
  await world.clock.runFor(10_000);
  assert.equal((await world.engine.campaigns.get(id)).counts.accepted, 3);
  const resumed = await within(world, world.engine.campaigns.resume(id));
  assert.equal(resumed.state, "finished");
  await within(world, world.engine.stop());
});

test("pausing a scheduled campaign keeps it from starting; resumed after its time, it starts at once", async () => {
  const world = await opened({ people: 5 });
  const sendAt = world.clock.now() + 120_000;
  const id = await within(world, startCampaign(world, { sendAt }));
  await world.engine.campaigns.pause(id);
  await world.clock.runFor(300_000);
  assert.equal(world.connector.sends.length, 0);
  assert.equal((await world.engine.campaigns.resume(id)).state, "scheduled");
  await untilOver(world, id, 10_000);
  assert.equal(world.connector.sends.length, 5);
  await within(world, world.engine.stop());
});

test("a scheduled campaign starts at its time, within a tenth of a second", async () => {
  const world = await opened({ people: 5 });
  const sendAt = world.clock.now() + 120_123;
  const id = await within(world, startCampaign(world, { sendAt }));
  await untilOver(world, id, 300_000);
  const first = world.connector.sends[0]?.at ?? 0;
  assert.ok(first >= sendAt && first < sendAt + 100, `${first - sendAt}`);
  await within(world, world.engine.stop());
});

test("nothing is sent after a campaign's expiry", async () => {
  const world = await opened({ people: 500 });
  const expiresAt = world.clock.now() + 5000;
  const id = await within(world, startCampaign(world, { expiresAt }));
  await untilOver(world, id, 30_000).catch(() => undefined);
  await world.clock.runFor(5000);
  const view = await world.engine.campaigns.get(id);
  assert.equal(view.state, "finished");
  assert.ok(world.connector.sends.every(({ at }) => at < expiresAt));
  assert.deepEqual(
    view.reasons.map(({ code: reason }) => reason),
    ["DELIVERY_EXPIRED"],
  );
  assert.equal(view.counts.accepted + view.counts.failed, 500);
  await within(world, world.engine.stop());
});

test("followers hear of each state and of progress at most four times a second", async () => {
  const world = await opened({ people: 200 });
  const events: (EngineEvent & { at: number })[] = [];
  const stop = world.engine.subscribe((event) => events.push({ ...event, at: world.clock.now() }));
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  await world.clock.runFor(1000);
  stop();
  assert.deepEqual(
    events.flatMap((event) => (event.type === "campaign" ? [event.state] : [])),
    ["expanding", "sending", "finished"],
  );
  const progress = events.filter((event) => event.type === "progress");
  for (const [index, { at }] of progress.entries())
    assert.ok(index === 0 || at - (progress[index - 1]?.at ?? 0) >= 250);
  assert.equal(progress.at(-1)?.counts.accepted, 200);
  assert.ok(progress.some(({ ratePerSecond, etaSeconds }) => ratePerSecond > 40 && etaSeconds));
  await within(world, world.engine.stop());
});

test("the same idempotency key answers the first campaign, and refuses another content", async () => {
  const world = await opened({ people: 1 });
  const request = {
    name: "once",
    message: { text: "hello" },
    audience: { include: [{ everyone: true }] },
    idempotencyKey: "k",
  } as const;
  const first = await world.engine.campaigns.create(request);
  const again = await world.engine.campaigns.create({ ...request });
  assert.equal(again.id, first.id);
  await assert.rejects(
    world.engine.campaigns.create({ ...request, name: "other" }),
    (error) => code(error) === "IDEMPOTENCY_KEY_REUSED",
  );
  await within(world, world.engine.stop());
});

test("a message that Teams would refuse is refused when the campaign is made, with what is wrong", async () => {
  const world = await opened({ people: 1 });
  const campaign = (message: { text: string }) =>
    world.engine.campaigns.create({
      name: "big",
      message,
      audience: { include: [{ everyone: true }] },
    });
  await assert.rejects(campaign({ text: "x".repeat(60_000) }), (error: unknown) => {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.code, "MESSAGE_TOO_BIG");
    assert.match(error.message, /text/);
    return true;
  });
  await assert.rejects(campaign({ text: " " }), (error) => code(error) === "MESSAGE_INVALID");
  await assert.rejects(
    world.engine.campaigns.get("cmp_nothing"),
    (error) => code(error) === "CAMPAIGN_UNKNOWN",
  );
  await within(world, world.engine.stop());
});

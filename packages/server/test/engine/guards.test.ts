// Goal: a canary lets its first deliveries through and not one more, and too many failures stop a campaign at once; whatever
// crashes, restarts or is asked meanwhile. Method: the real store, virtual time, a connector that counts who was written to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "../../src/domain/errors.ts";
import type { Outcome } from "../../src/domain/outcome.ts";
import type { EngineEvent, NewCampaign } from "../../src/engine/engine.ts";
import {
  deliveriesOf,
  mortalEngine,
  openWorld,
  startCampaign,
  startEngine,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

const rejected: Outcome = { kind: "rejected", reason: "bad-request" };
const wait = canaryOf({ count: 10 });

function canaryOf(
  size: { readonly count: number } | { readonly percent: number },
  then: "wait" | "continue" = "wait",
): NonNullable<NewCampaign["canary"]> {
  return { ...size, then };
}

/** Waits until the campaign is paused. */
async function untilPaused(world: World, id: string, withinMs = 120_000): Promise<void> {
  let isPaused = (await world.engine.campaigns.get(id)).state === "paused";
  const stop = world.engine.subscribe((event) => {
    if (event.type === "campaign" && event.id === id) isPaused = event.state === "paused";
  });
  assert.ok(await world.clock.runUntil(() => isPaused, withinMs), "it pauses");
  stop();
}

const reached = ({ connector }: World) => new Set(connector.sends.map(({ target }) => target)).size;

test("a canary goes first; the campaign then waits and says why, and a resume lets everything go", async () => {
  const world = await openWorld({ people: 300 });
  const events: EngineEvent[] = [];
  world.engine.subscribe((event) => events.push(event));
  const id = await within(world, startCampaign(world, { canary: wait }));
  await untilPaused(world, id);
  await world.clock.runFor(60_000);
  assert.equal(world.connector.sends.length, 10);
  const view = await world.engine.campaigns.get(id);
  assert.deepEqual(
    [view.state, view.counts.accepted, view.canary?.held, view.canary?.released],
    ["paused", 10, 290, false],
  );
  assert.equal(view.attention?.code, "CAMPAIGN_CANARY_DONE");
  assert.match(view.attention.detail, /10 accepted.*290 more wait/);
  assert.equal(view.attention.retryAt, null, "somebody has to act");
  assert.ok(
    events.some((event) => event.type === "attention" && event.id === id && event.attention),
    "followers hear why",
  );
  await within(world, world.engine.campaigns.resume(id));
  const last = events.at(-1);
  assert.ok(last?.type === "attention" && last.attention === null, "and that it is over");
  await untilOver(world, id);
  assert.equal(world.connector.sends.length, 300);
  assert.equal(reached(world), 300);
  await within(world, world.engine.stop());
});

test("a canary that is not waited for is followed by the others, once each of it has ended", async () => {
  const world = await openWorld({ people: 60 });
  world.connector.latencyMs = 3_000;
  const id = await within(
    world,
    startCampaign(world, { canary: canaryOf({ count: 5 }, "continue") }),
  );
  await untilOver(world, id);
  const starts = world.connector.sends.map(({ at }) => at);
  const [first = 0, sixth = 0] = [starts[4], starts[5]];
  assert.ok(sixth - first >= 3_000, `${sixth - first} ms between the fifth and the sixth`);
  assert.equal(reached(world), 60);
  await within(world, world.engine.stop());
});

test("a canary of a share begins when everybody is known", async () => {
  const world = await openWorld({ people: 205 });
  const id = await within(world, startCampaign(world, { canary: canaryOf({ percent: 5 }) }));
  await untilPaused(world, id);
  await world.clock.runFor(30_000);
  assert.equal(world.connector.sends.length, 11);
  await within(world, world.engine.stop());
});

test("first deliveries that have to be tried again are waited for, and not replaced", async () => {
  const world = await openWorld({ people: 100 });
  let refusals = 4;
  world.connector.script = () => {
    refusals -= 1;
    return refusals >= 0
      ? { kind: "throttled", retryAfterMs: 20_000, scope: "conversation" }
      : undefined;
  };
  const id = await within(world, startCampaign(world, { canary: wait }));
  await untilPaused(world, id);
  assert.equal(reached(world), 10);
  assert.equal((await world.engine.campaigns.get(id)).counts.accepted, 10);
  await within(world, world.engine.stop());
});

for (const afterMs of [0, 1, 5, 10, 30, 60, 100, 250])
  test(`a canary reaches no more people when its process dies ${afterMs} ms after its first request`, async () => {
    const base = await openWorld({ people: 200, start: false });
    const first = await mortalEngine(base);
    base.connector.latencyMs = 50;
    const id = await within(base, startCampaign(first.world, { canary: wait }));
    await base.clock.runUntil(() => base.connector.sends.length > 0, 60_000);
    await base.clock.runFor(afterMs);
    first.kill();
    const next = startEngine(base);
    await next.engine.start();
    await untilPaused(next, id, 600_000);
    await next.clock.runFor(60_000);
    assert.equal(reached(next), 10);
    const rows = await deliveriesOf(next, id);
    assert.equal(rows.filter((row) => row.state === "accepted").length, 10);
    await within(next, next.engine.stop());
  });

test("a canary holds for all processes on one database, one after the other", async () => {
  const world = await openWorld({ people: 200, ratePerSecond: 2 });
  const id = await within(world, startCampaign(world, { canary: wait }));
  await world.clock.runFor(2_000);
  const other = startEngine(world, { ratePerSecond: 2 });
  await other.engine.start();
  await within(world, world.engine.stop());
  await untilPaused(other, id);
  await other.clock.runFor(60_000);
  assert.equal(reached(other), 10);
  await within(other, other.engine.campaigns.resume(id));
  await untilOver(other, id);
  assert.equal(reached(other), 200);
  assert.equal(other.connector.sends.length, 200);
  await within(other, other.engine.stop());
});

test("too many failures pause a campaign, which says which, and no request starts after that", async () => {
  const world = await openWorld({ people: 500 });
  world.connector.latencyMs = 400;
  world.connector.script = ({ target }) => (Number(target.at(-1)) % 2 === 0 ? rejected : undefined);
  const stopWhen = { failedPercent: 20, atLeast: 50 };
  const id = await within(world, startCampaign(world, { stopWhen }));
  await untilPaused(world, id);
  const pausedAt = world.clock.now();
  const answered = world.connector.sends.length - world.connector.inFlight;
  const inFlight = world.connector.inFlight;
  await world.clock.runFor(60_000);
  assert.equal(world.connector.sends.filter(({ at }) => at > pausedAt).length, 0);
  assert.equal(world.connector.sends.length, answered + inFlight);
  // 50 were enough to say so. More than those had been answered when it was counted, because a turn comes every 100 ms.
  assert.ok(answered >= 50 && answered <= 50 + 50 / 10 + 1, `${answered} answered`);
  const { state, counts, attention, stopWhen: shown } = await world.engine.campaigns.get(id);
  assert.deepEqual([state, counts.sending, shown], ["paused", 0, stopWhen]);
  assert.equal(attention?.code, "CAMPAIGN_FAILURES_PASSED");
  assert.match(
    attention.detail,
    /of \d+ deliveries that were tried failed.*20 %.*TEAMS_REJECTED \d+/,
  );
  world.connector.script = () => undefined;
  await within(world, world.engine.campaigns.resume(id));
  await within(world, world.engine.campaigns.retry(id));
  await untilOver(world, id);
  assert.equal((await world.engine.campaigns.get(id)).counts.accepted, 500);
  await within(world, world.engine.stop());
});

test("a threshold holds after a restart, which counts on where the process before had come", async () => {
  const world = await openWorld({ people: 200, ratePerSecond: 10 });
  world.connector.script = () => rejected;
  const stopWhen = { failedPercent: 50, atLeast: 60 };
  const id = await within(world, startCampaign(world, { stopWhen }));
  await world.clock.runFor(4_000);
  await within(world, world.engine.stop());
  const before = world.connector.sends.length;
  assert.ok(before < 60);
  const next = startEngine(world, { ratePerSecond: 10 });
  await next.engine.start();
  await untilPaused(next, id);
  await next.clock.runFor(10_000);
  const tried = next.connector.sends.length;
  assert.ok(tried >= 60 && tried <= 65, `${tried} were tried`);
  await within(next, next.engine.stop());
});

test("failures within what is allowed stop nothing", async () => {
  const world = await openWorld({ people: 100 });
  world.connector.script = ({ target }) => (target.endsWith("7") ? rejected : undefined);
  const id = await within(
    world,
    startCampaign(world, { stopWhen: { failedPercent: 10, atLeast: 100 } }),
  );
  await untilOver(world, id);
  const { counts } = await world.engine.campaigns.get(id);
  assert.deepEqual([counts.failed, counts.accepted], [10, 90]);
  await within(world, world.engine.stop());
});

test("the first deliveries themselves may stop a campaign", async () => {
  const world = await openWorld({ people: 100 });
  world.connector.script = () => rejected;
  const stopWhen = { failedPercent: 50, atLeast: 5 };
  const canary = canaryOf({ count: 20 }, "continue");
  const id = await within(world, startCampaign(world, { canary, stopWhen }));
  await untilPaused(world, id);
  await world.clock.runFor(10_000);
  assert.ok(world.connector.sends.length <= 20);
  assert.equal((await world.engine.campaigns.get(id)).attention?.code, "CAMPAIGN_FAILURES_PASSED");
  await within(world, world.engine.stop());
});

test("a canary or threshold that makes no sense is refused", async () => {
  const world = await openWorld({ people: 1 });
  const bad: readonly Partial<NewCampaign>[] = [
    { canary: {} },
    { canary: { count: 1, percent: 1 } },
    { canary: canaryOf({ count: 0 }) },
    { canary: canaryOf({ count: 1.5 }) },
    { canary: canaryOf({ percent: 0 }) },
    { canary: canaryOf({ percent: 101 }) },
    { stopWhen: { failedPercent: 100 } },
    { stopWhen: { failedPercent: -1 } },
    { stopWhen: { failedPercent: 5, atLeast: 0 } },
    // As a caller without types might.
    { canary: canaryOf({ count: 1 }, "perhaps" as "wait") },
  ];
  for (const request of bad)
    await assert.rejects(
      startCampaign(world, request),
      (error) => error instanceof ProblemError && error.code === "REQUEST_INVALID",
      JSON.stringify(request),
    );
  await within(world, world.engine.stop());
});

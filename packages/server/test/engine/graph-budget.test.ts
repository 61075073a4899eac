import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GraphBudget } from "../../src/engine/graph/budget.ts";
import { graphLimits } from "../../src/engine/graph/limits.ts";

/** What happens next: a call that waits until it may begin, a quiet time, a 429, or an answer that tells a high load. */
type Happening =
  | { readonly do: "call"; readonly units: number; readonly lateMs: number; readonly more: number }
  | { readonly do: "rest"; readonly ms: number }
  | { readonly do: "refuse"; readonly retryAfterMs: number | null }
  | { readonly do: "press" };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({
      do: fc.constant("call" as const),
      units: fc.integer({ min: 1, max: 6 }),
      lateMs: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(400)),
      more: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(9)),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("rest" as const), ms: fc.nat(30_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("refuse" as const),
      retryAfterMs: fc.option(fc.nat(40_000)),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: "press" as const }) },
);

/** Windows as Graph has them: units in ten or twenty seconds, and requests a second. */
const windows = fc.constantFrom(
  { units: 3500, ms: 10_000 },
  { units: 40, ms: 10_000 },
  { units: 30, ms: 1000 },
  { units: 5, ms: 1000 },
  { units: 1500, ms: 20_000 },
);

interface Spent {
  readonly at: number;
  readonly units: number;
  /** As known when the call began; else what it cost beyond. */
  readonly isBegin: boolean;
}

function play(budget: GraphBudget, happenings: readonly Happening[]) {
  const spent: Spent[] = [];
  const pauses: { readonly from: number; readonly until: number }[] = [];
  let now = 1_000_000;
  for (const next of happenings) {
    if (next.do === "rest") now += next.ms;
    if (next.do === "press") budget.pressed(now);
    if (next.do === "refuse")
      pauses.push({ from: now, until: budget.refused(now, next.retryAfterMs, now) });
    if (next.do !== "call") continue;
    now = Math.max(now, budget.nextAt(now, next.units)) + next.lateMs;
    // Late is no leave: who comes late asks again.
    now = Math.max(now, budget.nextAt(now, next.units));
    budget.spend(now, next.units);
    spent.push({ at: now, units: next.units, isBegin: true });
    if (next.more > 0) {
      budget.spend(now, next.more);
      spent.push({ at: now, units: next.more, isBegin: false });
    }
  }
  return { spent, pauses };
}

test("whenever a call begins, its window holds no more than the share, what earlier calls cost beyond what was known included", () => {
  fc.assert(
    fc.property(
      windows,
      fc.constantFrom(1, 0.5, 0.25),
      fc.array(happening, { maxLength: 250 }),
      (window, share, happenings) => {
        const most = Math.max(1, Math.floor(window.units * share));
        const { spent } = play(new GraphBudget(window, share), happenings);
        for (const [index, { at, units, isBegin }] of spent.entries()) {
          if (!isBegin) continue;
          const within = spent
            .slice(0, index + 1)
            .filter((one) => one.at > at - window.ms - 10)
            .reduce((sum, one) => sum + one.units, 0);
          // A call that costs more than all has a window of its own.
          assert.ok(within <= Math.max(most, units), `${within} units within ${window.ms} ms`);
        }
      },
    ),
  );
});

test("nothing begins before a time of quiet is over", () => {
  fc.assert(
    fc.property(windows, fc.array(happening, { maxLength: 200 }), (window, happenings) => {
      const { spent, pauses } = play(new GraphBudget(window, 0.5), happenings);
      for (const { from, until } of pauses)
        assert.ok(spent.every(({ at }) => at <= from || at >= until));
    }),
  );
});

test("who waits as long as told finds the budget open, and never waits longer than a window and a step", () => {
  fc.assert(
    fc.property(
      windows,
      fc.array(fc.record({ units: fc.integer({ min: 1, max: 5 }), restMs: fc.nat(2000) }), {
        maxLength: 200,
      }),
      (window, calls) => {
        const budget = new GraphBudget(window, 1);
        let now = 5_000_000;
        for (const { units, restMs } of calls) {
          now += restMs;
          const at = budget.nextAt(now, units);
          assert.ok(at >= now && at - now <= (window.ms + 10) * 1.05 + 1, `${at - now} ms`);
          assert.equal(budget.nextAt(at, units), at);
          now = at;
          budget.spend(now, units);
        }
      },
    ),
  );
});

test("a 429 without Retry-After is waited for a second, and twice as long each time again, up to a minute", () => {
  const budget = new GraphBudget(graphLimits.identity.inTenant, 0.25);
  let now = 1_000_000;
  const waits = Array.from({ length: 9 }, () => {
    const until = budget.refused(now, null, now);
    const waitMs = until - now;
    now = until;
    return waitMs;
  });
  assert.deepEqual(
    waits,
    [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000),
  );
  budget.passed(now);
  assert.equal(budget.refused(now, null, now) - now, 1000);
});

test("a high load takes the share down once in a window, and six quiet windows bring it back", () => {
  const budget = new GraphBudget({ units: 3500, ms: 10_000 }, 0.25);
  const allowed = (now: number) => budget.view(now).limit;
  assert.equal(allowed(0), 875);
  budget.pressed(0);
  budget.pressed(9_000);
  assert.equal(allowed(0), 787);
  budget.pressed(10_000);
  const lower = allowed(10_000);
  assert.ok(lower < 700 && lower > 500, String(lower));
  for (let now = 20_000; now <= 1_000_000; now += 10_000) budget.pressed(now);
  assert.ok(allowed(1_000_000) >= 43, "never nothing");
  assert.equal(allowed(1_060_000), 875);
});

test("four processes that keep to their share never exceed a limit together, whatever each of them asks", () => {
  const { inTenant, shareOfProcess } = graphLimits.identity;
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          process: fc.nat(3),
          units: fc.integer({ min: 1, max: 400 }),
          restMs: fc.nat(3000),
        }),
        { minLength: 30, maxLength: 150 },
      ),
      (asks) => {
        const processes = Array.from(
          { length: 4 },
          () => new GraphBudget(inTenant, shareOfProcess),
        );
        const spent: Spent[] = [];
        let now = 0;
        for (const { process, units, restMs } of asks) {
          now += restMs;
          const budget = processes[process];
          if (budget === undefined || budget.nextAt(now, units) > now) continue;
          budget.spend(now, units);
          spent.push({ at: now, units, isBegin: true });
        }
        for (const { at } of spent) {
          const within = spent.filter((one) => one.at > at - inTenant.ms && one.at <= at);
          assert.ok(within.reduce((sum, { units }) => sum + units, 0) <= inTenant.units);
        }
      },
    ),
  );
});

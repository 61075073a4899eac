import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { seededRandom } from "../../../harness/src/seeded-random.ts";
import { Pacer } from "../../src/engine/pacer.ts";

/** What happens next: a request that waits for its start with a timer that comes late, a quiet time, or a 429. */
type Happening =
  | { readonly do: "start"; readonly lateMs: number }
  | { readonly do: "rest"; readonly ms: number }
  | { readonly do: "throttle"; readonly retryAfterMs: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({
      do: fc.constant("start" as const),
      lateMs: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 300 })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("rest" as const),
      ms: fc.integer({ min: 0, max: 5000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("throttle" as const),
      retryAfterMs: fc.integer({ min: 0, max: 8000 }),
    }),
  },
);

interface Played {
  readonly starts: readonly number[];
  readonly pauses: readonly { readonly from: number; readonly until: number }[];
}

function play(pacer: Pacer, happenings: readonly Happening[]): Played {
  const starts: number[] = [];
  const pauses = [];
  let now = 1_000_000;
  for (const next of happenings) {
    if (next.do === "rest") now += next.ms;
    if (next.do === "throttle") {
      pacer.slowDown(now);
      pacer.pauseUntil(now + next.retryAfterMs);
      pauses.push({ from: now, until: now + next.retryAfterMs });
    }
    if (next.do === "start") {
      for (let at = pacer.nextAt(now); at > now; at = pacer.nextAt(now))
        now = Math.ceil(at) + next.lateMs;
      pacer.take(now);
      starts.push(now);
    }
  }
  return { starts, pauses };
}

/** The most starts in any window of a second, by looking at each. */
function mostInASecond(starts: readonly number[]): number {
  return Math.max(
    0,
    ...starts.map((from) => starts.filter((at) => at >= from && at < from + 1000).length),
  );
}

test("no window of a second holds more starts than the ceiling, whatever comes when", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.array(happening, { minLength: 1, maxLength: 300 }),
      (ratePerSecond, happenings) => {
        const { starts } = play(new Pacer({ ratePerSecond }), happenings);
        assert.ok(mostInASecond(starts) <= ratePerSecond);
      },
    ),
    { numRuns: 300 },
  );
});

test("nothing starts between a 429 and the end of its Retry-After", () => {
  fc.assert(
    fc.property(fc.array(happening, { minLength: 1, maxLength: 200 }), (happenings) => {
      const { starts, pauses } = play(new Pacer({ ratePerSecond: 50 }), happenings);
      for (const { from, until } of pauses)
        assert.ok(!starts.some((at) => at > from && at < until));
    }),
  );
});

test("when there is always something to start, at least 98 % of the budget is used, though timers come late", () => {
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 200 }), fc.integer(), (ratePerSecond, seed) => {
      const random = seededRandom(seed);
      const pacer = new Pacer({ ratePerSecond });
      const begin = 1_000_000;
      let starts = 0;
      for (let now = begin; now < begin + 60_000; ) {
        const at = pacer.nextAt(now);
        if (at > now) {
          now = Math.ceil(at) + Math.floor(random() * 9);
          continue;
        }
        pacer.take(now);
        starts += 1;
      }
      assert.ok(starts >= 0.98 * ratePerSecond * 60, `${starts} of ${ratePerSecond * 60}`);
    }),
    { numRuns: 40 },
  );
});

test("after a quiet time only a few start at once", () => {
  const pacer = new Pacer({ ratePerSecond: 50 });
  const { starts } = play(
    pacer,
    Array.from({ length: 20 }, () => ({ do: "start", lateMs: 0 }) as const),
  );
  const first = starts[0] ?? 0;
  assert.ok(starts.filter((at) => at < first + 60).length <= 6);
});

test("a single 429 takes the rate to 90 %, one soon after it to 70 % of that, several within a second count as one", () => {
  const pacer = new Pacer({ ratePerSecond: 50 });
  for (const at of [10_000, 10_300, 10_900]) pacer.slowDown(at);
  assert.equal(pacer.rate(10_000), 45);
  pacer.slowDown(11_000);
  assert.ok(pacer.rate(11_000) < 33);
  assert.ok(pacer.rate(16_000) < 50);
});

test("quiet time brings the rate back within 30 s, and makes a 429 a single one again", () => {
  const pacer = new Pacer({ ratePerSecond: 50 });
  for (const at of [10_000, 11_000, 12_000]) pacer.slowDown(at);
  assert.equal(pacer.rate(42_000), 50);
  pacer.slowDown(42_000);
  assert.equal(pacer.rate(42_000), 45);
});

test("a rate never falls below one start a second, nor rises above the ceiling", () => {
  const pacer = new Pacer({ ratePerSecond: 3 });
  for (let at = 0; at < 20_000; at += 1000) pacer.slowDown(at);
  assert.ok(pacer.rate(19_000) >= 1);
  assert.equal(pacer.rate(500_000), 3);
});

test("a ceiling below one spaces single starts", () => {
  const { starts } = play(
    new Pacer({ ratePerSecond: 0.5 }),
    Array.from({ length: 4 }, () => ({ do: "start", lateMs: 0 }) as const),
  );
  for (const [index, at] of starts.entries())
    assert.ok(index === 0 || at - (starts[index - 1] ?? 0) >= 2000);
});

test("without a ceiling everything starts at once, but for a pause", () => {
  const pacer = new Pacer({ ratePerSecond: 0 });
  for (let count = 0; count < 1000; count += 1) {
    assert.equal(pacer.nextAt(5000), 5000);
    pacer.take(5000);
  }
  assert.equal(pacer.startsWithin(5000, 250), Number.POSITIVE_INFINITY);
  pacer.pauseUntil(7000);
  assert.equal(pacer.nextAt(5000), 7000);
  assert.equal(pacer.startsWithin(5000, 250), 0);
});

/** Starts at 50 a second for ten seconds; now and then one arrives late, and its answer is late by as much. */
function withLateArrivals(seed: number, tellsAnswers: boolean): readonly number[] {
  const random = seededRandom(seed);
  const pacer = new Pacer({ ratePerSecond: 50 });
  const arrivals: number[] = [];
  let answers: { readonly at: number; readonly latencyMs: number }[] = [];
  for (let now = 1_000_000; now < 1_010_000; now += 1) {
    for (const { at, latencyMs } of answers) if (at <= now) pacer.answered(at, latencyMs);
    answers = answers.filter(({ at }) => at > now);
    if (pacer.nextAt(now) > now) continue;
    pacer.take(now);
    const lateMs = random() < 0.02 ? 15 + Math.floor(random() * 150) : 0;
    arrivals.push(now + lateMs);
    if (tellsAnswers) answers.push({ at: now + lateMs + 30, latencyMs: lateMs + 30 });
  }
  return arrivals;
}

test("requests that arrive late make no window too full there, because their answers tell", () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  for (const seed of seeds) assert.ok(mostInASecond(withLateArrivals(seed, true)) <= 50);
  // Without the answers it would be: this is what the pacer is told of them for.
  assert.ok(seeds.some((seed) => mostInASecond(withLateArrivals(seed, false)) > 50));
});

test("answers that take now this long, now that, cost less than one hundredth of the budget", () => {
  const random = seededRandom(7);
  const pacer = new Pacer({ ratePerSecond: 50 });
  let starts = 0;
  let answers: { readonly at: number; readonly latencyMs: number }[] = [];
  for (let now = 1_000_000; now < 1_060_000; now += 1) {
    for (const { at, latencyMs } of answers) if (at <= now) pacer.answered(at, latencyMs);
    answers = answers.filter(({ at }) => at > now);
    if (pacer.nextAt(now) > now) continue;
    pacer.take(now);
    starts += 1;
    const latencyMs = 50 + Math.floor(random() * 400);
    answers.push({ at: now + latencyMs, latencyMs });
  }
  assert.ok(starts >= 0.98 * 50 * 60, `${starts}`);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RecentStarts } from "../../src/engine/recent-starts.ts";

test("property: the newest arrivals are those of a sorted list of all, however many came late", () => {
  const step = fc.record({
    afterMs: fc.integer({ min: 5, max: 40 }),
    lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 150 })),
    answeredAfter: fc.integer({ min: 0, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const most = 12;
      const recent = new RecentStarts(most);
      const arrivals: number[] = [];
      const answers: { index: number; startedAt: number; arrivedAt: number }[] = [];
      let now = 1000;
      for (const [index, { afterMs, lateMs, answeredAfter }] of steps.entries()) {
        now += afterMs;
        recent.add(now);
        arrivals.push(now);
        answers.push({ index: index + answeredAfter, startedAt: now, arrivedAt: now + lateMs });
        // A start that was moved is looked for by the instant that it had; one that stands before it would be found then.
        for (const { startedAt, arrivedAt } of answers.filter((one) => one.index === index)) {
          if (!arrivals.includes(startedAt)) continue;
          recent.delay(startedAt, arrivedAt);
          arrivals.splice(arrivals.indexOf(startedAt), 1, arrivedAt);
        }
        const sorted = [...arrivals].sort((a, b) => b - a);
        for (let nth = 1; nth <= Math.min(most, sorted.length); nth += 1)
          assert.equal(recent.newest(nth), sorted[nth - 1]);
      }
    }),
  );
});

test("a start that is not remembered any more changes nothing when its answer comes", () => {
  const recent = new RecentStarts(2);
  for (const at of [100, 200, 300]) recent.add(at);
  recent.delay(150, 900);
  assert.deepEqual([recent.newest(1), recent.newest(2)], [300, 200]);
});

test("fewer starts than asked for stand in nobody's way", () => {
  const recent = new RecentStarts(3);
  recent.add(100);
  assert.equal(recent.newest(2), Number.NEGATIVE_INFINITY);
});

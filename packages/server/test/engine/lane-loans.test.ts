// Goal: whenever a lent slot is used, and however many are lent, no window holds more starts than the budget.
// Method: properties; a greedy lane and random borrowers, by the pacer's own word.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Pacer } from "../../src/engine/pacer.ts";

const lentMs = 1000;

test("own starts and lent ones together never exceed the budget, whenever the lent ones come", () => {
  const lent = fc.record({ isLent: fc.boolean(), afterMs: fc.integer({ min: 0, max: lentMs }) });
  const waits = fc.array(fc.tuple(fc.integer({ min: 0, max: 120 }), lent), {
    minLength: 40,
    maxLength: 300,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), waits, (ratePerSecond, steps) => {
      const pacer = new Pacer({ ratePerSecond });
      const starts: number[] = [];
      let now = 0;
      for (const [waitMs, { isLent, afterMs }] of steps) {
        now = Math.ceil(Math.max(now + (isLent ? 0 : waitMs % 7), pacer.nextAt(now)));
        pacer.take(now, isLent ? now + lentMs : now);
        starts.push(isLent ? now + afterMs : now);
      }
      starts.sort((a, b) => a - b);
      for (const [index, at] of starts.entries())
        assert.ok(at - (starts[index - ratePerSecond] ?? Number.NEGATIVE_INFINITY) >= 1_000);
    }),
    { numRuns: 300 },
  );
});

test("a slot costs two starts of a busy lane at most", () => {
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 50 }), fc.integer({ min: 1, max: 3 }), (rate, count) => {
      const startsIn = (slots: number) => {
        const pacer = new Pacer({ ratePerSecond: rate });
        let own = 0;
        for (let now = Math.ceil(pacer.nextAt(0)); now < 20_000; ) {
          const isLent = own >= 3 * rate && own < 3 * rate + 1 && slots > 0;
          for (let n = 0; isLent && n < slots; n += 1) {
            pacer.take(now, now + lentMs);
            now = Math.ceil(pacer.nextAt(now));
          }
          pacer.take(now);
          own += 1;
          now = Math.ceil(pacer.nextAt(now));
        }
        return own;
      };
      assert.ok(startsIn(0) - startsIn(count) <= 2 * count + 1);
    }),
    { numRuns: 60 },
  );
});

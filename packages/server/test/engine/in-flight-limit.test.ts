import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InFlightLimit, limitMax } from "../../src/engine/in-flight-limit.ts";

test("before anything is measured, five seconds' worth may be under way", () => {
  assert.equal(new InFlightLimit({ ratePerSecond: 50 }).limit, 250);
  assert.equal(new InFlightLimit({ ratePerSecond: 0.5 }).limit, 8);
  assert.equal(new InFlightLimit({ ratePerSecond: 10_000 }).limit, limitMax);
});

test("without a pacer, or where it is fixed, the limit does not move", () => {
  for (const [limit, expected] of [
    [new InFlightLimit({ ratePerSecond: 0 }), 64],
    [new InFlightLimit({ ratePerSecond: 50, fixed: 7 }), 7],
  ] as const) {
    for (let count = 0; count < 100; count += 1) limit.answered(60_000);
    assert.equal(limit.limit, expected);
  }
});

test("quick answers bring a limit down again that slow ones had raised", () => {
  const limit = new InFlightLimit({ ratePerSecond: 50 });
  for (let count = 0; count < 300; count += 1) limit.answered(10_000);
  assert.ok(limit.limit > 990 && limit.limit <= 1000, `${limit.limit}`);
  for (let count = 0; count < 300; count += 1) limit.answered(30);
  assert.equal(limit.limit, 250);
});

test("property: a steady latency is never what holds the rate back, up to the stated maximum", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 40_000 }),
      fc.integer({ min: 0, max: 400 }),
      (ratePerSecond, latencyMs, answers) => {
        const limit = new InFlightLimit({ ratePerSecond });
        const before = limit.limit;
        assert.ok(before * 1000 >= Math.min(ratePerSecond * 5000, limitMax * 1000));
        for (let count = 0; count < answers; count += 1) limit.answered(latencyMs);
        const after = limit.limit;
        assert.ok(after >= before && after <= limitMax);
        if (answers < 64) return;
        const needed = Math.min(limitMax, (ratePerSecond * latencyMs) / 1000);
        assert.ok(after >= needed, `${after} for ${needed}`);
      },
    ),
  );
});

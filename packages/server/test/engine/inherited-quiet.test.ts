import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inheritedQuiet } from "../../src/engine/inherited-quiet.ts";

const ms = fc.integer({ min: 0, max: 60_000 });

test("property: quiet of up to a minute is kept to its end, however far ahead the next holder's clock is", () => {
  fc.assert(
    fc.property(ms, ms, fc.integer({ min: 0, max: 10_000_000 }), (quietMs, passedMs, aheadMs) => {
      const since = 1_000_000;
      // By its own clock, which shows so much more than has passed.
      const now = since + passedMs + aheadMs;
      const realEnd = now + quietMs - passedMs;
      const until = inheritedQuiet(since + quietMs, { since, now });
      assert.ok(Math.max(now, until) >= realEnd);
    }),
  );
});

test("quiet that was over with the last turn is over, and a long one ends by the clock", () => {
  assert.ok(inheritedQuiet(5_000, { since: 5_000, now: 9_000 }) < 9_000);
  const day = 86_400_000;
  const eightHours = day / 3;
  const until = inheritedQuiet(day, { since: 0, now: day + eightHours });
  assert.equal(until, day + eightHours + 60_000);
  assert.equal(inheritedQuiet(day, { since: 0, now: eightHours }), day + 500);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { hasPassed } from "../../src/domain/elapsed.ts";

const cases: readonly (readonly [now: number, hasPassed: boolean])[] = [
  [1000, false],
  [1099, false],
  [1100, true],
  [9000, true],
  [999, true],
  [-9000, true],
];
for (const [now, expected] of cases)
  test(`of 100 ms since 1000 it is ${expected ? "true" : "false"} at ${now} that they have passed`, () => {
    assert.equal(hasPassed(100, { since: 1000, now }), expected);
  });

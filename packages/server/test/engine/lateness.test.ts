import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Lateness } from "../../src/engine/lateness.ts";

/** One that has seen answers of 30 ms for a while. */
function settled(): Lateness {
  const lateness = new Lateness();
  for (let count = 0; count < 200; count += 1) lateness.of(30);
  return lateness;
}

test("an answer as usual, or a little slower, says nothing of its request", () => {
  const lateness = settled();
  assert.deepEqual(
    [30, 31, 33, 29].map((ms) => lateness.of(ms)),
    [0, 0, 0, 0],
  );
});

test("a stall makes each of the requests that it held up late by its own time", () => {
  const lateness = settled();
  const late = [110, 90, 70, 50].map((ms) => Math.round(lateness.of(ms)));
  for (const [index, expected] of [80, 60, 40, 20].entries())
    assert.ok(Math.abs((late[index] ?? 0) - expected) <= 8, `${late}`);
});

test("a connector that has become slower for good is soon as usual", () => {
  const lateness = settled();
  for (let count = 0; count < 300; count += 1) lateness.of(400);
  assert.equal(lateness.of(401), 0);
});

test("property: whatever the answers take, no more than 8 ms of each are called late in the long run", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 2000 }), (latencies) => {
      const lateness = new Lateness();
      let sum = 0;
      for (const latencyMs of latencies) {
        const late = lateness.of(latencyMs);
        assert.ok(late >= 0 && late <= latencyMs);
        sum += late;
      }
      assert.ok(sum <= 800 + 8 * latencies.length);
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Stillness } from "../../src/engine/stillness.ts";

const minute = 60_000;
const putOff = (dueAt: number) =>
  ({ code: "TEAMS_UNAVAILABLE", detail: "503 Service Unavailable", dueAt }) as const;

test("what is put off for a minute is told once, with cause, beginning and next try", () => {
  const stillness = new Stillness<string>();
  assert.equal(stillness.putOff("a", putOff(5000), 1000), false);
  assert.equal(stillness.attention("a", 1000), null);
  assert.equal(stillness.putOff("a", putOff(2 * minute), minute + 1000), true);
  assert.equal(stillness.putOff("a", putOff(3 * minute), minute + 2000), false);
  assert.deepEqual(stillness.attention("a", minute + 3000), {
    code: "TEAMS_UNAVAILABLE",
    detail: "All 3 tries since then had to be put off. The last one: 503 Service Unavailable",
    since: 1000,
    retryAt: 3 * minute,
  });
  assert.equal(stillness.attention("another", minute + 3000), null);
});

test("it is over with the first delivery that ends, and begins anew after it", () => {
  const stillness = new Stillness<string>();
  stillness.putOff("a", putOff(5000), 0);
  assert.equal(stillness.moved("a"), false, "nobody had been told");
  stillness.putOff("a", putOff(5000), 0);
  stillness.putOff("a", putOff(2 * minute), minute);
  assert.equal(stillness.moved("a"), true);
  assert.equal(stillness.attention("a", minute), null);
  assert.equal(stillness.putOff("a", putOff(3 * minute), 2 * minute), false);
  assert.equal(stillness.attention("a", 2 * minute), null);
});

test("nothing is said any more once a try was due and nothing came of it for a minute", () => {
  const stillness = new Stillness<string>();
  stillness.putOff("a", putOff(5000), 0);
  stillness.putOff("a", putOff(2 * minute), minute);
  assert.notEqual(stillness.attention("a", 3 * minute), null);
  assert.equal(stillness.attention("a", 3 * minute + 1), null);
});

test("a thousand are remembered at most, the newest ones", () => {
  const stillness = new Stillness<number>();
  for (let key = 0; key < 1500; key += 1) stillness.putOff(key, putOff(2 * minute), 0);
  assert.equal(stillness.attention(499, minute), null);
  assert.notEqual(stillness.attention(500, minute), null);
});

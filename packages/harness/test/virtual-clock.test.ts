import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../src/seeded-random.ts";
import { VirtualClock } from "../src/virtual-clock.ts";

test("sleepers wake in the order of their instants, and of asking where those are equal", async () => {
  const clock = new VirtualClock(0);
  const woken: string[] = [];
  for (const [name, ms] of [
    ["c", 20],
    ["a", 10],
    ["b", 10],
  ] as const)
    void clock.sleep(ms).then(() => woken.push(`${name} ${clock.now()}`));
  await clock.runUntilIdle(100);
  assert.deepEqual(woken, ["a 10", "b 10", "c 20"]);
});

test("what a sleeper starts when it wakes happens in its own time", async () => {
  const clock = new VirtualClock(0);
  const woken: number[] = [];
  const tick = async () => {
    for (let round = 0; round < 3; round += 1) {
      await clock.sleep(5);
      woken.push(clock.now());
    }
  };
  void tick();
  await clock.runFor(12);
  assert.deepEqual([woken, clock.now(), clock.sleeping], [[5, 10], 12, 1]);
});

test("a sleep that is aborted ends at once and leaves nothing behind", async () => {
  const clock = new VirtualClock(0);
  const stop = new AbortController();
  let woken = false;
  void clock.sleep(1000, stop.signal).then(() => {
    woken = true;
  });
  stop.abort();
  await clock.runFor(0);
  assert.deepEqual([woken, clock.sleeping, clock.now()], [true, 0, 0]);
  await clock.sleep(1000, stop.signal);
});

test("a run stops where its condition comes true, and says when it never does", async () => {
  const clock = new VirtualClock(0);
  void clock.sleep(50);
  void clock.sleep(90);
  assert.equal(await clock.runUntil(() => clock.now() >= 50, 1000), true);
  assert.equal(clock.now(), 50);
  assert.equal(await clock.runUntil(() => false, 1000), false);
  assert.equal(clock.now(), 1050);
});

test("the same seed gives the same numbers, spread over [0, 1)", () => {
  const [first, second] = [seededRandom(7), seededRandom(7)];
  const numbers = Array.from({ length: 1000 }, () => first());
  assert.deepEqual(
    numbers,
    Array.from({ length: 1000 }, () => second()),
  );
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
  const mean = numbers.reduce((sum, number) => sum + number, 0) / 1000;
  assert.ok(Math.abs(mean - 0.5) < 0.05);
  assert.notEqual(seededRandom(8)(), numbers[0]);
});

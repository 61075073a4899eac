import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { memberWindows, sendWindows } from "../../src/engine/limits.ts";
import { type ThreadUse, ThreadWindows } from "../../src/engine/thread-windows.ts";

function drive(
  windows: ThreadWindows,
  use: ThreadUse,
  waits: readonly number[],
): readonly number[] {
  const starts: number[] = [];
  let now = 1_000_000;
  for (const wait of waits) {
    now += wait;
    now = Math.max(now, Math.ceil(windows.nextAt(use, "19:chat", now)));
    windows.take(use, "19:chat", now);
    starts.push(now);
  }
  return starts;
}

for (const [use, limits] of [
  ["send", sendWindows],
  ["members", memberWindows],
] as const)
  test(`requests of use ${use} never exceed a documented window`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 20_000 })), {
          minLength: 1,
          maxLength: 250,
        }),
        (waits) => {
          const starts = drive(new ThreadWindows(), use, waits);
          for (const { ms, count } of limits)
            for (const [index, at] of starts.entries())
              assert.ok(at - (starts[index - count] ?? Number.NEGATIVE_INFINITY) > ms);
        },
      ),
      { numRuns: 60 },
    );
  });

test("a conversation in constant use gets 1,800 sends in an hour, and no more", () => {
  const starts = drive(
    new ThreadWindows(),
    "send",
    Array.from({ length: 3700 }, () => 0),
  );
  const from = starts[0] ?? 0;
  const inFirstHour = starts.filter((at) => at < from + 3_600_000).length;
  assert.ok(inFirstHour <= 1800 && inFirstHour > 1790, String(inFirstHour));
});

test("a request that another process may start later counts until a window after that, and those before it count as ever", () => {
  const windows = new ThreadWindows();
  windows.take("send", "a", 1000, 2000);
  for (let count = 0; count < 6; count += 1) windows.take("send", "a", 1001 + count);
  assert.equal(windows.nextAt("send", "a", 1010), 1001 + 1020, "seven in a second");
  windows.take("send", "a", 2030);
  assert.equal(windows.nextAt("send", "a", 2031), 1001 + 2020, "eight in two");
});

test("conversations and uses have windows of their own", () => {
  const windows = new ThreadWindows();
  for (let count = 0; count < 7; count += 1) windows.take("send", "a", 1000);
  assert.ok(windows.nextAt("send", "a", 1000) > 2000);
  assert.equal(windows.nextAt("create", "a", 1000), 1000);
  assert.equal(windows.nextAt("send", "b", 1000), 1000);
});

test("a conversation is near its limit with seven requests in two seconds, or nine tenths of a longer window", () => {
  const windows = new ThreadWindows();
  assert.equal(windows.ownUse("send", "a", 900), "alone");
  for (let count = 0; count < 6; count += 1) {
    windows.take("send", "a", 1000 + count * 300);
    assert.equal(windows.ownUse("send", "a", 1000 + count * 300), count === 0 ? "alone" : "some");
  }
  windows.take("send", "a", 2700);
  assert.equal(windows.ownUse("send", "a", 2750), "near");
  assert.equal(windows.ownUse("send", "a", 3100), "some");
  assert.equal(windows.ownUse("send", "a", 4500), "alone");
  assert.equal(windows.ownUse("send", "other", 2750), "alone");
  for (let count = 0; count < 54; count += 1) windows.take("send", "b", 10_000 + count * 500);
  assert.equal(windows.ownUse("send", "b", 37_000), "near");
});

test("a paused conversation waits, others do not", () => {
  const windows = new ThreadWindows();
  windows.pauseUntil("send", "a", 9000);
  assert.equal(windows.nextAt("send", "a", 1000), 9000);
  assert.equal(windows.nextAt("send", "b", 1000), 1000);
});

test("memory is bounded, and conversations that no longer count are forgotten", () => {
  const windows = new ThreadWindows({ conversationsMax: 100 });
  for (let count = 0; count < 1000; count += 1) windows.take("send", `c${count}`, 1000 + count);
  assert.equal(windows.size, 100);
  for (let count = 0; count < 100; count += 1)
    windows.take("send", "again", 4_000_000 + count * 10_000);
  assert.equal(windows.size, 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Outcome, ThrottleScope } from "../../src/domain/outcome.ts";
import { Pacer } from "../../src/engine/pacer.ts";
import { ThreadWindows } from "../../src/engine/thread-windows.ts";
import { type Place, Throttles } from "../../src/engine/throttles.ts";

const place: Place = { use: "send", conversation: "a:ana" };
const accepted: Outcome = { kind: "accepted" };
const refused = (retryAfterMs: number | null, scope: ThrottleScope = "lane"): Outcome => ({
  kind: "throttled",
  retryAfterMs,
  scope,
});

function setup() {
  const pacer = new Pacer({ ratePerSecond: 50 });
  const windows = new ThreadWindows();
  return { pacer, windows, throttles: new Throttles(pacer, windows) };
}

test("a conversation's 429 stops that conversation until Retry-After, the lane's everything", () => {
  const { pacer, windows, throttles } = setup();
  const one = throttles.started(place, 1000);
  const quiet = throttles.answered(one, refused(5000, "conversation"), 1100);
  assert.deepEqual(quiet, { scope: "conversation", until: 6100 });
  assert.equal(windows.nextAt("send", "a:ana", 1100), 6100);
  assert.equal(windows.nextAt("send", "a:ben", 1100), 1100);
  assert.equal(pacer.pausedUntil(1100), null);
  assert.deepEqual(throttles.answered(one, refused(9000), 1200), { scope: "lane", until: 10_200 });
  assert.equal(pacer.nextAt(1200), 10_200);
  assert.ok(pacer.rate(1200) < 50);
  assert.equal(throttles.count, 2);
});

test("a Retry-After of 0, or none, is a second, and twice as long each time that the lane is refused again", () => {
  const { throttles } = setup();
  const waits: number[] = [];
  let now = 1000;
  for (let round = 0; round < 9; round += 1) {
    const one = throttles.started(place, now);
    const until = throttles.answered(one, refused(round % 2 === 0 ? 0 : null), now)?.until ?? 0;
    // What was under way then and is refused, too, says nothing new.
    assert.equal(throttles.answered(one, refused(null), now + 20)?.until, until + 20);
    waits.push(until - now);
    now = until + 20;
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  throttles.answered(throttles.started(place, now), accepted, now);
  const again = throttles.answered(throttles.started(place, now), refused(null), now);
  assert.equal(again?.until, now + 1000);
});

test("people are told of a pause of ten seconds and more: for how long, and since when the lane is refused", () => {
  const { throttles } = setup();
  throttles.answered(throttles.started(place, 1000), refused(9000), 1000);
  assert.equal(throttles.attention(2000), null);
  throttles.answered(throttles.started(place, 3000), refused(86_400_000), 3000);
  assert.deepEqual(throttles.attention(4000), {
    code: "TEAMS_THROTTLED",
    detail: "Teams asked this bot to send nothing in this tenant for 24 hours.",
    since: 1000,
    retryAt: 86_403_000,
  });
  assert.equal(throttles.attention(86_403_000), null);
});

test("what another process was told holds here, too, and an instant that is over changes nothing", () => {
  const { pacer, throttles } = setup();
  throttles.heard(900, 1000);
  assert.equal(pacer.pausedUntil(1000), null);
  throttles.heard(30_000, 1000);
  assert.equal(pacer.nextAt(1000), 30_000);
  assert.match(throttles.attention(1000)?.detail ?? "", /29 seconds/);
});

test("property: nothing starts before a Retry-After is over, whatever is answered when", () => {
  const step = fc.record({
    waitMs: fc.nat({ max: 3000 }),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 20_000 })),
    scope: fc.constantFrom<ThrottleScope>("lane", "conversation", "unknown"),
    isAccepted: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { pacer, windows, throttles } = setup();
      let now = 1000;
      const quiet = { lane: 0, conversation: 0 };
      for (const { waitMs, retryAfterMs, scope, isAccepted } of steps) {
        now += waitMs;
        const at = Math.max(pacer.nextAt(now), windows.nextAt("send", "a:ana", now));
        assert.ok(at >= Math.max(now, quiet.lane, quiet.conversation));
        if (at > now) continue;
        pacer.take(now);
        windows.take("send", "a:ana", now);
        const one = throttles.started(place, now);
        const outcome = isAccepted ? accepted : refused(retryAfterMs, scope);
        const told = throttles.answered(one, outcome, now);
        if (told === null) continue;
        assert.ok(told.until >= now + Math.max(1000, retryAfterMs ?? 0));
        quiet[told.scope] = Math.max(quiet[told.scope], told.until);
      }
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TrafficClass } from "../../src/domain/campaign.ts";
import { fingerprintOf } from "../../src/engine/fingerprint.ts";
import {
  aheadOf,
  behindOf,
  claimCount,
  claimShares,
  type LaneMode,
  type LaneSituation,
  type LastClaim,
  nextTurnAt,
} from "../../src/engine/lane-schedule.ts";
import { renewMs } from "../../src/engine/lease-times.ts";
import { Meter } from "../../src/engine/meter.ts";
import { steadyClock } from "../../src/engine/steady-clock.ts";

test("a fingerprint depends on what is asked, not on the order of members", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      assert.equal(fingerprintOf({ a, b }), fingerprintOf({ b, c: undefined, a }));
      const same = JSON.stringify(a) === JSON.stringify(b);
      if (same) return;
      const mine = fingerprintOf({ a });
      assert.ok(mine !== fingerprintOf({ a: b }) || stable(a) === stable(b));
    }),
  );
});

/** Equal for values that differ in the order of members or the sign of zero alone. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([x], [y]) => (x < y ? -1 : 1)))
      : member,
  );
}

test("long requests have short fingerprints that differ with any character", () => {
  const seen = new Set<string>();
  for (let index = 0; index < 2000; index += 1) {
    const text = "x".repeat(3000);
    seen.add(fingerprintOf({ text: `${text.slice(0, index)}y${text.slice(index + 1)}` }));
  }
  assert.equal(seen.size, 2000);
  assert.ok([...seen].every((print) => print.length < 64));
});

test("a meter measures events per second over the last ten seconds", () => {
  const meter = new Meter();
  for (let at = 1_000_000; at < 1_020_000; at += 100) meter.add(5, at);
  assert.ok(Math.abs(meter.perSecond(1_020_000) - 50) <= 2.5);
  assert.ok(Math.abs(meter.perSecond(1_025_000) - 25) <= 3);
  assert.equal(meter.perSecond(1_040_000), 0);
  meter.add(10, 1_050_000);
  assert.equal(meter.perSecond(1_050_500), 10);
});

test("a steady clock never goes back, and keeps up with time that passes", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5000, max: 5000 })), (steps) => {
      let now = 100_000;
      const clock = steadyClock({ now: () => now, sleep: () => Promise.resolve() });
      let last = clock.now();
      for (const step of steps) {
        now += step;
        const next = clock.now();
        assert.equal(next - last, Math.max(0, step));
        assert.equal(next - clock.aheadMs(), now);
        last = next;
      }
    }),
  );
});

const paced: LaneMode = { isPaced: true, claims: () => true };
const unpaced: LaneMode = { isPaced: false, claims: () => true };
const lender: LaneMode = { isPaced: true, claims: () => false };
const never = Number.POSITIVE_INFINITY;
const quiet: LaneSituation = {
  now: 10_000,
  isPoked: false,
  urgent: 0,
  behind: null,
  dueAt: never,
  open: 0,
  inFlight: 0,
  waiting: 0,
  waitingIn: () => 0,
  unwritten: 0,
  unwrittenSince: 0,
  turnAt: 10_000,
  aheadMs: 250,
  startsAhead: 13,
  startsAt: 10_000,
  circuitAt: 10_000,
  isHalted: false,
  isLending: false,
  hasGrants: false,
  isStopping: false,
};

/** How many deliveries to claim, and in how many ms to take the next turn. */
const schedule: readonly {
  readonly when: string;
  readonly lane: Partial<LaneSituation>;
  readonly mode?: LaneMode;
  readonly claims?: number;
  readonly inMs: number;
}[] = [
  { when: "there is nothing to do, it renews its lease", lane: {}, inMs: renewMs },
  { when: "it was poked", lane: { isPoked: true }, claims: 13, inMs: 0 },
  { when: "something is due later", lane: { dueAt: 10_700 }, inMs: 700 },
  {
    when: "enough waits already",
    lane: { isPoked: true, open: 13, waiting: 13 },
    claims: 0,
    inMs: 100,
  },
  {
    when: "some wait, it claims in steps",
    lane: { dueAt: 1, open: 9, waiting: 9, turnAt: 9_950 },
    claims: 4,
    inMs: 100 - 50,
  },
  {
    when: "urgent ones came, it claims at once",
    lane: { dueAt: 1, isPoked: true, urgent: 2, open: 13, waiting: 13 },
    claims: 2,
    inMs: 0,
  },
  {
    when: "more that is urgent may be due behind what cannot start, it claims at once",
    lane: {
      dueAt: 1,
      behind: { trafficClass: "urgent", count: 16 },
      open: 5,
      waiting: 1,
      waitingIn: (one) => (one === "bulk" ? 1 : 0),
    },
    claims: 13,
    inMs: 0,
  },
  {
    when: "it claims behind what cannot start, though as many wait as may start soon",
    lane: { dueAt: 1, behind: { trafficClass: "urgent", count: 16 }, open: 20, waiting: 20 },
    claims: 1,
    inMs: 0,
  },
  {
    when: "what waits is no more than the share of its class, that takes no room from what is more urgent",
    lane: {
      dueAt: 1,
      startsAhead: 3,
      open: 5,
      waiting: 5,
      waitingIn: (one) => (one === "bulk" ? 3 : one === "normal" ? 2 : 0),
    },
    claims: 2,
    inMs: 100,
  },
  {
    when: "a thousand requests are under way, it claims on",
    lane: { dueAt: 1, open: 1_040, inFlight: 1_030, waiting: 10 },
    claims: 3,
    inMs: 100,
  },
  {
    when: "too many wait for their conversations, it claims no more",
    lane: { dueAt: 1, open: 800, inFlight: 20, waiting: 10 },
    claims: 0,
    inMs: 100,
  },
  {
    when: "other processes wait for slots, it looks ten times a second",
    lane: { isLending: true },
    inMs: 100,
  },
  {
    when: "a slot can be granted, it does so at once",
    lane: { isLending: true, hasGrants: true },
    inMs: 0,
  },
  {
    when: "it is taken for single requests alone, it claims nothing",
    lane: { isPoked: true, dueAt: 1, urgent: 3 },
    mode: lender,
    claims: 0,
    inMs: 0,
  },
  {
    when: "everything is over, it writes at once",
    lane: { unwritten: 3, unwrittenSince: 9_999 },
    inMs: 0,
  },
  {
    when: "requests are in flight, it writes within 50 ms",
    lane: { unwritten: 3, unwrittenSince: 9_990, open: 2 },
    inMs: 40,
  },
  { when: "requests take long", lane: { open: 2, turnAt: 9_400 }, inMs: renewMs - 600 },
  {
    when: "it is stopping",
    lane: { isPoked: true, isStopping: true, dueAt: 1 },
    claims: 0,
    inMs: renewMs,
  },
  {
    when: "it is halted",
    lane: { isPoked: true, isHalted: true, circuitAt: 10_400 },
    claims: 0,
    inMs: 400,
  },
  {
    when: "it is halted and may probe",
    lane: { isPoked: true, isHalted: true },
    claims: 1,
    inMs: 0,
  },
  {
    when: "a probe is under way",
    lane: { isPoked: true, isHalted: true, open: 1 },
    claims: 0,
    inMs: renewMs,
  },
  {
    when: "it is paused by a 429",
    lane: { isPoked: true, startsAhead: 0, startsAt: 10_900 },
    claims: 0,
    inMs: 900 - 250,
  },
  {
    when: "nothing is paced and little waits",
    lane: { dueAt: 1, open: 100, waiting: 36 },
    mode: unpaced,
    claims: 256,
    inMs: 0,
  },
  {
    when: "nothing is paced and enough waits",
    lane: { dueAt: 1, open: 200, waiting: 136 },
    mode: unpaced,
    claims: 0,
    inMs: renewMs,
  },
];

for (const { when, lane, mode = paced, claims, inMs } of schedule)
  test(`a lane's next step when ${when}`, () => {
    const situation = { ...quiet, ...lane };
    if (claims !== undefined) assert.equal(claimCount(situation, mode), claims);
    assert.equal(Math.max(0, nextTurnAt(situation, mode) - situation.now), inMs);
  });

test("what a claim brings at least of each class is its share of the starts ahead and one more, less what waits already", () => {
  const shares = (lane: Partial<LaneSituation>, mode = paced) =>
    claimShares({ ...quiet, ...lane }, mode);
  assert.deepEqual(shares({}), { urgent: 2, normal: 2, bulk: 2 });
  const waitingIn = (one: string) => (one === "normal" ? 1 : one === "bulk" ? 5 : 0);
  assert.deepEqual(shares({ waitingIn }), { urgent: 2, normal: 1 });
  assert.deepEqual(shares({ startsAhead: 0 }), {}, "a lane that is paused claims for nobody");
  assert.deepEqual(shares({ isHalted: true }), {}, "a probe is the most urgent there is");
  assert.deepEqual(shares({ startsAhead: 100 }), { urgent: 6, normal: 6, bulk: 6 });
  assert.deepEqual(shares({}, unpaced), { urgent: 13, normal: 13, bulk: 13 });
});

test("where what was claimed for its urgency cannot start and less urgent ones wait, more and more is claimed behind it", () => {
  const last = { asked: 3, classes: ["urgent", "urgent", "urgent", "bulk"], atDoor: 2 } as const;
  const bulkWaits = (one: TrafficClass) => (one === "bulk" ? 1 : 0);
  const lane = { ...quiet, open: 4, inFlight: 1, waiting: 1, waitingIn: bulkWaits };
  const behind = (over: Partial<LaneSituation & LastClaim>, mode = paced) =>
    behindOf({ ...last, ...over }, { ...lane, ...over }, mode);
  const more = (count: number) => ({ trafficClass: "urgent", count }) as const;
  assert.deepEqual(behind({}), more(16));
  assert.deepEqual(behind({ behind: more(16), asked: 3 }), more(32));
  assert.deepEqual(behind({ behind: more(200) }), more(256));
  assert.equal(behind({ asked: 5 }), null, "all that was due was claimed");
  assert.equal(
    behind({ asked: 4 }),
    null,
    "behind it nothing is due that is more urgent than what waits",
  );
  assert.equal(behind({ asked: 0 }), null, "nothing was asked for");
  assert.equal(behind({ atDoor: 4 }), null, "all came to the door");
  assert.equal(behind({ waiting: 0, waitingIn: () => 0 }), null, "nothing would start before it");
  assert.equal(behind({ waiting: 2, waitingIn: (one) => (one === "normal" ? 0 : 1) }), null);
  assert.equal(behind({ startsAhead: 0 }), null, "nothing may start");
  assert.equal(behind({ isHalted: true }), null);
  assert.equal(behind({}, unpaced), null);
  assert.deepEqual(claimShares({ ...lane, behind: more(32) }, paced), {
    interactive: 32,
    urgent: 32,
    normal: 2,
    bulk: 1,
  });
});

test("deliveries are claimed further ahead where the store takes longer, within bounds", () => {
  assert.equal(aheadOf(0), 250);
  assert.equal(aheadOf(100), 450);
  assert.equal(aheadOf(60_000), 2000);
});

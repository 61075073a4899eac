import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { campaignStates } from "../../src/domain/campaign.ts";
import {
  askGuards,
  type CampaignGuards,
  guardsWhenExpanded,
  newGuards,
} from "../../src/domain/campaign-guards.ts";
import { type Canary, type CanaryThen, canarySize } from "../../src/domain/canary.ts";
import { countsOf } from "../../src/domain/delivery.ts";
import { type ErrorCode, errorCodes } from "../../src/domain/error-codes.ts";
import {
  failuresByCode,
  hasPassed,
  nothingTried,
  watched,
} from "../../src/domain/failure-watch.ts";
import { pauseCauseText } from "../../src/domain/pause-cause.ts";

const codes = Object.keys(errorCodes) as ErrorCode[]; // the table's keys are the codes
const then = fc.constantFrom<CanaryThen>("continue", "wait");
const count = fc.nat({ max: 30 });
const counts = fc
  .record({
    pending: count,
    sending: count,
    accepted: count,
    failed: count,
    skipped: count,
    cancelled: count,
    uncertain: count,
  })
  .map(countsOf);
const canary = fc.oneof(
  fc.record({ count: fc.integer({ min: 1, max: 100 }), then }),
  fc.record({ percent: fc.double({ min: 0.01, max: 100, noNaN: true }), then }),
);
const watch = fc
  .array(
    fc.record({
      state: fc.constantFrom("accepted" as const, "failed" as const, "uncertain" as const),
      code: fc.constantFrom(...codes),
      count: fc.integer({ min: 1, max: 20 }),
    }),
    { maxLength: 10 },
  )
  .map((ends) => ends.reduce(watched, nothingTried));
const stopWhen = fc.record({
  failedPercent: fc.double({ min: 0, max: 99.9, noNaN: true }),
  atLeast: fc.integer({ min: 1, max: 100 }),
});
const guards: fc.Arbitrary<CampaignGuards> = fc.record({
  canary: fc.option(canary),
  canaryLeft: fc.option(count),
  held: count,
  stopWhen: fc.option(stopWhen),
  watch,
});

function canaryOf(then: CanaryThen): Canary {
  return { count: 1, then };
}

function shareOf(percent: number): Canary {
  const then = "wait";
  return { percent, then };
}

describe("a canary", () => {
  it("is one delivery at least, all of them at most, and a share of them rounded up", () => {
    const share = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(share, fc.integer({ min: 1, max: 2_000_000 }), (percent, total) => {
        const size = canarySize(shareOf(percent), total);
        assert.ok(size >= 1 && size <= total && Number.isInteger(size));
        assert.ok(size >= (total * percent) / 100 - 1e-6);
      }),
    );
  });

  it("as a share lets nothing through before everybody is known", () => {
    fc.assert(
      fc.property(canary, fc.nat({ max: 1000 }), (one, total) => {
        const fresh = newGuards({ canary: one });
        const isShare = "percent" in one;
        assert.equal(fresh.canaryLeft, isShare ? 0 : one.count);
        const expanded = guardsWhenExpanded(fresh, total);
        assert.equal(expanded.canaryLeft, canarySize(one, total));
      }),
    );
  });
});

describe("a campaign's guards", () => {
  const campaign = fc.record({
    state: fc.constantFrom(...campaignStates),
    counts,
    isExpanded: fc.boolean(),
    now: fc.nat(),
  });

  it("say nothing of a campaign that is not under way", () => {
    fc.assert(
      fc.property(guards, campaign, (one, of) => {
        if (of.state === "sending" || of.state === "expanding") return;
        assert.deepEqual(askGuards(one, of), { guards: one, cause: null });
      }),
    );
  });

  it("never let a canary go that has a delivery open, while others wait for it", () => {
    fc.assert(
      fc.property(guards, campaign, (one, of) => {
        const { guards: after, cause } = askGuards(one, of);
        const isOpen = of.counts.sending > 0 || of.counts.pending !== one.held;
        if (!isOpen || one.canaryLeft === null || one.held === 0) return;
        assert.equal(after.canaryLeft, one.canaryLeft);
        assert.notEqual(cause?.code, "CAMPAIGN_CANARY_DONE");
      }),
    );
  });

  it("keep a canary that waits for a person from letting go of those who are not known yet", () => {
    const canary: Canary = canaryOf("wait");
    const one = { ...newGuards({ canary }), canaryLeft: 0 };
    const counts = countsOf({ accepted: 1 });
    const growing = { state: "expanding", counts, isExpanded: false, now: 1 } as const;
    assert.deepEqual(askGuards(one, growing), { guards: one, cause: null });
    const whole = { ...growing, state: "sending", isExpanded: true } as const;
    assert.equal(askGuards(one, whole).guards.canaryLeft, null, "there is nobody else");
  });

  it("pause for failures exactly when they pass what is allowed", () => {
    fc.assert(
      fc.property(guards, campaign, (one, of) => {
        if (of.state !== "sending" && of.state !== "expanding") return;
        const { cause } = askGuards(one, of);
        const failed = failuresByCode(one.watch).reduce((sum, { count: n }) => sum + n, 0);
        const passed =
          one.stopWhen !== null &&
          one.watch.tried >= one.stopWhen.atLeast &&
          failed * 100 > one.stopWhen.failedPercent * one.watch.tried;
        assert.equal(cause?.code === "CAMPAIGN_FAILURES_PASSED", passed);
      }),
    );
  });

  it("say the same again when nothing changed", () => {
    fc.assert(
      fc.property(guards, campaign, (one, of) => {
        const first = askGuards(one, of);
        if (first.cause !== null) return;
        assert.deepEqual(askGuards(first.guards, of), first);
      }),
    );
  });
});

describe("the watch for failures", () => {
  it("counts what was tried, and of that what failed or stayed uncertain, by code", () => {
    const ends = [
      { state: "accepted", code: null, count: 5 },
      { state: "failed", code: "TEAMS_REJECTED", count: 2 },
      { state: "uncertain", code: "TEAMS_UNCERTAIN", count: 3 },
      { state: "failed", code: "DELIVERY_EXPIRED", count: 7 },
      { state: "skipped", code: "TEAMS_APP_REMOVED", count: 7 },
      { state: "cancelled", code: "DELIVERY_CANCELLED", count: 7 },
      { state: "pending", code: "TEAMS_THROTTLED", count: 7 },
    ] as const;
    const seen = ends.reduce(watched, nothingTried);
    assert.equal(seen.tried, 10);
    assert.deepEqual(failuresByCode(seen), [
      { code: "TEAMS_UNCERTAIN", count: 3 },
      { code: "TEAMS_REJECTED", count: 2 },
    ]);
    assert.ok(!hasPassed({ failedPercent: 50, atLeast: 10 }, seen), "half is not more than half");
    assert.ok(hasPassed({ failedPercent: 49.9, atLeast: 10 }, seen));
    assert.ok(!hasPassed({ failedPercent: 0, atLeast: 11 }, seen), "too few to say");
    assert.ok(!hasPassed({ failedPercent: 0, atLeast: 1 }, nothingTried));
  });
});

describe("why a campaign paused by itself", () => {
  it("is said with the codes, their counts and what to do next", () => {
    const text = pauseCauseText({
      code: "CAMPAIGN_FAILURES_PASSED",
      at: 0,
      tried: 40,
      failedPercent: 10,
      failed: [
        { code: "TEAMS_APP_NOT_INSTALLED", count: 7 },
        { code: "TEAMS_REJECTED", count: 2 },
      ],
    });
    assert.equal(
      text,
      "9 of 40 deliveries that were tried failed, which is more than 10 %: TEAMS_APP_NOT_INSTALLED 7, TEAMS_REJECTED 2. Install it for them, or let them add it.",
    );
  });

  it("is said with what became of the first deliveries, and how many wait", () => {
    const ends = { accepted: 8, failed: 1, skipped: 0, uncertain: 1 };
    assert.equal(
      pauseCauseText({ code: "CAMPAIGN_CANARY_DONE", at: 0, ...ends, held: 990 }),
      "The first deliveries are done: 8 accepted, 1 failed, 1 uncertain. 990 more wait.",
    );
  });
});

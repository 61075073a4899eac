import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { errorCodes } from "../../src/domain/error-codes.ts";
import {
  backoffMs,
  type FailedAttempt,
  type FailedOutcome,
  resendsMax,
  retryDeadlineMs,
  retryDecision,
} from "../../src/domain/retry-policy.ts";

const now = Date.UTC(2026, 10, 24, 9);
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const retryAfter = fc.option(fc.integer({ min: 0, max: 10 * 3_600_000 }));
const outcomes: fc.Arbitrary<FailedOutcome> = fc.oneof(
  fc.record({
    kind: fc.constant("throttled" as const),
    retryAfterMs: retryAfter,
    scope: fc.constantFrom("conversation", "lane", "unknown"),
  }),
  fc.record({
    kind: fc.constant("transient" as const),
    reason: fc.constantFrom(
      "precondition",
      "unavailable",
      "no-connection",
      "server-error",
      "token-unavailable",
      "token-stale",
    ),
    retryAfterMs: retryAfter,
  }),
  fc.record({
    kind: fc.constant("uncertain" as const),
    reason: fc.constantFrom(
      "timeout",
      "connection-lost",
      "server-error",
      "unreadable-answer",
      "worker-died",
    ),
  }),
  fc.record({
    kind: fc.constant("unreachable" as const),
    reason: fc.constantFrom(
      "app-not-installed",
      "blocked-by-user",
      "disabled-by-admin",
      "not-in-roster",
      "conversation-gone",
      "activity-gone",
      "wrong-host",
    ),
  }),
  fc.record({
    kind: fc.constant("unauthorized" as const),
    reason: fc.constantFrom(
      "bot-unknown",
      "token-refused",
      "credentials-wrong",
      "host-not-trusted",
    ),
  }),
  fc.record({
    kind: fc.constant("rejected" as const),
    reason: fc.constantFrom("bad-request", "too-big", "not-permitted", "unlisted-status"),
  }),
);
const attempts: fc.Arbitrary<FailedAttempt> = fc.record({
  outcome: outcomes,
  attemptsSoFar: fc.integer({ min: 1, max: 200 }),
  resentSoFar: fc.integer({ min: 0, max: resendsMax + 2 }),
  firstAttemptAt: fc.integer({ min: now - 2 * retryDeadlineMs, max: now }),
  now: fc.constant(now),
  expiresAt: fc.option(fc.integer({ min: now - 3_600_000, max: now + 8 * 3_600_000 })),
  onUncertain: fc.constantFrom("resend", "hold"),
  canRecreate: fc.boolean(),
  canSwitchHost: fc.boolean(),
  hasMoved: fc.boolean(),
  canRenewToken: fc.boolean(),
  repeatable: fc.boolean(),
  goneIsDone: fc.boolean(),
  random,
});

function failed(outcome: FailedOutcome, more: Partial<FailedAttempt> = {}): FailedAttempt {
  return {
    outcome,
    attemptsSoFar: 1,
    resentSoFar: 0,
    firstAttemptAt: now,
    now,
    expiresAt: null,
    onUncertain: "resend",
    canRecreate: false,
    canSwitchHost: false,
    hasMoved: false,
    canRenewToken: false,
    repeatable: false,
    goneIsDone: false,
    random: 0.5,
    ...more,
  };
}

describe("backoffMs", () => {
  it("is a whole number between 0 and the cap", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), random, (attempt, chance) => {
        const wait = backoffMs({ attempt, random: chance });
        assert.ok(Number.isInteger(wait) && wait >= 0 && wait < 300_000);
      }),
    );
  });

  it("never gets shorter with more attempts and the same chance", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), random, (attempt, chance) => {
        const sooner = backoffMs({ attempt, random: chance });
        assert.ok(backoffMs({ attempt: attempt + 1, random: chance }) >= sooner);
      }),
    );
  });

  it("spreads over the whole of a span that doubles from the base to the cap", () => {
    const spans = [1, 2, 3, 4, 20].map((attempt) => backoffMs({ attempt, random: 0.999999 }));
    assert.deepEqual(spans, [999, 1999, 3999, 7999, 299_999]);
    assert.equal(backoffMs({ attempt: 4, random: 0 }), 0);
    assert.equal(backoffMs({ attempt: 3, random: 0.5, baseMs: 10, capMs: 30 }), 15);
  });
});

describe("retryDecision", () => {
  it("always decides, with a reason, and with a code that exists", () => {
    fc.assert(
      fc.property(attempts, (attempt) => {
        const decision = retryDecision(attempt);
        assert.ok(decision.why.length > 10);
        if ("code" in decision) assert.ok(decision.code in errorCodes);
      }),
      { numRuns: 1000 },
    );
  });

  it("never retries before Retry-After, in the past, after the deadline, or after the expiry", () => {
    fc.assert(
      fc.property(attempts, (attempt) => {
        const decision = retryDecision(attempt);
        if (decision.do !== "retry") return;
        const after = "retryAfterMs" in attempt.outcome ? attempt.outcome.retryAfterMs : null;
        assert.ok(Number.isInteger(decision.dueAt));
        assert.ok(decision.dueAt >= now + (after ?? 0));
        assert.ok(decision.dueAt <= attempt.firstAttemptAt + retryDeadlineMs);
        assert.ok(decision.dueAt <= (attempt.expiresAt ?? Number.POSITIVE_INFINITY));
      }),
      { numRuns: 1000 },
    );
  });

  it("calls a retry a resend exactly when the attempt may have arrived, and not more often than allowed", () => {
    fc.assert(
      fc.property(attempts, (attempt) => {
        const decision = retryDecision(attempt);
        if (decision.do !== "retry") return;
        assert.equal(decision.resend, attempt.outcome.kind === "uncertain");
        if (!decision.resend || attempt.repeatable) return;
        assert.equal(attempt.onUncertain, "resend");
        assert.ok(attempt.resentSoFar < resendsMax);
      }),
      { numRuns: 1000 },
    );
  });

  it("never calls failed what may have arrived and only ran out of time", () => {
    fc.assert(
      fc.property(attempts, (attempt) => {
        const { kind } = attempt.outcome;
        const decision = retryDecision(attempt);
        if (kind === "uncertain") assert.notEqual(decision.do, "fail");
        const outOfTime = kind === "throttled" || kind === "transient";
        if (outOfTime && attempt.resentSoFar > 0) assert.notEqual(decision.do, "fail");
      }),
      { numRuns: 1000 },
    );
  });

  it("heals only what can be healed", () => {
    fc.assert(
      fc.property(attempts, (attempt) => {
        const decision = retryDecision(attempt);
        if (decision.do !== "heal") return;
        const can = {
          "switch-host": attempt.canSwitchHost || attempt.hasMoved,
          "recreate-conversation": attempt.canRecreate,
          "renew-token": attempt.canRenewToken,
        };
        assert.ok(can[decision.how]);
      }),
    );
  });

  it("leaves nothing uncertain that may be made again, as long as there is time", () => {
    const inTime = { firstAttemptAt: now, expiresAt: null, repeatable: true };
    fc.assert(
      fc.property(attempts, (attempt) => {
        const decision = retryDecision({ ...attempt, ...inTime });
        if (attempt.outcome.kind === "uncertain") assert.equal(decision.do, "retry");
      }),
    );
  });

  it("waits for Retry-After and a little more when it is throttled", () => {
    const throttled = { kind: "throttled", retryAfterMs: 10_000, scope: "unknown" } as const;
    const decision = retryDecision(failed(throttled, { random: 0.999 }));
    assert.ok(decision.do === "retry");
    assert.equal(decision.code, "TEAMS_THROTTLED");
    assert.ok(decision.dueAt > now + 10_000 && decision.dueAt <= now + 11_000);
  });

  it("backs off when a 429 names no time", () => {
    const throttled = { kind: "throttled", retryAfterMs: null, scope: "unknown" } as const;
    const decision = retryDecision(failed(throttled, { attemptsSoFar: 3 }));
    assert.ok(decision.do === "retry");
    assert.equal(decision.dueAt, now + 2000);
  });

  const late = { firstAttemptAt: now - retryDeadlineMs - 1 };
  const throttled = { kind: "throttled", retryAfterMs: 1000, scope: "unknown" } as const;
  const transient = { kind: "transient", reason: "unavailable", retryAfterMs: null } as const;
  const uncertain = { kind: "uncertain", reason: "timeout" } as const;
  for (const [what, attempt, expected] of [
    [
      "throttled past its deadline",
      failed(throttled, late),
      { do: "fail", code: "TEAMS_THROTTLED" },
    ],
    [
      "unavailable past its deadline",
      failed(transient, late),
      { do: "fail", code: "TEAMS_UNAVAILABLE" },
    ],
    [
      "throttled beyond its expiry",
      failed(throttled, { expiresAt: now + 500 }),
      { do: "fail", code: "DELIVERY_EXPIRED" },
    ],
    [
      "uncertain under hold",
      failed(uncertain, { onUncertain: "hold" }),
      { do: "hold", code: "TEAMS_UNCERTAIN" },
    ],
    ["uncertain once too often", failed(uncertain, { resentSoFar: resendsMax }), { do: "hold" }],
    ["uncertain past its deadline", failed(uncertain, late), { do: "hold" }],
    [
      "uncertain under resend",
      failed(uncertain),
      { do: "retry", resend: true, code: "TEAMS_UNCERTAIN" },
    ],
    [
      "uncertain under hold, and repeatable",
      failed(uncertain, { onUncertain: "hold", resentSoFar: 99, repeatable: true }),
      { do: "retry", resend: true, code: "TEAMS_UNCERTAIN" },
    ],
    [
      "uncertain past its deadline, and repeatable",
      failed(uncertain, { ...late, repeatable: true }),
      { do: "hold" },
    ],
    [
      "a message to delete that is gone",
      failed({ kind: "unreachable", reason: "activity-gone" }, { goneIsDone: true }),
      { do: "done" },
    ],
    [
      "a message to edit that is gone",
      failed({ kind: "unreachable", reason: "activity-gone" }),
      { do: "fail", code: "TEAMS_MESSAGE_GONE" },
    ],
    [
      "gone and a person",
      failed({ kind: "unreachable", reason: "conversation-gone" }, { canRecreate: true }),
      { do: "heal", how: "recreate-conversation" },
    ],
    [
      "gone for the second time",
      failed({ kind: "unreachable", reason: "conversation-gone" }),
      { do: "fail", code: "TEAMS_CONVERSATION_GONE" },
    ],
    [
      "at the wrong host",
      failed({ kind: "unreachable", reason: "wrong-host" }, { canSwitchHost: true }),
      { do: "heal", how: "switch-host" },
    ],
    [
      "refused without a reason where Teams has moved since",
      failed({ kind: "rejected", reason: "not-permitted" }, { hasMoved: true }),
      { do: "heal", how: "switch-host" },
    ],
    [
      "refused without a reason where Teams was heard of last",
      failed({ kind: "rejected", reason: "not-permitted" }, { canSwitchHost: true }),
      { do: "fail", code: "TEAMS_NOT_PERMITTED" },
    ],
    [
      "at the wrong host twice",
      failed({ kind: "unreachable", reason: "wrong-host" }),
      { do: "fail", code: "TEAMS_WRONG_HOST" },
    ],
    [
      "refused for a token that is stale",
      failed(
        { kind: "transient", reason: "token-stale", retryAfterMs: null },
        { canRenewToken: true },
      ),
      { do: "heal", how: "renew-token" },
    ],
    [
      "refused for a stale token once more",
      failed({ kind: "transient", reason: "token-stale", retryAfterMs: null }),
      { do: "retry", resend: false, code: "TEAMS_UNAVAILABLE" },
    ],
    [
      "not installed",
      failed({ kind: "unreachable", reason: "app-not-installed" }),
      { do: "fail", code: "TEAMS_APP_NOT_INSTALLED" },
    ],
    [
      "blocked",
      failed({ kind: "unreachable", reason: "blocked-by-user" }),
      { do: "fail", code: "TEAMS_BLOCKED_BY_USER" },
    ],
    [
      "disabled by an admin",
      failed({ kind: "unreachable", reason: "disabled-by-admin" }),
      { do: "fail", code: "TEAMS_DISABLED_BY_ADMIN" },
    ],
    [
      "not in the roster",
      failed({ kind: "unreachable", reason: "not-in-roster" }),
      { do: "fail", code: "TEAMS_NOT_IN_CONVERSATION" },
    ],
    [
      "refused credentials",
      failed({ kind: "unauthorized", reason: "credentials-wrong" }),
      { do: "halt-lane", code: "TEAMS_UNAUTHORIZED" },
    ],
    [
      "too big",
      failed({ kind: "rejected", reason: "too-big" }),
      { do: "fail", code: "TEAMS_TOO_BIG" },
    ],
    [
      "not permitted",
      failed({ kind: "rejected", reason: "not-permitted" }),
      { do: "fail", code: "TEAMS_NOT_PERMITTED" },
    ],
    [
      "a status not to retry",
      failed({ kind: "rejected", reason: "unlisted-status" }),
      { do: "fail", code: "TEAMS_REJECTED" },
    ],
  ] as const)
    it(`answers ${what} with ${Object.values(expected).join(" ")}`, () => {
      assert.partialDeepStrictEqual(retryDecision(attempt), expected);
    });
});

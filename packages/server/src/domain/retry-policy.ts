import { never } from "./assert.ts";
import type { OnUncertain } from "./delivery.ts";
import type { ErrorCode } from "./error-codes.ts";
import type { Outcome, RejectedReason, UnreachableReason } from "./outcome.ts";
import { waitText } from "./wait-text.ts";

/** An attempt that was not accepted, and all that the decision about its delivery depends on. Instants are epoch ms. */
export interface FailedAttempt {
  readonly outcome: FailedOutcome;
  /** Requests made for this delivery so far, this one included. */
  readonly attemptsSoFar: number;
  /** How often this delivery was tried again after `uncertain`. */
  readonly resentSoFar: number;
  readonly firstAttemptAt: number;
  readonly now: number;
  /** Counted from the first attempt; default {@link retryDeadlineMs}. */
  readonly deadlineMs?: number;
  readonly expiresAt: number | null;
  readonly onUncertain: OnUncertain;
  /** True where the conversation may be dropped and created again: a person, and not done yet in this delivery. */
  readonly canRecreate: boolean;
  /** True where the cloud has another host that this delivery has not tried. */
  readonly canSwitchHost: boolean;
  /** True where Teams was heard of at another service URL of the tenant, which this delivery has not tried. */
  readonly hasMoved: boolean;
  /** True where the same request was not made again yet with a fresh token in this turn. */
  readonly canRenewToken: boolean;
  /** True where making the request again does no harm: an edit, a recall. */
  readonly repeatable: boolean;
  /** True where a message that is gone is what was asked for: a recall. */
  readonly goneIsDone: boolean;
  /** Uniform in [0, 1). */
  readonly random: number;
}

/** Every outcome but `accepted`. */
export type FailedOutcome = Exclude<Outcome, { readonly kind: "accepted" }>;

/**
 * What to do with a delivery after an attempt that was not accepted. `why` is one sentence for the ledger.
 *
 * - `retry`: pending again until `dueAt`; `resend` when the last attempt may have arrived. `code` says what it waits for.
 * - `fail`: final, with its code.
 * - `hold`: final as `uncertain` (TEAMS_UNCERTAIN): it may have arrived and is not tried again.
 * - `done`: there was nothing left to do, which is as good as accepted.
 * - `heal`: at once and in the same turn: create the conversation again, go to the cloud's other host, or take the fresh token.
 * - `halt-lane`: the delivery goes back to pending unharmed; the whole lane waits until the credentials work.
 */
export type RetryDecision =
  | {
      readonly do: "retry";
      readonly dueAt: number;
      readonly resend: boolean;
      readonly code: ErrorCode;
      readonly why: string;
    }
  | { readonly do: "fail"; readonly code: ErrorCode; readonly why: string }
  | { readonly do: "hold"; readonly code: "TEAMS_UNCERTAIN"; readonly why: string }
  | { readonly do: "done"; readonly why: string }
  | {
      readonly do: "heal";
      readonly how: "recreate-conversation" | "switch-host" | "renew-token";
      readonly why: string;
    }
  | { readonly do: "halt-lane"; readonly code: "TEAMS_UNAUTHORIZED"; readonly why: string };

/** How long after its first attempt a delivery is still tried: 6 hours. */
export const retryDeadlineMs = 6 * 60 * 60 * 1000;
/** How often one delivery is tried again after `uncertain`; each time risks one more duplicate. */
export const resendsMax = 3;

/**
 * Decides what follows an attempt that was not accepted. Total, and pure: the same input gives the same decision.
 * A `dueAt` is never before the platform's `Retry-After`, nor after the deadline or `expiresAt`.
 */
export function retryDecision(failed: FailedAttempt): RetryDecision {
  const { outcome } = failed;
  switch (outcome.kind) {
    case "throttled":
      return retryOrEnd(failed, {
        waitMs: throttleWaitMs(failed, outcome.retryAfterMs),
        code: "TEAMS_THROTTLED",
        cause: "Teams asked us to slow down",
      });
    case "transient":
      if (outcome.reason === "token-stale" && failed.canRenewToken)
        return {
          do: "heal",
          how: "renew-token",
          why: "Teams refused the token, so the request is made again with a fresh one",
        };
      return retryOrEnd(failed, {
        waitMs: Math.max(backoffOf(failed), outcome.retryAfterMs ?? 0),
        code: "TEAMS_UNAVAILABLE",
        cause: `certainly not carried out (${outcome.reason})`,
      });
    case "uncertain":
      return afterUncertain(failed, outcome.reason);
    case "unreachable":
      return afterUnreachable(failed, outcome.reason);
    case "unauthorized":
      return {
        do: "halt-lane",
        code: "TEAMS_UNAUTHORIZED",
        why: `the bot's own credentials were refused (${outcome.reason}), which concerns every recipient`,
      };
    case "rejected":
      // What an address that is out of date answers is not documented; a refusal that names nothing else may be it.
      if (outcome.reason === "not-permitted" && failed.hasMoved)
        return {
          do: "heal",
          how: "switch-host",
          why: "refused without a reason, so the service URL that Teams used last in the tenant is tried",
        };
      return {
        do: "fail",
        code: rejectedCodes[outcome.reason],
        why: `refused for good (${outcome.reason})`,
      };
    default:
      return never(outcome, "outcome");
  }
}

/**
 * Exponential backoff with full jitter: a whole number of ms, uniform between 0 and `baseMs` × 2^(`attempt` − 1), at most `capMs`.
 * `attempt` counts from 1; `random` is in [0, 1).
 */
export function backoffMs(request: {
  readonly attempt: number;
  readonly random: number;
  readonly baseMs?: number;
  readonly capMs?: number;
}): number {
  const { attempt, random, baseMs = 1000, capMs = 300_000 } = request;
  return Math.floor(random * Math.min(capMs, baseMs * 2 ** (Math.max(1, attempt) - 1)));
}

const rejectedCodes: Readonly<Record<RejectedReason, ErrorCode>> = {
  "bad-request": "TEAMS_REJECTED",
  "unlisted-status": "TEAMS_REJECTED",
  "too-big": "TEAMS_TOO_BIG",
  "not-permitted": "TEAMS_NOT_PERMITTED",
};

const unreachableCodes: Readonly<Record<UnreachableReason, ErrorCode>> = {
  "app-not-installed": "TEAMS_APP_NOT_INSTALLED",
  "blocked-by-user": "TEAMS_BLOCKED_BY_USER",
  "disabled-by-admin": "TEAMS_DISABLED_BY_ADMIN",
  "not-in-roster": "TEAMS_NOT_IN_CONVERSATION",
  "conversation-gone": "TEAMS_CONVERSATION_GONE",
  "activity-gone": "TEAMS_MESSAGE_GONE",
  "wrong-host": "TEAMS_WRONG_HOST",
};

function afterUnreachable(failed: FailedAttempt, reason: UnreachableReason): RetryDecision {
  if (reason === "activity-gone" && failed.goneIsDone)
    return { do: "done", why: "the message was gone already" };
  if (reason === "conversation-gone" && failed.canRecreate)
    return {
      do: "heal",
      how: "recreate-conversation",
      why: "the stored conversation is gone, so it is created again",
    };
  if (reason === "wrong-host" && failed.canSwitchHost)
    return {
      do: "heal",
      how: "switch-host",
      why: "this host does not serve the tenant, so the other one that is known is tried",
    };
  return {
    do: "fail",
    code: unreachableCodes[reason],
    why: `Teams refused this recipient (${reason})`,
  };
}

function afterUncertain(failed: FailedAttempt, reason: string): RetryDecision {
  if (failed.repeatable)
    return retryOrEnd(failed, {
      waitMs: backoffOf(failed),
      code: "TEAMS_UNCERTAIN",
      cause: `it may have been carried out (${reason}), and making it again does no harm`,
      resend: true,
    });
  if (failed.onUncertain === "hold")
    return hold(`it may have arrived (${reason}), and the policy is to leave it`);
  if (failed.resentSoFar >= resendsMax)
    return hold(`it may have arrived (${reason}), and was sent again ${resendsMax} times already`);
  return retryOrEnd(failed, {
    waitMs: backoffOf(failed),
    code: "TEAMS_UNCERTAIN",
    cause: `it may have arrived (${reason}), and the policy is to send it again`,
    resend: true,
  });
}

/** Retries at `now + waitMs` unless the deadline or the expiry comes first. */
function retryOrEnd(
  failed: FailedAttempt,
  step: {
    readonly waitMs: number;
    readonly code: ErrorCode;
    readonly cause: string;
    readonly resend?: boolean;
  },
): RetryDecision {
  const dueAt = failed.now + Math.ceil(step.waitMs);
  const deadlineAt = failed.firstAttemptAt + (failed.deadlineMs ?? retryDeadlineMs);
  const expiresAt = failed.expiresAt ?? Number.POSITIVE_INFINITY;
  if (dueAt <= Math.min(deadlineAt, expiresAt))
    return {
      do: "retry",
      dueAt,
      resend: step.resend ?? false,
      code: step.code,
      why: `${step.cause}; next try in ${waitText(dueAt - failed.now)}`,
    };
  const end =
    expiresAt < deadlineAt
      ? "it expires before the next try"
      : "its deadline comes before the next try";
  // What may have arrived once is never called failed for want of time.
  if (step.resend || failed.resentSoFar > 0) return hold(`${step.cause}; ${end}`);
  const code = expiresAt < deadlineAt ? "DELIVERY_EXPIRED" : step.code;
  return { do: "fail", code, why: `${step.cause}; ${end}` };
}

/** Nobody is asked again before `Retry-After`; the jitter keeps many from coming back in the same instant. */
function throttleWaitMs(failed: FailedAttempt, retryAfterMs: number | null): number {
  if (retryAfterMs === null) return backoffOf(failed);
  const jitterMsMax = Math.min(2000, Math.max(250, retryAfterMs / 10));
  return Math.max(0, retryAfterMs) + failed.random * jitterMsMax;
}

function backoffOf(failed: FailedAttempt): number {
  return backoffMs({ attempt: failed.attemptsSoFar, random: failed.random });
}

function hold(why: string): RetryDecision {
  return { do: "hold", code: "TEAMS_UNCERTAIN", why };
}

import type { ErrorCode } from "../domain/error-codes.ts";
import type { ActivityId } from "../domain/ids.ts";
import type { Evidence, Outcome } from "../domain/outcome.ts";
import type { RetryDecision } from "../domain/retry-policy.ts";
import type { DeliveryRun } from "./delivery-run.ts";
import type { ClaimedDelivery, Operation, Settlement } from "./ports/store.ts";

/** What an attempt was, for the ledger. */
export interface Tried {
  readonly operation: Operation;
  readonly at: number;
  readonly outcome: Outcome;
  readonly evidence: Evidence;
}

/** Adds an attempt to the run's record. `decision` is one sentence. */
export function record(run: DeliveryRun, tried: Tried, decision: string): void {
  run.attempts.push({ ...tried, number: run.claim.attempts + run.requests, decision });
}

/** The end of a delivery that Teams accepted. */
export function accepted(
  run: DeliveryRun,
  tried: Tried,
  activityId: ActivityId | null,
): Settlement {
  // A first-time success leaves no attempts: its facts are in the row.
  const isFirst = run.smooth && run.claim.attempts === 0;
  if (!isFirst) record(run, tried, "accepted");
  return settlement(run, isFirst ? [] : run.attempts, acceptedAs(run, tried.evidence, activityId));
}

function acceptedAs(run: DeliveryRun, evidence: Evidence, activityId: ActivityId | null) {
  const { status, latencyMs, requestId } = evidence;
  const { conversationId } = run;
  return { state: "accepted", activityId, conversationId, status, latencyMs, requestId } as const;
}

/** The end of a delivery that is not sent, or not again. */
export function ended(
  run: DeliveryRun,
  state: "failed" | "skipped" | "cancelled",
  reason: { readonly code: ErrorCode; readonly detail: string | null },
): Settlement {
  return settlement(run, run.attempts, { state, ...reason });
}

/** The end of a delivery of which nobody can know whether it arrived, and which is left so. */
export function uncertain(run: DeliveryRun, detail: string | null): Settlement {
  return settlement(run, run.attempts, { state: "uncertain", code: "TEAMS_UNCERTAIN", detail });
}

/** Back to `pending`, to be claimed again from `dueAt` on. */
export function pending(
  run: DeliveryRun,
  dueAt: number,
  why: {
    readonly code?: ErrorCode | null;
    readonly detail?: string | null;
    readonly resend?: boolean;
  } = {},
): Settlement {
  const { code = null, detail = null, resend = false } = why;
  return settlement(run, run.attempts, { state: "pending", dueAt, resend, code, detail });
}

/** Back to `pending` for a claim on which no work was begun. */
export function unstarted(claim: ClaimedDelivery, dueAt: number): Settlement {
  return {
    campaignId: claim.campaignId,
    recipient: claim.recipient.key,
    to: { state: "pending", dueAt, resend: false, code: null, detail: null },
    attempts: [],
    requests: 0,
    firstAttemptAt: null,
  };
}

/** What a decision that ends the turn makes of the delivery; null where it is healed and goes on. */
export function decided(
  run: DeliveryRun,
  decision: RetryDecision,
  evidence: Evidence,
): Settlement | null {
  const detail = evidence.detail ?? decision.why;
  switch (decision.do) {
    case "retry":
      return pending(run, decision.dueAt, {
        code: decision.code,
        detail,
        resend: decision.resend,
      });
    case "fail":
      return ended(run, "failed", { code: decision.code, detail });
    case "hold":
      return uncertain(run, detail);
    case "done": {
      const to = acceptedAs(run, evidence, run.claim.posted?.activityId ?? null);
      return settlement(run, run.attempts, { ...to, detail: sentence(decision.why) });
    }
    case "halt-lane":
    case "heal":
      return null;
  }
}

function sentence(why: string): string {
  return `${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
}

function settlement(
  run: DeliveryRun,
  attempts: Settlement["attempts"],
  to: Settlement["to"],
): Settlement {
  return {
    campaignId: run.claim.campaignId,
    recipient: run.claim.recipient.key,
    to,
    attempts,
    requests: run.requests,
    firstAttemptAt: run.firstAttemptAt,
  };
}

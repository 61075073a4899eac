import type { Evidence } from "../domain/outcome.ts";
import type { Attempt, Delivery } from "./ports/store.ts";

/**
 * Every request for a delivery, the first one first. A first-time success leaves no record of its own, because its facts are in
 * the delivery: here it is shown as the request that it was.
 */
export function historyOf(delivery: Delivery, recorded: readonly Attempt[]): readonly Attempt[] {
  if (recorded.length > 0 || delivery.state !== "accepted") return recorded;
  const { attempts, recipient, status, latencyMs, requestId, firstAttemptAt, updatedAt } = delivery;
  const evidence: Evidence = {
    status,
    platformCode: null,
    subCode: null,
    detail: null,
    requestId,
    retryAfterMs: null,
    latencyMs: latencyMs ?? 0,
  };
  return [
    {
      number: attempts,
      operation: recipient.startsWith("channel:") ? "create-thread" : "send",
      at: firstAttemptAt ?? updatedAt,
      outcome: { kind: "accepted" },
      evidence,
      decision: attempts > 1 ? "accepted, after the conversation was created" : "accepted",
    },
  ];
}

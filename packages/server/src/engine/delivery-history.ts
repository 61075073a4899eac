import { type CampaignKind, isChange } from "../domain/campaign.ts";
import type { RecipientKey } from "../domain/ids.ts";
import type { Evidence } from "../domain/outcome.ts";
import type { Attempt, Delivery, Operation } from "./ports/store.ts";

/**
 * Every request for a delivery, the first one first. A first-time success leaves no record of its own, because its facts are in
 * the delivery: here it is shown as the request that it was.
 */
export function historyOf(
  delivery: Delivery,
  recorded: readonly Attempt[],
  kind: CampaignKind,
): readonly Attempt[] {
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
      operation: operationOf(kind, recipient),
      at: firstAttemptAt ?? updatedAt,
      outcome: { kind: "accepted" },
      evidence,
      decision: attempts > 1 ? "accepted, after the conversation was created" : "accepted",
    },
  ];
}

function operationOf(kind: CampaignKind, recipient: RecipientKey): Operation {
  if (isChange(kind)) return kind === "edit" ? "update" : "delete";
  return recipient.startsWith("channel:") ? "create-thread" : "send";
}

import type { RecipientKey } from "../../domain/ids.ts";
import type { Attempt } from "../../engine/ports/store.ts";
import type { CampaignTally } from "../campaign-tally.ts";
import { columnsOf } from "./columns.ts";

/** The columns of a recorded request. */
export const attemptColumns = columnsOf({
  tenant_id: "text",
  campaign_id: "text",
  recipient_key: "text",
  number: "integer",
  operation: "text",
  at: "bigint",
  outcome: "text",
  evidence: "text",
  decision: "text",
});

/** A request as it is appended to the ledger. */
export function attemptRow(tally: CampaignTally, recipient: RecipientKey, attempt: Attempt) {
  return {
    tenant_id: tally.tenantId,
    campaign_id: tally.id,
    recipient_key: recipient,
    number: attempt.number,
    operation: attempt.operation,
    at: attempt.at,
    outcome: JSON.stringify(attempt.outcome),
    evidence: JSON.stringify(attempt.evidence),
    decision: attempt.decision,
  };
}

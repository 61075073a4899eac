import { type CampaignKind, isChange } from "../domain/campaign.ts";
import type { CampaignId, RecipientKey } from "../domain/ids.ts";
import { noAnswer } from "../domain/outcome.ts";
import type { Attempt, Operation } from "../engine/ports/store.ts";
import type { CampaignTally } from "./campaign-tally.ts";

/** A row that an earlier holder of the lane left in flight; it was claimed when it was last written. */
export interface StrandedRow {
  readonly campaign_id: CampaignId;
  readonly recipient_key: RecipientKey;
  readonly attempts: number;
  readonly updated_at: number;
}

/** What becomes of such a row. */
export interface StrandedEnd {
  readonly resend: boolean;
  readonly detail: string;
  /** The request that the dead worker may have made. */
  readonly attempt: Attempt;
}

/** Decides by the campaign's policy, and counts the row so. */
export function endStranded(tally: CampaignTally, row: StrandedRow, now: number): StrandedEnd {
  const isOver = tally.state === "cancelled" || tally.state === "finished";
  const resend = tally.onUncertain === "resend" && !isOver;
  tally.step("sending", "uncertain", 1, resend ? {} : { code: "TEAMS_UNCERTAIN" });
  if (resend) {
    tally.step("uncertain", "pending", 1, { dueAt: now });
    tally.resend(1);
  }
  const attempt: Attempt = {
    number: row.attempts + 1,
    operation: operations[tally.kind],
    at: row.updated_at,
    outcome: { kind: "uncertain", reason: "worker-died" },
    evidence: noAnswer(detail, 0),
    decision: decisionOf(tally, { resend, isOver }),
  };
  return { resend, detail, attempt };
}

const detail =
  "The process that was sending it ended, or stood still for too long, before the result was known.";

/** What the dead worker was about to ask; a conversation that it may have created is found again. */
const operations: Readonly<Record<CampaignKind, Operation>> = {
  campaign: "send",
  notification: "send",
  edit: "update",
  recall: "delete",
};

function decisionOf(
  { kind }: CampaignTally,
  { resend, isOver }: { readonly resend: boolean; readonly isOver: boolean },
): string {
  if (resend && isChange(kind)) return "Made again, because doing it twice does no harm.";
  if (resend)
    return "Tried again, because the campaign's policy for uncertain deliveries is to resend.";
  return isOver
    ? "Left uncertain, because the campaign is over."
    : "Left uncertain, because the campaign's policy for uncertain deliveries is to hold them.";
}

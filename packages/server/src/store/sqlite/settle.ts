import type { RecipientKey } from "../../domain/ids.ts";
import type { Attempt, LaneHold, Settlement } from "../../engine/ports/store.ts";
import type { CampaignTally } from "../campaign-tally.ts";
import { countEnd, endOf } from "../settled-rows.ts";
import type { Database, Value } from "./database.ts";
import type { Tallies } from "./tallies.ts";

/** Writes what became of claimed rows; answers how many settlements were of rows that this hold has not claimed. */
export function settle(
  db: Database,
  tallies: Tallies,
  { hold, settlements, now }: { hold: LaneHold; settlements: readonly Settlement[]; now: number },
): number {
  let ignored = 0;
  for (const settlement of settlements) {
    const tally = tallies.get(settlement.campaignId);
    const isOurs = tally !== null && tally.botId === hold.scope.botId;
    if (!isOurs || !settleOne(db, tally, { fence: hold.fence, settlement, now })) ignored += 1;
  }
  return ignored;
}

/** Appends one request to the ledger. */
export function recordAttempt(
  db: Database,
  tally: CampaignTally,
  recipient: RecipientKey,
  attempt: Attempt,
): void {
  db.run(
    `INSERT INTO attempts (tenant_id, campaign_id, recipient_key, number, operation, at, outcome, evidence, decision)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    tally.tenantId,
    tally.id,
    recipient,
    attempt.number,
    attempt.operation,
    attempt.at,
    JSON.stringify(attempt.outcome),
    JSON.stringify(attempt.evidence),
    attempt.decision,
  );
}

interface OneSettlement {
  readonly fence: number;
  readonly settlement: Settlement;
  readonly now: number;
}

function settleOne(db: Database, tally: CampaignTally, one: OneSettlement): boolean {
  const { settlement } = one;
  const to = endOf(tally, settlement);
  if (!writeRow(db, tally, { ...one, to })) return false;
  countEnd(tally, to);
  for (const attempt of settlement.attempts)
    recordAttempt(db, tally, settlement.recipient, attempt);
  return true;
}

// Finds the row by its key and the claim alone: a condition on `state` would make the small index of rows in flight look
// cheaper than it is.
const byClaim =
  "WHERE tenant_id = ? AND campaign_id = ? AND recipient_key = ? AND claimed_fence = ?";
const common =
  "claimed_fence = NULL, attempts = attempts + ?, first_attempt_at = coalesce(first_attempt_at, ?), updated_at = ?";
const accepted = `UPDATE deliveries SET state = 'accepted', code = NULL, detail = ?, conversation_id = ?,
  activity_id = ?, status = ?, latency_ms = ?, request_id = ?, ${common} ${byClaim}`;
const retried = `UPDATE deliveries SET state = 'pending', code = ?, detail = ?, due_at = ?, resent = resent + ?,
  ${common} ${byClaim}`;
const ended = `UPDATE deliveries SET state = ?, code = ?, detail = ?, retries_before = ?, ${common} ${byClaim}`;

function writeRow(
  db: Database,
  tally: CampaignTally,
  { fence, settlement, to, now }: OneSettlement & { readonly to: Settlement["to"] },
): boolean {
  const rest: readonly Value[] = [
    settlement.requests,
    settlement.firstAttemptAt,
    now,
    tally.tenantId,
    tally.id,
    settlement.recipient,
    fence,
  ];
  switch (to.state) {
    case "accepted": {
      const { conversationId, activityId, status, latencyMs, requestId, detail = null } = to;
      const facts = [detail, conversationId, activityId, status, latencyMs, requestId];
      return db.run(accepted, ...facts, ...rest) > 0;
    }
    case "pending":
      return db.run(retried, to.code, to.detail, to.dueAt, to.resend ? 1 : 0, ...rest) > 0;
    default:
      return db.run(ended, to.state, to.code, to.detail, tally.retriesAsked, ...rest) > 0;
  }
}

import type { LaneHold, LedgerStore } from "../../engine/ports/store.ts";
import type { CampaignTally } from "../campaign-tally.ts";
import { byState } from "../stops.ts";
import { endStranded, type StrandedRow } from "../stranded.ts";
import type { Database } from "./database.ts";
import { isHeld } from "./lanes.ts";
import { recordAttempt } from "./settle.ts";
import { Tallies } from "./tallies.ts";

/** Makes rows that an earlier holder left in flight `uncertain`, and `pending` again where the policy says so. */
export function recoverLane(
  db: Database,
  hold: LaneHold,
  { limit, now }: { readonly limit: number; readonly now: number },
): Awaited<ReturnType<LedgerStore["recoverLane"]>> {
  if (!isHeld(db, hold)) return { resent: 0, held: 0, ...byState([]) };
  const tallies = new Tallies(db);
  let resent = 0;
  let held = 0;
  for (const row of strandedRows(db, hold, Math.min(limit, rowsMax))) {
    const tally = tallies.get(row.campaign_id);
    if (tally === null) continue;
    if (recoverRow(db, tally, row, now)) resent += 1;
    else held += 1;
  }
  return { resent, held, ...byState(tallies.save(now)) };
}

// About 10 ms of work. Recovering fewer than asked for is allowed: the answer says how many.
const rowsMax = 250;

function strandedRows(
  db: Database,
  { scope, fence }: LaneHold,
  limit: number,
): readonly StrandedRow[] {
  return db.all<StrandedRow>(
    `SELECT d.campaign_id, d.recipient_key, d.attempts, d.updated_at FROM campaigns c
     JOIN deliveries d ON d.tenant_id = c.tenant_id AND d.campaign_id = c.campaign_id AND d.state = 'sending'
       AND d.claimed_fence <> ?
     WHERE c.bot_id = ? AND c.tenant_id = ? AND c.sending > 0 LIMIT (? + 0)`,
    fence,
    scope.botId,
    scope.tenantId,
    limit,
  );
}

/** Answers whether the row is tried again. */
function recoverRow(db: Database, tally: CampaignTally, row: StrandedRow, now: number): boolean {
  const { resend, detail, attempt } = endStranded(tally, row, now);
  db.run(
    `UPDATE deliveries SET state = ?, claimed_fence = NULL, code = 'TEAMS_UNCERTAIN', detail = ?, due_at = ?,
       attempts = attempts + 1, resent = resent + ?, first_attempt_at = coalesce(first_attempt_at, ?), updated_at = ?,
       retries_before = ?
     WHERE tenant_id = ? AND campaign_id = ? AND recipient_key = ?`,
    resend ? "pending" : "uncertain",
    detail,
    now,
    resend ? 1 : 0,
    row.updated_at,
    now,
    tally.retriesAsked,
    tally.tenantId,
    tally.id,
    row.recipient_key,
  );
  recordAttempt(db, tally, row.recipient_key, attempt);
  return resend;
}

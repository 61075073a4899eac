import type { ErrorCode } from "../../domain/error-codes.ts";
import type { CampaignTally } from "../campaign-tally.ts";
import { heldDueAt } from "../due-at.ts";
import type { Database } from "./database.ts";

/** How pending rows end that nobody will send. */
export interface PendingEnd {
  readonly state: "cancelled" | "failed";
  readonly code: ErrorCode;
  readonly limit: number;
  readonly now: number;
}

/**
 * Ends up to `limit` pending rows of a campaign, the earliest due first, and counts them; answers how many. Those that may have
 * arrived in an earlier attempt become `uncertain`, whatever ends them, and when they were touched never goes back.
 */
export async function endPending(
  db: Database,
  tally: CampaignTally,
  { state, code, limit, now }: PendingEnd,
): Promise<number> {
  const row = await db.get<{ ended: number; uncertain: number; held: number }>(
    `WITH due AS MATERIALIZED (
       SELECT ctid AS row FROM deliveries WHERE tenant_id = $1 AND campaign_id = $2 AND state = 'pending'
       ORDER BY due_at, ordinal, recipient_key LIMIT $6
     ), ended AS (
       UPDATE deliveries d SET state = CASE WHEN resent > 0 THEN 'uncertain' ELSE $3 END,
         code = CASE WHEN resent > 0 THEN 'TEAMS_UNCERTAIN' ELSE $4 END, detail = NULL, updated_at = greatest(updated_at, $5),
         retries_before = $8
       FROM due WHERE d.ctid = due.row
       RETURNING d.resent, d.due_at
     )
     SELECT count(*) AS ended, count(*) FILTER (WHERE resent > 0) AS uncertain,
       count(*) FILTER (WHERE due_at = $7) AS held
     FROM ended`,
    tally.tenantId,
    tally.id,
    state,
    code,
    now,
    limit,
    heldDueAt,
    tally.retriesAsked,
  );
  const { ended, uncertain, held } = row ?? { ended: 0, uncertain: 0, held: 0 };
  if (uncertain > 0) tally.step("pending", "uncertain", uncertain, { code: "TEAMS_UNCERTAIN" });
  if (ended > uncertain) tally.step("pending", state, ended - uncertain, { code });
  tally.letGo(held);
  return ended;
}

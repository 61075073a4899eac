import type { LaneHold, LedgerStore } from "../../engine/ports/store.ts";
import type { CampaignTally } from "../campaign-tally.ts";
import { byState } from "../stops.ts";
import { endStranded, type StrandedEnd, type StrandedRow } from "../stranded.ts";
import { attemptColumns, attemptRow } from "./attempts.ts";
import { columnsOf } from "./columns.ts";
import type { Database } from "./database.ts";
import { lockLane } from "./lanes.ts";
import { lookUp } from "./look-up.ts";
import { Tallies } from "./tallies.ts";

/** Makes rows that an earlier holder left in flight `uncertain`, and `pending` again where the policy says so. */
export async function recoverLane(
  db: Database,
  hold: LaneHold,
  { limit, now }: { readonly limit: number; readonly now: number },
): ReturnType<LedgerStore["recoverLane"]> {
  const nothing = { resent: 0, held: 0, ...byState([]) };
  if (!(await lockLane(db, hold))) return nothing;
  const rows = await strandedRows(db, hold, Math.min(limit, rowsMax));
  if (rows.length === 0) return nothing;
  const tallies = new Tallies(db);
  await tallies.load(rows.map((row) => row.campaign_id));
  const ends = rows.flatMap((row) => {
    const tally = tallies.get(row.campaign_id);
    return tally === null ? [] : [{ tally, row, end: endStranded(tally, row, now) }];
  });
  await tallies.look();
  const [stops] = await Promise.all([
    tallies.saveLooked(now),
    writeEnds(db, ends, now),
    recordAttempts(db, ends),
  ]);
  const resent = ends.filter(({ end }) => end.resend).length;
  return { resent, held: ends.length - resent, ...byState(stops) };
}

// Recovering fewer than asked for is allowed: the answer says how many.
const rowsMax = 1_000;

interface Ended {
  readonly tally: CampaignTally;
  readonly row: StrandedRow;
  readonly end: StrandedEnd;
}

/** Rows in flight are changed by the lane's holder alone, and that is who asks. */
function strandedRows(
  db: Database,
  { scope, fence }: LaneHold,
  limit: number,
): Promise<readonly StrandedRow[]> {
  return db.all<StrandedRow>(
    `SELECT d.* FROM (
       SELECT tenant_id, campaign_id FROM campaigns WHERE bot_id = $1 AND tenant_id = $2 AND sending > 0) AS c
     ${lookUp(
       "d",
       `SELECT campaign_id, recipient_key, attempts, updated_at FROM deliveries
        WHERE tenant_id = c.tenant_id AND campaign_id = c.campaign_id AND state = 'sending' AND claimed_fence <> $3`,
     )}
     LIMIT $4`,
    scope.botId,
    scope.tenantId,
    fence,
    limit,
  );
}

const endColumns = columnsOf({
  tenant_id: "text",
  campaign_id: "text",
  recipient_key: "text",
  state: "text",
  detail: "text",
  resent: "integer",
  claimed_at: "bigint",
  retries_before: "integer",
});

async function writeEnds(db: Database, ends: readonly Ended[], now: number): Promise<void> {
  await db.run(
    `WITH ended AS MATERIALIZED (
       SELECT s.*, f.row FROM ${endColumns.from(2, "s")} ${lookUp(
         "f",
         `SELECT ctid AS row FROM deliveries
          WHERE tenant_id = s.tenant_id AND campaign_id = s.campaign_id AND recipient_key = s.recipient_key`,
       )}
     )
     UPDATE deliveries d SET state = s.state, claimed_fence = NULL, code = 'TEAMS_UNCERTAIN', detail = s.detail,
       due_at = $1, attempts = d.attempts + 1, resent = d.resent + s.resent,
       first_attempt_at = coalesce(d.first_attempt_at, s.claimed_at), updated_at = $1,
       retries_before = s.retries_before
     FROM ended s WHERE d.ctid = s.row`,
    now,
    ...endColumns.arrays(
      ends.map(({ tally, row, end }) => ({
        tenant_id: tally.tenantId,
        campaign_id: tally.id,
        recipient_key: row.recipient_key,
        state: end.resend ? "pending" : "uncertain",
        detail: end.detail,
        resent: end.resend ? 1 : 0,
        claimed_at: row.updated_at,
        retries_before: tally.retriesAsked,
      })),
    ),
  );
}

async function recordAttempts(db: Database, ends: readonly Ended[]): Promise<void> {
  await db.run(
    `INSERT INTO attempts (${attemptColumns.names})
     SELECT ${attemptColumns.names} FROM ${attemptColumns.from(1, "a")} ORDER BY position`,
    ...attemptColumns.arrays(
      ends.map(({ tally, row, end }) => attemptRow(tally, row.recipient_key, end.attempt)),
    ),
  );
}

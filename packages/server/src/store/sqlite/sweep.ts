import type { CampaignId } from "../../domain/ids.ts";
import type { Database } from "./database.ts";
import { endPending } from "./delivery-rows.ts";
import { loadTally, saveTally } from "./tallies.ts";

/** Cancels up to `limit` pending rows of a cancelled campaign; answers how many. */
export function cancelPending(db: Database, id: CampaignId, limit: number, now: number): number {
  const tally = loadTally(db, id);
  if (tally === null || tally.state !== "cancelled") return 0;
  const ended = endPending(db, tally, {
    state: "cancelled",
    code: "DELIVERY_CANCELLED",
    limit,
    now,
  });
  if (ended > 0) saveTally(db, tally, now);
  return ended;
}

/** Cancelled campaigns with pending rows, those cancelled first before the others. */
export function campaignsToCancel(db: Database, limit: number): readonly CampaignId[] {
  return db
    .all<{ campaign_id: CampaignId }>(
      `SELECT campaign_id FROM campaigns WHERE state = 'cancelled' AND pending > 0 ORDER BY updated_at LIMIT (? + 0)`,
      limit,
    )
    .map((row) => row.campaign_id);
}

/** Whether a campaign has expired that still has pending rows. */
export function hasExpired(db: Database, now: number): boolean {
  const row = db.get<{ n: number }>(
    `SELECT 1 AS n FROM campaigns WHERE expires_at IS NOT NULL AND expires_at <= ? AND pending > 0
       AND +state <> 'cancelled' LIMIT 1`,
    now,
  );
  return row !== null;
}

/** Fails up to `limit` pending rows of campaigns that have expired; answers how many. */
export function expirePending(db: Database, now: number, limit: number): number {
  const campaigns = db.all<{ campaign_id: CampaignId }>(
    `SELECT campaign_id FROM campaigns WHERE expires_at IS NOT NULL AND expires_at <= ? AND pending > 0
       AND +state <> 'cancelled'
     ORDER BY expires_at LIMIT (? + 0)`,
    now,
    campaignsMax,
  );
  const rowsMax = Math.min(limit, expiredMax);
  let expired = 0;
  for (const { campaign_id } of campaigns) {
    if (expired >= rowsMax) break;
    const tally = loadTally(db, campaign_id);
    if (tally === null) continue;
    expired += endPending(db, tally, {
      state: "failed",
      code: "DELIVERY_EXPIRED",
      limit: rowsMax - expired,
      now,
    });
    saveTally(db, tally, now);
  }
  return expired;
}

// Together about 15 ms of work. Expiring fewer than asked for is allowed: the answer says how many.
const campaignsMax = 200;
const expiredMax = 1_000;

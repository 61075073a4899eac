import type { CampaignId } from "../../domain/ids.ts";
import { type TallyRow, tallyColumns } from "../campaign-tally.ts";
import type { Stop } from "../stops.ts";
import type { Database } from "./database.ts";
import { endPending } from "./end-pending.ts";
import { Tallies } from "./tallies.ts";

/** What a sweep did. */
export interface Swept {
  readonly ended: number;
  readonly stops: readonly Stop[];
}

/** Cancels up to `limit` pending rows of a cancelled campaign. */
export async function cancelPending(
  db: Database,
  id: CampaignId,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<Swept> {
  const tallies = new Tallies(db);
  await tallies.load([id]);
  const tally = tallies.get(id);
  if (tally === null || tally.state !== "cancelled") return { ended: 0, stops: [] };
  const end = { state: "cancelled", code: "DELIVERY_CANCELLED", limit, now } as const;
  const ended = await endPending(db, tally, end);
  return { ended, stops: await tallies.save(now) };
}

/** Cancelled campaigns with pending rows, those cancelled first before the others. */
export async function campaignsToCancel(
  db: Database,
  limit: number,
): Promise<readonly CampaignId[]> {
  const rows = await db.all<{ campaign_id: CampaignId }>(
    `SELECT campaign_id FROM campaigns WHERE state = 'cancelled' AND pending > 0 ORDER BY updated_at LIMIT $1`,
    limit,
  );
  return rows.map((row) => row.campaign_id);
}

/** Whether a campaign has expired that still has pending rows. */
export async function hasExpired(db: Database, now: number): Promise<boolean> {
  const row = await db.get<{ n: number }>(
    `SELECT 1 AS n FROM campaigns
     WHERE expires_at IS NOT NULL AND expires_at <= $1 AND pending > 0 AND state <> 'cancelled' LIMIT 1`,
    now,
  );
  return row !== null;
}

/**
 * Fails up to `limit` pending rows of campaigns that have expired. A campaign that somebody else is just changing is left for the
 * next time, so that two who sweep do not wait for one another.
 */
export async function expirePending(
  db: Database,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<Swept> {
  const tallies = new Tallies(db);
  tallies.adopt(
    await db.all<TallyRow>(
      `SELECT ${tallyColumns} FROM campaigns
       WHERE expires_at IS NOT NULL AND expires_at <= $1 AND pending > 0 AND state <> 'cancelled'
       ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
      now,
      campaignsMax,
    ),
  );
  let ended = 0;
  for (const tally of tallies.all) {
    if (ended >= limit) break;
    const end = { state: "failed", code: "DELIVERY_EXPIRED", limit: limit - ended, now } as const;
    ended += await endPending(db, tally, end);
  }
  return { ended, stops: await tallies.save(now) };
}

// Expiring fewer than asked for is allowed: the answer says how many.
const campaignsMax = 200;

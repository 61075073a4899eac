import { classOfRank, classRank, trafficClasses } from "../../domain/campaign.ts";
import type { CampaignId } from "../../domain/ids.ts";
import type { LaneHold, TurnRequest } from "../../engine/ports/store.ts";
import type { CampaignTally } from "../campaign-tally.ts";
import type { Database } from "./database.ts";

interface KeptRequest {
  readonly hold: LaneHold;
  readonly now: number;
  readonly claim: number;
  readonly atLeast: TurnRequest["atLeast"];
}

/**
 * How many rows of a claim are kept for each rank: as many as asked for, as are due, and as there is room for, the least urgent
 * first. Asks nothing where only one rank has due rows, as most turns do.
 */
export async function keptFor(
  db: Database,
  open: readonly CampaignTally[],
  request: KeptRequest,
): Promise<ReadonlyMap<number, number>> {
  const kept = new Map<number, number>();
  if (new Set(open.map(({ rank }) => rank)).size < 2) return kept;
  const wanted = open.filter(({ rank }) => atLeastOf(request, rank) > 0);
  const due = await dueRows(db, wanted, request);
  let room = request.claim;
  for (const rank of [...trafficClasses].reverse().map(classRank)) {
    let count = 0;
    for (const tally of wanted)
      if (tally.rank === rank) count += (due.get(tally.id) ?? 0) + tally.heldRoom;
    const given = Math.min(atLeastOf(request, rank), count, room);
    if (given > 0) kept.set(rank, given);
    room -= given;
  }
  return kept;
}

/** What is still kept after rows of some ranks were claimed. */
export function keptStill<Row>(
  kept: ReadonlyMap<number, number>,
  claimed: readonly Row[],
  rankOf: (row: Row) => number | undefined,
): ReadonlyMap<number, number> {
  const still = new Map(kept);
  for (const row of claimed) {
    const rank = rankOf(row);
    const count = rank === undefined ? undefined : still.get(rank);
    if (rank !== undefined && count !== undefined) still.set(rank, Math.max(0, count - 1));
  }
  return still;
}

function atLeastOf({ atLeast }: KeptRequest, rank: number): number {
  return atLeast[classOfRank(rank) ?? "bulk"] ?? 0;
}

/** How many rows of each campaign are due; counted up to what is asked for. */
async function dueRows(
  db: Database,
  campaigns: readonly CampaignTally[],
  request: KeptRequest,
): Promise<ReadonlyMap<CampaignId, number>> {
  if (campaigns.length === 0) return new Map();
  const rows = await db.all<{ campaign_id: CampaignId; due: number }>(
    `SELECT c.campaign_id, (SELECT count(*) FROM (
       SELECT 1 FROM deliveries
       WHERE tenant_id = $1 AND campaign_id = c.campaign_id AND state = 'pending' AND due_at <= $2 LIMIT c.most) d)::integer AS due
     FROM unnest($3::text[], $4::integer[]) AS c (campaign_id, most)`,
    request.hold.scope.tenantId,
    request.now,
    campaigns.map(({ id }) => id),
    campaigns.map(({ rank }) => atLeastOf(request, rank)),
  );
  return new Map(rows.map((row) => [row.campaign_id, row.due]));
}

import type { CampaignKind, CampaignState } from "../../domain/campaign.ts";
import { countsOf, type DeliveryState } from "../../domain/delivery.ts";
import type { ErrorCode } from "../../domain/error-codes.ts";
import type { BotId, CampaignId } from "../../domain/ids.ts";
import type {
  Campaign,
  CampaignGlance,
  LedgerStore,
  Page,
  PageRequest,
} from "../../engine/ports/store.ts";
import type { Wake } from "../../engine/ports/wakes.ts";
import {
  type CampaignRow,
  campaignOf,
  type StoppedCampaign,
  type StoppedRow,
  selectCampaigns,
  stoppedOf,
} from "../campaign-rows.ts";
import { type TallyRow, tallyColumns } from "../campaign-tally.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { readCampaign } from "./campaign-rows.ts";
import type { Database } from "./database.ts";
import { Tallies } from "./tallies.ts";

type MoveRequest = Parameters<LedgerStore["moveCampaign"]>[0];

/** Moves a campaign that is in one of the `from` states; null where it is in none of them. */
export async function moveCampaign(
  db: Database,
  { id, from, to, patch = {}, now }: MoveRequest,
): Promise<Campaign | null> {
  const row = await db.get<CampaignRow>(
    `${selectCampaigns} WHERE c.campaign_id = $1 FOR UPDATE OF c`,
    id,
  );
  if (row === null || !from.includes(row.state)) return null;
  const before = campaignOf(row);
  const { expansion, ...rest } = { ...before, ...patch };
  // Whoever lets a campaign go on that paused by itself has seen what had failed.
  const isForgiven = before.pausedBecause !== null && to !== "paused";
  const tallies = new Tallies(db);
  tallies.adopt(
    await db.all<TallyRow>(
      `UPDATE campaigns SET state = $2, send_at = $3, started_at = $4, finished_at = $5, paused_from = $6,
         expansion_part = $7, expansion_item = $8, expansion_after = $9, canary_left = $10,
         pause_cause = CASE WHEN $11 THEN NULL ELSE pause_cause END,
         watched = CASE WHEN $11 THEN NULL ELSE watched END, retries = CASE WHEN $12 THEN NULL ELSE retries END
       WHERE campaign_id = $1 RETURNING ${tallyColumns}`,
      id,
      to,
      rest.sendAt,
      rest.startedAt,
      rest.finishedAt,
      rest.pausedFrom,
      expansion?.part ?? null,
      expansion?.item ?? null,
      expansion?.after ?? null,
      rest.canaryLeft,
      isForgiven,
      to === "cancelled",
    ),
    { stateChanged: true },
  );
  await tallies.look();
  db.tell(movedOf(before));
  const [, moved] = await Promise.all([tallies.saveLooked(now), readCampaign(db, id)]);
  return moved;
}

/** That a campaign was moved. */
export function movedOf({
  botId,
  tenantId,
  id,
}: Pick<Campaign, "botId" | "tenantId" | "id">): Wake {
  return { kind: "moved", botId, tenantId, id };
}

/** Newest first. */
export async function listCampaigns(
  db: Database,
  { kind, cursor, limit }: PageRequest & { readonly kind: CampaignKind },
): Promise<Page<Campaign>> {
  const [createdAt, id] =
    cursor === undefined
      ? [Number.MAX_SAFE_INTEGER, ""]
      : decodeCursor(cursor, kind, ["number", "string"]);
  const rows = await db.all<CampaignRow>(
    `${selectCampaigns} WHERE c.kind = $1 AND (c.created_at, c.campaign_id) < ($2, $3)
     ORDER BY c.created_at DESC, c.campaign_id DESC LIMIT $4`,
    kind,
    createdAt,
    id,
    limit + 1,
  );
  const items = rows.slice(0, limit).map(campaignOf);
  const last = items.at(-1);
  return rows.length <= limit || last === undefined
    ? { items }
    : { items, next: encodeCursor(kind, [last.createdAt, last.id]) };
}

/** The newest campaigns that are neither drafts nor over, each at a glance. */
export async function campaignsUnderWay(
  db: Database,
  botId: BotId,
  limit: number,
): Promise<readonly CampaignGlance[]> {
  const rows = await db.all<GlanceRow>(
    `SELECT campaign_id, state, pending, sending, accepted, failed, skipped, cancelled, uncertain FROM campaigns
     WHERE bot_id = $1 AND kind = 'campaign' AND state IN ('scheduled', 'expanding', 'sending', 'paused')
     ORDER BY created_at DESC, campaign_id DESC LIMIT $2`,
    botId,
    limit,
  );
  return rows.map(({ campaign_id, state, ...counts }) => ({
    id: campaign_id,
    state,
    counts: countsOf(counts),
  }));
}

interface GlanceRow extends Readonly<Record<DeliveryState, number>> {
  readonly campaign_id: CampaignId;
  readonly state: CampaignState;
}

/** The newest campaigns that paused by themselves. */
export async function campaignsStopped(
  db: Database,
  botId: BotId,
  limit: number,
): Promise<readonly StoppedCampaign[]> {
  const rows = await db.all<StoppedRow>(
    `SELECT campaign_id, pause_cause FROM campaigns
     WHERE bot_id = $1 AND kind = 'campaign' AND state IN ('scheduled', 'expanding', 'sending', 'paused')
       AND state = 'paused' AND pause_cause IS NOT NULL
     ORDER BY created_at DESC, campaign_id DESC LIMIT $2`,
    botId,
    limit,
  );
  return rows.map(stoppedOf);
}

/** Scheduled campaigns that are due and those that are expanding, soonest first. */
export async function campaignsToExpand(
  db: Database,
  now: number,
  limit: number,
): Promise<readonly Campaign[]> {
  const [scheduled, expanding] = await Promise.all([
    db.all<CampaignRow>(
      `${selectCampaigns} WHERE c.state = 'scheduled' AND c.send_at <= $1 ORDER BY c.send_at LIMIT $2`,
      now,
      limit,
    ),
    db.all<CampaignRow>(
      `${selectCampaigns} WHERE c.state = 'expanding' ORDER BY c.created_at LIMIT $1`,
      limit,
    ),
  ]);
  return [...scheduled, ...expanding]
    .map(campaignOf)
    .sort((a, b) => (a.sendAt ?? a.createdAt) - (b.sendAt ?? b.createdAt))
    .slice(0, limit);
}

/** When the next scheduled campaign is due. */
export async function nextScheduledAt(db: Database): Promise<number | null> {
  const row = await db.get<{ send_at: number }>(
    `SELECT send_at FROM campaigns WHERE state = 'scheduled' AND send_at IS NOT NULL ORDER BY send_at LIMIT 1`,
  );
  return row?.send_at ?? null;
}

/** The newest campaigns by state. So few are looked at that it takes some milliseconds, however many there are. */
export function countCampaigns(
  db: Database,
): Promise<readonly { readonly state: CampaignState; readonly count: number }[]> {
  return db.all<{ state: CampaignState; count: number }>(
    `SELECT state, count(*) AS count FROM (
       SELECT state FROM campaigns WHERE kind = 'campaign' ORDER BY created_at DESC, campaign_id DESC LIMIT $1) AS newest
     GROUP BY state`,
    countedMax,
  );
}

const countedMax = 5_000;

/** The counters of a campaign; all zero for one that is unknown. */
export async function readCounts(db: Database, id: CampaignId): ReturnType<LedgerStore["counts"]> {
  const row = await db.get<Record<DeliveryState | "resent" | "held", number>>(
    `SELECT pending, sending, accepted, failed, skipped, cancelled, uncertain, resent, held FROM campaigns
     WHERE campaign_id = $1`,
    id,
  );
  return { counts: countsOf(row ?? {}), resent: row?.resent ?? 0, held: row?.held ?? 0 };
}

/** Failed, skipped and uncertain deliveries by code, the most frequent first. */
export async function readCountsByCode(
  db: Database,
  id: CampaignId,
): Promise<
  readonly { readonly state: DeliveryState; readonly code: ErrorCode; readonly count: number }[]
> {
  return db.all<{ state: DeliveryState; code: ErrorCode; count: number }>(
    `SELECT k.state, k.code, k.count FROM campaigns c
     JOIN campaign_codes k ON k.tenant_id = c.tenant_id AND k.campaign_id = c.campaign_id
     WHERE c.campaign_id = $1 AND k.count > 0 ORDER BY k.count DESC, k.state, k.code`,
    id,
  );
}

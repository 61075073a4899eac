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
import {
  type CampaignRow,
  campaignOf,
  type StoppedCampaign,
  type StoppedRow,
  selectCampaigns,
  stoppedOf,
} from "../campaign-rows.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { firstDueAt } from "../due-at.ts";
import { insertCampaign, readCampaign } from "./campaign-rows.ts";
import type { Database } from "./database.ts";
import { insertDelivery } from "./delivery-rows.ts";
import { useKey } from "./idempotency-keys.ts";
import { loadTally, saveTally } from "./tallies.ts";

type CreateRequest = Parameters<LedgerStore["createCampaign"]>[0];
type MoveRequest = Parameters<LedgerStore["moveCampaign"]>[0];

/** Stores a campaign with the deliveries known already, unless its idempotency key was used before. */
export function createCampaign(
  db: Database,
  { campaign, deliveries = [], idempotency }: CreateRequest,
): Awaited<ReturnType<LedgerStore["createCampaign"]>> {
  if (idempotency !== undefined) {
    const earlier = useKey(db, campaign, { ...idempotency, now: campaign.createdAt });
    if (earlier !== null) return earlier;
  }
  insertCampaign(db, campaign);
  const tally = loadTally(db, campaign.id);
  if (tally === null) throw new Error(`campaign ${campaign.id} vanished while it was stored`);
  const dueAt = firstDueAt(campaign);
  for (const [ordinal, delivery] of deliveries.entries())
    insertDelivery(db, tally, delivery, { ordinal, dueAt, now: campaign.createdAt });
  saveTally(db, tally, campaign.createdAt);
  return { result: "created", id: campaign.id };
}

/** Moves a campaign that is in one of the `from` states; null where it is in none of them. */
export function moveCampaign(
  db: Database,
  { id, from, to, patch = {}, now }: MoveRequest,
): Campaign | null {
  const before = readCampaign(db, id);
  if (before === null || !from.includes(before.state)) return null;
  const { expansion, ...rest } = { ...before, ...patch };
  // Whoever lets a campaign go on that paused by itself has seen what had failed.
  const isForgiven = before.pausedBecause !== null && to !== "paused";
  db.run(
    `UPDATE campaigns SET state = ?, send_at = ?, started_at = ?, finished_at = ?, paused_from = ?, canary_left = ?,
       pause_cause = CASE WHEN ? THEN NULL ELSE pause_cause END, watched = CASE WHEN ? THEN NULL ELSE watched END,
       retries = CASE WHEN ? THEN NULL ELSE retries END,
       expansion_part = ?, expansion_item = ?, expansion_after = ?
     WHERE tenant_id = ? AND campaign_id = ?`,
    to,
    rest.sendAt,
    rest.startedAt,
    rest.finishedAt,
    rest.pausedFrom,
    rest.canaryLeft,
    isForgiven ? 1 : 0,
    isForgiven ? 1 : 0,
    to === "cancelled" ? 1 : 0,
    expansion?.part ?? null,
    expansion?.item ?? null,
    expansion?.after ?? null,
    before.tenantId,
    id,
  );
  const tally = loadTally(db, id, { stateChanged: true });
  if (tally !== null) saveTally(db, tally, now);
  return readCampaign(db, id);
}

/** Newest first. */
export function listCampaigns(
  db: Database,
  { kind, cursor, limit }: PageRequest & { readonly kind: CampaignKind },
): Page<Campaign> {
  const [createdAt, id] =
    cursor === undefined
      ? [Number.MAX_SAFE_INTEGER, ""]
      : decodeCursor(cursor, kind, ["number", "string"]);
  const rows = db.all<CampaignRow>(
    `${selectCampaigns} WHERE c.kind = ? AND (c.created_at, c.campaign_id) < (?, ?)
     ORDER BY c.created_at DESC, c.campaign_id DESC LIMIT (? + 0)`,
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
export function campaignsUnderWay(
  db: Database,
  botId: BotId,
  limit: number,
): readonly CampaignGlance[] {
  return db
    .all<GlanceRow>(
      `SELECT campaign_id, state, pending, sending, accepted, failed, skipped, cancelled, uncertain FROM campaigns
       WHERE bot_id = ? AND kind = 'campaign' AND state IN ('scheduled', 'expanding', 'sending', 'paused')
       ORDER BY created_at DESC, campaign_id DESC LIMIT (? + 0)`,
      botId,
      limit,
    )
    .map(({ campaign_id, state, ...counts }) => ({
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
export function campaignsStopped(
  db: Database,
  botId: BotId,
  limit: number,
): readonly StoppedCampaign[] {
  return db
    .all<StoppedRow>(
      `SELECT campaign_id, pause_cause FROM campaigns
       WHERE bot_id = ? AND kind = 'campaign' AND state IN ('scheduled', 'expanding', 'sending', 'paused')
         AND +state = 'paused' AND pause_cause IS NOT NULL
       ORDER BY created_at DESC, campaign_id DESC LIMIT (? + 0)`,
      botId,
      limit,
    )
    .map(stoppedOf);
}

/** Scheduled campaigns that are due and those that are expanding, soonest first. */
export function campaignsToExpand(db: Database, now: number, limit: number): readonly Campaign[] {
  const scheduled = db.all<CampaignRow>(
    `${selectCampaigns} WHERE c.state = 'scheduled' AND c.send_at <= ? ORDER BY c.send_at LIMIT (? + 0)`,
    now,
    limit,
  );
  const expanding = db.all<CampaignRow>(
    `${selectCampaigns} WHERE c.state = 'expanding' ORDER BY c.created_at LIMIT (? + 0)`,
    limit,
  );
  return [...scheduled, ...expanding]
    .map(campaignOf)
    .sort((a, b) => (a.sendAt ?? a.createdAt) - (b.sendAt ?? b.createdAt))
    .slice(0, limit);
}

/** When the next scheduled campaign is due. */
export function nextScheduledAt(db: Database): number | null {
  const row = db.get<{ send_at: number }>(
    `SELECT send_at FROM campaigns WHERE state = 'scheduled' AND send_at IS NOT NULL ORDER BY send_at LIMIT 1`,
  );
  return row?.send_at ?? null;
}

/** The newest campaigns by state. So few are looked at that it takes some milliseconds, however many there are. */
export function countCampaigns(
  db: Database,
): readonly { readonly state: CampaignState; readonly count: number }[] {
  return db
    .all<{ state: CampaignState; count: number }>(
      `SELECT state, count(*) AS count FROM (
         SELECT state FROM campaigns WHERE kind = 'campaign' ORDER BY created_at DESC, campaign_id DESC LIMIT (? + 0))
       GROUP BY state`,
      countedMax,
    )
    .map(({ state, count }) => ({ state, count }));
}

const countedMax = 5_000;

/** The counters of a campaign; all zero for one that is unknown. */
export function readCounts(
  db: Database,
  id: CampaignId,
): Awaited<ReturnType<LedgerStore["counts"]>> {
  const row = db.get<Record<DeliveryState | "resent" | "held", number>>(
    `SELECT pending, sending, accepted, failed, skipped, cancelled, uncertain, resent, held FROM campaigns
     WHERE campaign_id = ?`,
    id,
  );
  return { counts: countsOf(row ?? {}), resent: row?.resent ?? 0, held: row?.held ?? 0 };
}

/** Failed, skipped and uncertain deliveries by code, the most frequent first. */
export function readCountsByCode(
  db: Database,
  id: CampaignId,
): readonly { readonly state: DeliveryState; readonly code: ErrorCode; readonly count: number }[] {
  return db
    .all<{ state: DeliveryState; code: ErrorCode; count: number }>(
      `SELECT k.state, k.code, k.count FROM campaigns c
       JOIN campaign_codes k ON k.tenant_id = c.tenant_id AND k.campaign_id = c.campaign_id
       WHERE c.campaign_id = ? AND k.count > 0 ORDER BY k.count DESC, k.state, k.code`,
      id,
    )
    .map(({ state, code, count }) => ({ state, code, count }));
}

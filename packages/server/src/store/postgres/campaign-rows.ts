import { classRank } from "../../domain/campaign.ts";
import type { CampaignId } from "../../domain/ids.ts";
import type { Campaign } from "../../engine/ports/store.ts";
import { type CampaignRow, campaignOf, selectCampaigns } from "../campaign-rows.ts";
import { CampaignTally, type ClosedTally } from "../campaign-tally.ts";
import { storedGuards } from "../guard-rows.ts";
import { jsonOrNull } from "../json-column.ts";
import { columnsOf } from "./columns.ts";
import type { Database } from "./database.ts";

/** The campaign with this id, or null. */
export async function readCampaign(db: Database, id: CampaignId): Promise<Campaign | null> {
  const row = await db.get<CampaignRow>(`${selectCampaigns} WHERE c.campaign_id = $1`, id);
  return row === null ? null : campaignOf(row);
}

/** The tally of a campaign that is not stored yet. */
export function newTally(campaign: Campaign): CampaignTally {
  const row = {
    tenant_id: campaign.tenantId,
    campaign_id: campaign.id,
    bot_id: campaign.botId,
    kind: campaign.kind,
    change_of: campaign.changeOf,
    // Numbered as it is stored, and never saved from here.
    entry: 0,
    revision: campaign.revision,
    state: campaign.state,
    on_uncertain: campaign.onUncertain,
    priority: classRank(campaign.priority),
    expansion_part: campaign.expansion?.part ?? null,
    pending: 0,
    sending: 0,
    accepted: 0,
    failed: 0,
    skipped: 0,
    cancelled: 0,
    uncertain: 0,
    resent: 0,
    queue: null,
    turn: 0,
    next_due_at: null,
    retries: null,
    retries_asked: 0,
    canary: jsonOrNull(campaign.canary),
    canary_left: campaign.canaryLeft,
    held: 0,
    stop_when: jsonOrNull(campaign.stopWhen),
    watched: null,
  };
  return new CampaignTally(row, false);
}

/** A new campaign with its counters. */
export interface NewCampaign {
  readonly campaign: Campaign;
  readonly closed: ClosedTally;
}

const campaignColumns = columnsOf({
  tenant_id: "text",
  campaign_id: "text",
  bot_id: "text",
  kind: "text",
  change_of: "text",
  revision: "integer",
  name: "text",
  state: "text",
  topic: "text",
  priority: "smallint",
  send_at: "bigint",
  expires_at: "bigint",
  recall_at: "bigint",
  recalled_at: "bigint",
  on_uncertain: "text",
  rate_per_second: "double precision",
  expansion_part: "text",
  expansion_item: "integer",
  expansion_after: "text",
  paused_from: "text",
  created_at: "bigint",
  updated_at: "bigint",
  started_at: "bigint",
  finished_at: "bigint",
  pending: "bigint",
  failed: "bigint",
  skipped: "bigint",
  queue: "smallint",
  next_due_at: "bigint",
  canary: "text",
  canary_left: "bigint",
  held: "bigint",
  stop_when: "text",
  watched: "text",
  pause_cause: "text",
});

const contentColumns = columnsOf({
  tenant_id: "text",
  campaign_id: "text",
  message: "text",
  original: "text",
  audience: "text",
});

/** Stores new campaigns without their deliveries. */
export async function insertCampaigns(
  db: Database,
  campaigns: readonly NewCampaign[],
): Promise<void> {
  await Promise.all([
    db.run(
      `INSERT INTO campaigns (${campaignColumns.names})
       SELECT ${campaignColumns.names} FROM ${campaignColumns.from(1, "s")} ORDER BY position`,
      ...campaignColumns.arrays(campaigns.map(rowOf)),
    ),
    db.run(
      `INSERT INTO campaign_contents (${contentColumns.names})
       SELECT ${contentColumns.names} FROM ${contentColumns.from(1, "s")}`,
      ...contentColumns.arrays(
        campaigns.map(({ campaign }) => ({
          tenant_id: campaign.tenantId,
          campaign_id: campaign.id,
          message: JSON.stringify(campaign.message),
          original: jsonOrNull(campaign.originalMessage),
          audience: JSON.stringify(campaign.audience),
        })),
      ),
    ),
  ]);
}

function rowOf({ campaign, closed }: NewCampaign) {
  const { expansion } = campaign;
  const [canaryLeft, held, watched] =
    closed.guards === null ? [campaign.canaryLeft, 0, null] : storedGuards(closed.guards);
  return {
    tenant_id: campaign.tenantId,
    campaign_id: campaign.id,
    bot_id: campaign.botId,
    kind: campaign.kind,
    change_of: campaign.changeOf,
    revision: campaign.revision,
    name: campaign.name,
    state: closed.state,
    topic: campaign.topic,
    priority: classRank(campaign.priority),
    send_at: campaign.sendAt,
    expires_at: campaign.expiresAt,
    recall_at: campaign.recallAt,
    recalled_at: campaign.recalledAt,
    on_uncertain: campaign.onUncertain,
    rate_per_second: campaign.ratePerSecond,
    expansion_part: expansion?.part ?? null,
    expansion_item: expansion?.item ?? null,
    expansion_after: expansion?.after ?? null,
    paused_from: closed.pause?.from ?? campaign.pausedFrom,
    created_at: campaign.createdAt,
    updated_at: closed.finishes ? campaign.createdAt : campaign.updatedAt,
    started_at: campaign.startedAt,
    finished_at: closed.finishes ? campaign.createdAt : campaign.finishedAt,
    pending: closed.pending,
    failed: closed.failed,
    skipped: closed.skipped,
    queue: closed.queue,
    next_due_at: closed.nextDueAt,
    canary: jsonOrNull(campaign.canary),
    canary_left: canaryLeft,
    held,
    stop_when: jsonOrNull(campaign.stopWhen),
    watched,
    pause_cause: jsonOrNull(closed.pause?.cause ?? campaign.pausedBecause),
  };
}

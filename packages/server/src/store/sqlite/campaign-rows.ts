import { classRank } from "../../domain/campaign.ts";
import type { CampaignId } from "../../domain/ids.ts";
import type { Campaign } from "../../engine/ports/store.ts";
import { type CampaignRow, campaignOf, selectCampaigns } from "../campaign-rows.ts";
import { jsonOrNull } from "../json-column.ts";
import type { Database } from "./database.ts";

/** The campaign with this id, or null. */
export function readCampaign(db: Database, id: CampaignId): Campaign | null {
  const row = db.get<CampaignRow>(`${selectCampaigns} WHERE c.campaign_id = ?`, id);
  return row === null ? null : campaignOf(row);
}

/** Stores a new campaign without deliveries; its counters are zero. */
export function insertCampaign(db: Database, campaign: Campaign): void {
  const { expansion } = campaign;
  db.run(
    `INSERT INTO campaigns (tenant_id, campaign_id, bot_id, kind, change_of, revision, name, state, topic, priority, send_at,
       expires_at, recall_at, recalled_at, on_uncertain, rate_per_second, expansion_part, expansion_item, expansion_after,
       paused_from, canary, canary_left, stop_when, pause_cause, created_at, updated_at, started_at, finished_at, entry)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
       (SELECT coalesce(max(entry), 0) + 1 FROM campaigns))`,
    campaign.tenantId,
    campaign.id,
    campaign.botId,
    campaign.kind,
    campaign.changeOf,
    campaign.revision,
    campaign.name,
    campaign.state,
    campaign.topic,
    classRank(campaign.priority),
    campaign.sendAt,
    campaign.expiresAt,
    campaign.recallAt,
    campaign.recalledAt,
    campaign.onUncertain,
    campaign.ratePerSecond,
    expansion?.part ?? null,
    expansion?.item ?? null,
    expansion?.after ?? null,
    campaign.pausedFrom,
    jsonOrNull(campaign.canary),
    campaign.canaryLeft,
    jsonOrNull(campaign.stopWhen),
    jsonOrNull(campaign.pausedBecause),
    campaign.createdAt,
    campaign.updatedAt,
    campaign.startedAt,
    campaign.finishedAt,
  );
  db.run(
    "INSERT INTO campaign_contents (tenant_id, campaign_id, message, original, audience) VALUES (?, ?, ?, ?, ?)",
    campaign.tenantId,
    campaign.id,
    JSON.stringify(campaign.message),
    jsonOrNull(campaign.originalMessage),
    JSON.stringify(campaign.audience),
  );
}

import { assert } from "../domain/assert.ts";
import { type CampaignKind, type CampaignState, classOfRank } from "../domain/campaign.ts";
import type { Canary } from "../domain/canary.ts";
import type { OnUncertain } from "../domain/delivery.ts";
import type { StopWhen } from "../domain/failure-watch.ts";
import type { BotId, CampaignId, TenantId } from "../domain/ids.ts";
import type { Message } from "../domain/message.ts";
import type { PauseCause } from "../domain/pause-cause.ts";
import type { Audience } from "../domain/target.ts";
import type { Campaign, ExpansionCursor } from "../engine/ports/store.ts";
import { jsonOf } from "./json-column.ts";

/** A campaign as stored, beside its counters. */
export interface CampaignRow {
  readonly tenant_id: TenantId;
  readonly campaign_id: CampaignId;
  readonly bot_id: BotId;
  readonly kind: CampaignKind;
  readonly change_of: CampaignId | null;
  readonly revision: number;
  readonly name: string;
  readonly state: CampaignState;
  readonly topic: string | null;
  readonly priority: number;
  readonly send_at: number | null;
  readonly expires_at: number | null;
  readonly recall_at: number | null;
  readonly recalled_at: number | null;
  readonly on_uncertain: OnUncertain;
  readonly rate_per_second: number | null;
  readonly expansion_part: ExpansionCursor["part"] | null;
  readonly expansion_item: number | null;
  readonly expansion_after: string | null;
  readonly paused_from: CampaignState | null;
  readonly canary: string | null;
  readonly canary_left: number | null;
  readonly stop_when: string | null;
  readonly pause_cause: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly message: string;
  readonly original: string | null;
  readonly audience: string;
}

/** The beginning of a statement that selects {@link CampaignRow}s; a `WHERE` on `c` follows. */
export const selectCampaigns = `
SELECT c.tenant_id, c.campaign_id, c.bot_id, c.kind, c.change_of, c.revision, c.name, c.state, c.topic, c.priority, c.send_at,
  c.expires_at, c.recall_at, c.recalled_at, c.on_uncertain, c.rate_per_second, c.expansion_part, c.expansion_item, c.expansion_after, c.paused_from,
  c.canary, c.canary_left, c.stop_when, c.pause_cause,
  c.created_at, c.updated_at, c.started_at, c.finished_at, t.message, t.original, t.audience
FROM campaigns c JOIN campaign_contents t ON t.tenant_id = c.tenant_id AND t.campaign_id = c.campaign_id`;

/** A stored row as the port shows it. */
export function campaignOf(row: CampaignRow): Campaign {
  const priority = classOfRank(row.priority);
  assert(priority !== undefined, `priority ${row.priority} of ${row.campaign_id}`);
  return {
    botId: row.bot_id,
    tenantId: row.tenant_id,
    id: row.campaign_id,
    kind: row.kind,
    changeOf: row.change_of,
    revision: row.revision,
    name: row.name,
    state: row.state,
    message: JSON.parse(row.message) as Message, // written by `JSON.stringify` of a message
    originalMessage: jsonOf<Message>(row.original),
    audience: JSON.parse(row.audience) as Audience, // likewise
    topic: row.topic,
    priority,
    sendAt: row.send_at,
    expiresAt: row.expires_at,
    recallAt: row.recall_at,
    recalledAt: row.recalled_at,
    onUncertain: row.on_uncertain,
    ratePerSecond: row.rate_per_second,
    expansion: cursorOf(row),
    pausedFrom: row.paused_from,
    canary: jsonOf<Canary>(row.canary),
    canaryLeft: row.canary_left,
    stopWhen: jsonOf<StopWhen>(row.stop_when),
    pausedBecause: jsonOf<PauseCause>(row.pause_cause),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

function cursorOf(row: CampaignRow): ExpansionCursor | null {
  if (row.expansion_part === null) return null;
  return { part: row.expansion_part, item: row.expansion_item ?? 0, after: row.expansion_after };
}

/** A campaign that paused by itself, as stored. */
export interface StoppedRow {
  readonly campaign_id: CampaignId;
  readonly pause_cause: string;
}

/** The same as the port shows it. */
export type StoppedCampaign = Pick<Campaign, "id" | "state" | "pausedBecause">;

/** A stored row as the port shows it. */
export function stoppedOf({ campaign_id, pause_cause }: StoppedRow): StoppedCampaign {
  return { id: campaign_id, state: "paused", pausedBecause: jsonOf<PauseCause>(pause_cause) };
}

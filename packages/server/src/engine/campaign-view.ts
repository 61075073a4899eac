import { isOver } from "../domain/campaign.ts";
import type { Attention, CampaignView } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Campaign } from "./ports/store.ts";

/** A campaign as shown: its row, its counters, and what this process measures of it. */
export async function viewOf(parts: EngineParts, row: Campaign): Promise<CampaignView> {
  const { ledger } = parts.store;
  const { counts, resent } = await ledger.counts(row.id);
  const reasons = await ledger.countsByCode(row.id);
  const isMoving = row.state === "sending" || row.state === "expanding";
  const { id, kind, name, state, message, audience, topic, priority, onUncertain } = row;
  return {
    id,
    kind,
    name,
    state,
    message,
    audience,
    topic,
    priority,
    onUncertain,
    counts,
    resent,
    ratePerSecond: isMoving ? parts.progress.perSecond(id) : 0,
    rateCap: row.ratePerSecond,
    etaSeconds: row.state === "sending" ? parts.progress.etaSeconds(id, counts) : null,
    reasons,
    attention: attentionOf(parts, row),
    sendAt: row.sendAt,
    expiresAt: row.expiresAt,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  };
}

function attentionOf(parts: EngineParts, { id, state, tenantId }: Campaign): Attention | null {
  if (isOver(state) || state === "draft" || state === "paused") return null;
  return (
    parts.planner.attention(id) ??
    parts.lanes.attention(tenantId) ??
    (state === "scheduled" ? null : parts.still.campaign(id))
  );
}

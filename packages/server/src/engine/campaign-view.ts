import { isChange, isOver } from "../domain/campaign.ts";
import { pauseCauseText } from "../domain/pause-cause.ts";
import type { Attention, CampaignView, CanaryView, ChangeView } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { jobAttention } from "./job-attention.ts";
import type { Campaign } from "./ports/store.ts";

/** A campaign as shown: its row, its counters, and what this process measures of it. */
export async function viewOf(parts: EngineParts, row: Campaign): Promise<CampaignView> {
  const { ledger } = parts.store;
  const { counts, resent, held } = await ledger.counts(row.id);
  const reasons = await ledger.countsByCode(row.id);
  const isMoving = row.state === "sending" || row.state === "expanding";
  const { id, kind, changeOf, name, state, message, audience, topic, onUncertain } = row;
  return {
    id,
    kind,
    changeOf,
    name,
    state,
    message,
    originalMessage: row.originalMessage,
    audience,
    topic,
    // Nobody chose that class, and it is shown nowhere: answers to people are notifications.
    priority: row.priority === "interactive" ? "urgent" : row.priority,
    onUncertain,
    counts,
    resent,
    canary: canaryViewOf(row, held),
    stopWhen: row.stopWhen,
    ratePerSecond: isMoving ? parts.progress.perSecond(id) : 0,
    rateCap: row.ratePerSecond,
    etaSeconds: row.state === "sending" ? parts.progress.etaSeconds(id, counts) : null,
    reasons,
    attention: await attentionOf(parts, row),
    sendAt: row.sendAt,
    expiresAt: row.expiresAt,
    recallAt: row.recallAt,
    recalledAt: row.recalledAt,
    changes: await changesOf(parts, row),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  };
}

/** The changes made to a campaign or notification, as it shows them. */
export async function changesOf(
  { store: { ledger } }: EngineParts,
  { id, revision, kind }: Campaign,
): Promise<readonly ChangeView[]> {
  if (revision === 0 || isChange(kind)) return [];
  const views: ChangeView[] = [];
  for (const change of await ledger.changesOf(id, changesMax))
    views.push({ ...change, reasons: await ledger.countsByCode(change.id) });
  return views;
}

const changesMax = 20;

/** Why a campaign stands still that paused by itself, or null. */
export function pauseAttention({
  state,
  pausedBecause,
}: Pick<Campaign, "state" | "pausedBecause">): Attention | null {
  if (state !== "paused" || pausedBecause === null) return null;
  const { code, at } = pausedBecause;
  return { code, detail: pauseCauseText(pausedBecause), since: at, retryAt: null };
}

function canaryViewOf({ canary, canaryLeft }: Campaign, held: number): CanaryView | null {
  if (canary === null) return null;
  const { then } = canary;
  return {
    count: "count" in canary ? canary.count : null,
    percent: "percent" in canary ? canary.percent : null,
    then,
    held,
    released: canaryLeft === null,
  };
}

async function attentionOf(parts: EngineParts, row: Campaign): Promise<Attention | null> {
  const { id, state, tenantId } = row;
  if (state === "paused") return pauseAttention(row);
  if (isOver(state) || state === "draft") return null;
  return (
    (await expansionAttention(parts, row)) ??
    parts.planner.attention ??
    parts.lanes.attention(tenantId) ??
    (state === "scheduled" ? null : parts.still.campaign(id))
  );
}

/** What stands in the way of its expansion, in whatever process that is. */
async function expansionAttention(
  { store }: EngineParts,
  { botId, id, state }: Campaign,
): Promise<Attention | null> {
  if (state !== "expanding" && state !== "scheduled") return null;
  const job = await store.jobs.find({ botId, kind: "expand", key: id });
  return job === null || job.note === null ? null : jobAttention(job.note, job.dueAt);
}

import { type CampaignId, campaignId, type TenantId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import type { Metrics } from "../domain/metrics.ts";
import type { CampaignCache } from "./campaign-cache.ts";
import { type ExpansionMemory, type ExpansionParts, expandCampaign } from "./expansion.ts";
import type { JobEnd, JobWork } from "./job-runner.ts";
import type { TakenJob } from "./ports/jobs.ts";
import type { Campaign, LedgerStore } from "./ports/store.ts";
import type { SteadyClock } from "./steady-clock.ts";

/** What the jobs of campaigns need. */
export interface CampaignJobParts {
  readonly clock: SteadyClock;
  readonly ledger: LedgerStore;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly campaigns: CampaignCache;
  /** What expanding in a tenant needs. */
  readonly expansionParts: (tenantId: TenantId) => ExpansionParts;
  /** Makes the recall of a campaign whose time has come. */
  readonly recallDue: (id: CampaignId) => Promise<void>;
  /** Says that a campaign's lane has work. */
  readonly wakeLane: (campaign: Campaign) => void;
  /** Told when a campaign's state changed. */
  readonly onMoved: (campaign: Campaign) => void;
  /** Told when a campaign's counts changed beside its lane. */
  readonly onCounted: (id: CampaignId) => void;
}

/** What is done in jobs for campaigns. Each goes on from what is in the store, so it may end anywhere and be done twice. */
export function campaignJobs(
  parts: CampaignJobParts,
): Readonly<Record<"expand" | "recall" | "cancel" | "expire" | "retry", JobWork>> {
  const memories = new Memories();
  return {
    expand: (job, isClosing) => expand(parts, { job, memories, isClosing }),
    recall: async (job) => {
      await parts.recallDue(campaignId(job.key));
      return { end: "done" };
    },
    cancel: (job, isClosing) => cancel(parts, campaignId(job.key), isClosing),
    retry: (job, isClosing) => retry(parts, campaignId(job.key), isClosing),
    expire: (_, isClosing) => expire(parts, isClosing),
  };
}

interface Expanding {
  readonly job: TakenJob;
  readonly memories: Memories;
  readonly isClosing: () => boolean;
}

async function expand(parts: CampaignJobParts, run: Expanding): Promise<JobEnd> {
  const { job, memories, isClosing } = run;
  const { ledger, expansionParts, log, onMoved } = parts;
  const id = campaignId(job.key);
  const campaign = await ledger.getCampaign(id);
  const open = campaign === null ? null : await opened(parts, campaign);
  if (open === null) {
    memories.forget(id);
    return { end: "done" };
  }
  const memory = memories.of(id);
  const end = await expandCampaign(expansionParts(open.tenantId), open, { memory, isClosing });
  if ("end" in end && end.end === "under-way")
    return { end: "again", dueAt: machineNow(parts) + end.waitMs, note: job.note };
  if ("waitMs" in end) {
    memory.failures += 1;
    const { code, detail } = end;
    const now = machineNow(parts);
    log.warn("campaign.stalled", { campaignId: id, code, detail });
    const note = { code, detail, since: job.note?.since ?? now };
    return { end: "again", dueAt: now + end.waitMs, note };
  }
  if (end.end === "stopped" && isClosing()) return { end: "stopped" };
  memories.forget(id);
  if (end.end === "complete") {
    log.info("campaign.expanded", { campaignId: id });
    onMoved(end.campaign);
  }
  return { end: "done" };
}

/** A scheduled campaign that is due is expanding from now on; null where there is nothing to expand, or not yet. */
async function opened(parts: CampaignJobParts, campaign: Campaign): Promise<Campaign | null> {
  const { id, state, sendAt } = campaign;
  if (state === "expanding") return campaign;
  const now = machineNow(parts);
  if (state !== "scheduled" || (sendAt ?? 0) > now) return null;
  const { ledger, onMoved } = parts;
  const moved = await ledger.moveCampaign({ id, from: ["scheduled"], to: "expanding", now });
  if (moved !== null) onMoved(moved);
  return moved;
}

async function cancel(
  parts: CampaignJobParts,
  id: CampaignId,
  isClosing: () => boolean,
): Promise<JobEnd> {
  const { ledger, clock, metrics, onCounted } = parts;
  while (!isClosing()) {
    const count = await ledger.cancelPending(id, rowsMax, machineNow(parts));
    if (count === 0) return { end: "done" };
    metrics.add("carillon_deliveries_ended_unsent_total", { why: "cancelled" }, count);
    onCounted(id);
    await clock.sleep(yieldMs);
  }
  return { end: "stopped" };
}

/** Carries out a retry that somebody asked for, a part at a time. */
async function retry(
  parts: CampaignJobParts,
  id: CampaignId,
  isClosing: () => boolean,
): Promise<JobEnd> {
  const { ledger, clock, onCounted, onMoved, wakeLane } = parts;
  while (!isClosing()) {
    const { retried, isDone } = await ledger.retryRows(id, rowsMax, clock.now());
    if (retried > 0) onCounted(id);
    const row = await ledger.getCampaign(id);
    if (row !== null && retried > 0 && row.state !== "paused") wakeLane(row);
    await clock.sleep(yieldMs);
    if (!isDone) continue;
    // Nobody was left who was meant.
    if (row?.state === "finished") onMoved(row);
    return { end: "done" };
  }
  return { end: "stopped" };
}

async function expire(parts: CampaignJobParts, isClosing: () => boolean): Promise<JobEnd> {
  const { ledger, clock, metrics, campaigns, onMoved } = parts;
  while (!isClosing()) {
    const count = await ledger.expirePending(machineNow(parts), rowsMax);
    if (count === 0) break;
    metrics.add("carillon_deliveries_ended_unsent_total", { why: "expired" }, count);
    await clock.sleep(yieldMs);
  }
  // A campaign whose last rows expired is finished, and nobody has said so yet.
  for (const id of campaigns.expired(machineNow(parts))) {
    const row = await ledger.getCampaign(id);
    if (row?.state === "finished") onMoved(row);
  }
  return { end: isClosing() ? "stopped" : "done" };
}

/** What people's instants are held against. */
function machineNow({ clock }: CampaignJobParts): number {
  return clock.machine(clock.now());
}

/** What this process remembers of expansions that it has begun; nothing that they could not do without. */
class Memories {
  readonly #known = new Map<CampaignId, ExpansionMemory>();

  of(id: CampaignId): ExpansionMemory {
    const memory = this.#known.get(id) ?? { failures: 0, restarts: 0 };
    this.#known.set(id, memory);
    const [oldest] = this.#known.keys();
    // It went on in another process, most likely.
    if (this.#known.size > memoriesMax && oldest !== undefined) this.#known.delete(oldest);
    return memory;
  }

  forget(id: CampaignId): void {
    this.#known.delete(id);
  }
}

const rowsMax = 2000;
const yieldMs = 1;
const memoriesMax = 1000;

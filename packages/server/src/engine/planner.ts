import { StoreError } from "../domain/errors.ts";
import type { CampaignId, TenantId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import type { Metrics } from "../domain/metrics.ts";
import { shown } from "./attention-shown.ts";
import type { CampaignCache } from "./campaign-cache.ts";
import type { Attention } from "./engine.ts";
import { type ExpansionMemory, type ExpansionParts, expandCampaign } from "./expansion.ts";
import type { Campaign, LedgerStore } from "./ports/store.ts";
import type { SteadyClock } from "./steady-clock.ts";
import { Waker } from "./stop-signal.ts";
import { StoreTrouble } from "./store-trouble.ts";

/** What the planner needs. */
export interface PlannerParts {
  readonly clock: SteadyClock;
  readonly ledger: LedgerStore;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly campaigns: CampaignCache;
  /** What expanding in a tenant needs. */
  readonly expansionParts: (tenantId: TenantId) => ExpansionParts;
  /** Says that a campaign's lane has work. */
  readonly wakeLane: (campaign: Campaign) => void;
  /** Told when a campaign's state changed. */
  readonly onMoved: (campaign: Campaign) => void;
  /** Told when a campaign's counts changed beside its lane. */
  readonly onCounted: (id: CampaignId) => void;
  readonly onAttention: (id: CampaignId | null, attention: Attention | null) => void;
}

/**
 * Looks twice a second, and whenever it is woken, for what has to be done beside the lanes: campaigns to expand, rows of
 * cancelled and expired campaigns to end, rows to retry. Everything it does is in the store, so it may end anywhere.
 */
export class Planner {
  readonly #parts: PlannerParts;
  readonly #waker: Waker;
  readonly #trouble = new StoreTrouble();
  readonly #expanding = new Map<CampaignId, Promise<void>>();
  readonly #memories = new Map<CampaignId, Memory>();
  #isClosing = false;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;

  constructor(parts: PlannerParts) {
    this.#parts = parts;
    this.#waker = new Waker(parts.clock);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  wake(): void {
    this.#waker.wake();
  }

  /** Ends after the step at hand. */
  async stop(): Promise<void> {
    this.#isClosing = true;
    this.#waker.wake();
    await this.#running;
    await Promise.all(this.#expanding.values());
  }

  /** What stands in the way of a campaign's expansion, or null. */
  attention(id: CampaignId): Attention | null {
    const attention = this.#memories.get(id)?.attention ?? this.#trouble.attention;
    return shown(this.#parts.clock, attention);
  }

  async #run(): Promise<void> {
    while (!this.#isClosing) {
      const now = this.#parts.clock.now();
      let next = now + everyMs;
      try {
        next = await this.#round(now);
        if (this.#trouble.passed()) this.#parts.onAttention(null, null);
      } catch (error) {
        const attention = this.#trouble.failed(error, now);
        this.#parts.onAttention(null, attention);
        next = this.#trouble.retryAt(now);
      }
      if (!this.#isClosing) await this.#waker.wait(next - this.#parts.clock.now());
    }
  }

  /** One look. Answers when the next is due. */
  async #round(now: number): Promise<number> {
    const { ledger, clock } = this.#parts;
    const campaigns = await ledger.campaignsToExpand(clock.machine(now), campaignsMax);
    this.#forget(campaigns);
    for (const campaign of campaigns) {
      if (this.#expanding.size >= expandingMax) break;
      this.#begin(campaign, now);
    }
    await this.#endCancelled();
    await this.#retryEnded();
    // A store that failed is not well because it can be read: the sweep, which writes, has to come through first.
    if (now - this.#sweptAt >= sweepMs || this.#trouble.attention !== null) {
      await this.#endExpired();
      this.#sweptAt = now;
    }
    const scheduledAt = await ledger.nextScheduledAt();
    const waitMs = (scheduledAt ?? Number.POSITIVE_INFINITY) - clock.machine(now);
    return now + Math.min(everyMs, Math.max(1, waitMs));
  }

  /** What stood in the way of a campaign that was paused or cancelled since does not any more. */
  #forget(campaigns: readonly Campaign[]): void {
    const open = new Set(campaigns.map(({ id }) => id));
    for (const id of this.#memories.keys())
      if (!open.has(id) && !this.#expanding.has(id)) this.#memories.delete(id);
  }

  #begin(campaign: Campaign, now: number): void {
    const { id } = campaign;
    const memory = this.#memories.get(id) ?? { failures: 0, restarts: 0, attention: null };
    if (this.#expanding.has(id) || (memory.attention?.retryAt ?? 0) > now) return;
    this.#memories.set(id, memory);
    const work = this.#expand(campaign, memory).finally(() => {
      this.#expanding.delete(id);
      this.#waker.wake();
    });
    this.#expanding.set(id, work);
  }

  async #expand(campaign: Campaign, memory: Memory): Promise<void> {
    const { id } = campaign;
    try {
      const open = await this.#opened(campaign);
      const end = open === null ? null : await this.#expandOpened(open, memory);
      if (end !== null && "waitMs" in end) {
        this.#stall(id, memory, end);
        return;
      }
      this.#memories.delete(id);
      if (memory.attention !== null) this.#parts.onAttention(id, null);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // The expansion goes on from its place once the store works again.
      const waitMs = Math.min(storeWaitMsMax, 250 * 2 ** memory.failures);
      this.#stall(id, memory, { code: error.code, detail: error.message, waitMs });
    }
  }

  #stall(id: CampaignId, memory: Memory, why: Stall): void {
    const { clock, log, onAttention } = this.#parts;
    const { code, detail, waitMs } = why;
    memory.failures += 1;
    const since = memory.attention?.since ?? clock.now();
    memory.attention = { code, detail, since, retryAt: clock.now() + waitMs };
    log.warn("campaign.stalled", { campaignId: id, code, detail });
    onAttention(id, memory.attention);
  }

  async #expandOpened(campaign: Campaign, memory: Memory) {
    const { expansionParts, log, onMoved } = this.#parts;
    const isClosing = () => this.#isClosing;
    const parts = expansionParts(campaign.tenantId);
    const end = await expandCampaign(parts, campaign, { memory, isClosing });
    if ("end" in end && end.end === "complete") {
      log.info("campaign.expanded", { campaignId: campaign.id });
      onMoved(end.campaign);
    }
    return end;
  }

  /** A scheduled campaign that is due is expanding from now on; null when somebody moved it in the meantime. */
  async #opened(campaign: Campaign): Promise<Campaign | null> {
    if (campaign.state === "expanding") return campaign;
    const { ledger, onMoved } = this.#parts;
    const now = this.#machineNow;
    const moved = await ledger.moveCampaign({
      id: campaign.id,
      from: ["scheduled"],
      to: "expanding",
      now,
    });
    if (moved !== null) onMoved(moved);
    return moved;
  }

  /** What people's instants are held against. */
  get #machineNow(): number {
    const { clock } = this.#parts;
    return clock.machine(clock.now());
  }

  async #endCancelled(): Promise<void> {
    const { ledger, clock, metrics, onCounted } = this.#parts;
    for (const id of await ledger.campaignsToCancel(campaignsMax)) {
      while (!this.#isClosing) {
        const count = await ledger.cancelPending(id, rowsMax, this.#machineNow);
        if (count === 0) break;
        metrics.add("carillon_deliveries_ended_unsent_total", { why: "cancelled" }, count);
        onCounted(id);
        await clock.sleep(1);
      }
    }
  }

  /** Carries out the retries that somebody asked for, a part of each at a time. */
  async #retryEnded(): Promise<void> {
    const { ledger } = this.#parts;
    for (const id of await ledger.campaignsToRetry(campaignsMax)) {
      const campaign = await ledger.getCampaign(id);
      if (campaign !== null && !(await this.#retryPart(campaign))) this.#waker.wake();
    }
  }

  /** Answers whether nothing of the campaign is left to be retried. */
  async #retryPart(campaign: Campaign): Promise<boolean> {
    const { ledger, clock, onCounted, onMoved, wakeLane } = this.#parts;
    const { id, state } = campaign;
    for (let walks = 0; walks < walksMax && !this.#isClosing; walks += 1) {
      const { retried, isDone } = await ledger.retryRows(id, rowsMax, clock.now());
      if (retried > 0) onCounted(id);
      if (retried > 0 && state !== "paused") wakeLane(campaign);
      await clock.sleep(1);
      if (!isDone) continue;
      const now = await ledger.getCampaign(id);
      // Nobody was left who was meant.
      if (now?.state === "finished") onMoved(now);
      return true;
    }
    return false;
  }

  async #endExpired(): Promise<void> {
    const { ledger, clock, metrics, campaigns, onMoved } = this.#parts;
    while (!this.#isClosing) {
      const count = await ledger.expirePending(this.#machineNow, rowsMax);
      if (count === 0) break;
      metrics.add("carillon_deliveries_ended_unsent_total", { why: "expired" }, count);
      await clock.sleep(1);
    }
    // A campaign whose last rows expired is finished, and nobody has said so yet.
    for (const id of campaigns.expired(this.#machineNow)) {
      const row = await ledger.getCampaign(id);
      if (row?.state === "finished") onMoved(row);
    }
  }
}

type Stall = Pick<Attention, "code" | "detail"> & { readonly waitMs: number };

interface Memory extends ExpansionMemory {
  attention: Attention | null;
}

const everyMs = 500;
const sweepMs = 2000;
const campaignsMax = 64;
const expandingMax = 8;
const rowsMax = 2000;
/** Other work has its turn after so many. */
const walksMax = 16;
const storeWaitMsMax = 10_000;

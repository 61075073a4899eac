import type { DeliveryCounts } from "../domain/delivery.ts";
import { StoreError } from "../domain/errors.ts";
import type { CampaignId } from "../domain/ids.ts";
import type { CampaignCache } from "./campaign-cache.ts";
import type { EngineEvent } from "./engine.ts";
import { Meter } from "./meter.ts";
import type { Clock } from "./ports/runtime.ts";
import type { LedgerStore, Settlement } from "./ports/store.ts";

export type EngineListener = (event: EngineEvent) => void;

/** Tells followers what changes, and measures how fast campaigns move. Bounded: a campaign at rest for a minute is forgotten. */
export class Progress {
  readonly #clock: Clock;
  readonly #ledger: LedgerStore;
  readonly #campaigns: CampaignCache;
  readonly #listeners = new Set<EngineListener>();
  readonly #meters = new Map<CampaignId, Meter>();
  readonly #changed = new Set<CampaignId>();
  #isTelling = false;

  constructor(clock: Clock, ledger: LedgerStore, campaigns: CampaignCache) {
    this.#clock = clock;
    this.#ledger = ledger;
    this.#campaigns = campaigns;
  }

  /** Answers how to stop listening. */
  subscribe(listener: EngineListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: EngineEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** Counts what a turn settled; followers hear of it within a quarter of a second, together with what comes until then. */
  settled(settlements: readonly Settlement[]): void {
    const now = this.#clock.now();
    for (const { campaignId, to } of settlements) {
      if (to.state === "pending") continue;
      this.#meter(campaignId).add(1, now);
      this.changed(campaignId);
    }
  }

  /** Says that a campaign's counts changed. */
  changed(id: CampaignId): void {
    if (this.#listeners.size === 0) return;
    this.#changed.add(id);
    if (!this.#isTelling) void this.#tellSoon();
  }

  /** Deliveries per second over the last seconds. */
  perSecond(id: CampaignId): number {
    return this.#meters.get(id)?.perSecond(this.#clock.now()) ?? 0;
  }

  /** Seconds until nothing is open, at the present speed; null when unknown or nothing is left. */
  etaSeconds(id: CampaignId, counts: DeliveryCounts): number | null {
    const left = counts.pending + counts.sending;
    const perSecond = this.perSecond(id);
    return left === 0 || perSecond === 0 ? null : Math.ceil(left / perSecond);
  }

  async #tellSoon(): Promise<void> {
    this.#isTelling = true;
    while (this.#changed.size > 0) {
      await this.#clock.sleep(everyMs);
      const ids = [...this.#changed];
      this.#changed.clear();
      for (const id of ids) await this.#tellCounts(id);
    }
    this.#isTelling = false;
  }

  async #tellCounts(id: CampaignId): Promise<void> {
    // A notification is told of when its state changes; thousands of them would drown a follower.
    if (this.#campaigns.peek(id)?.row.kind === "notification") return;
    try {
      const { counts } = await this.#ledger.counts(id);
      const etaSeconds = this.etaSeconds(id, counts);
      this.tell({ type: "progress", id, counts, ratePerSecond: this.perSecond(id), etaSeconds });
    } catch (error) {
      // The store's failure is told of by the lane; the counts come with the next change.
      if (!(error instanceof StoreError)) throw error;
    }
  }

  #meter(id: CampaignId): Meter {
    const known = this.#meters.get(id);
    if (known !== undefined) return known;
    if (this.#meters.size >= metersMax) this.#forget();
    const meter = new Meter();
    this.#meters.set(id, meter);
    return meter;
  }

  #forget(): void {
    const before = this.#clock.now() - restMs;
    for (const [id, meter] of this.#meters)
      if (meter.countedAt < before || this.#meters.size >= 2 * metersMax) this.#meters.delete(id);
  }
}

/** At most four times a second for one campaign. */
const everyMs = 250;
const metersMax = 1000;
const restMs = 60_000;

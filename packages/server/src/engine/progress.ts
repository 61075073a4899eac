import { type CampaignState, isOver } from "../domain/campaign.ts";
import { type DeliveryCounts, deliveryStates } from "../domain/delivery.ts";
import { StoreError } from "../domain/errors.ts";
import type { CampaignId } from "../domain/ids.ts";
import type { CampaignCache } from "./campaign-cache.ts";
import type { EngineEvent } from "./engine.ts";
import { Meter } from "./meter.ts";
import type { Clock } from "./ports/runtime.ts";
import type { CampaignGlance, LedgerStore, Settlement } from "./ports/store.ts";

export type EngineListener = (event: EngineEvent) => void;

/** Tells followers what changes, and measures how fast campaigns move. Bounded: a campaign at rest for a minute is forgotten. */
export class Progress {
  readonly #clock: Clock;
  readonly #ledger: LedgerStore;
  readonly #campaigns: CampaignCache;
  readonly #listeners = new Set<EngineListener>();
  /** How many follow one campaign. */
  readonly #followed = new Map<CampaignId, number>();
  readonly #meters = new Map<CampaignId, Meter>();
  readonly #changed = new Set<CampaignId>();
  /** What was told or seen last of campaigns that move, by whatever process. */
  readonly #known = new Map<CampaignId, Known>();
  #isTelling = false;

  constructor(clock: Clock, ledger: LedgerStore, campaigns: CampaignCache) {
    this.#clock = clock;
    this.#ledger = ledger;
    this.#campaigns = campaigns;
  }

  /** Answers how to stop listening. `campaign`: see `awaited`. */
  subscribe(listener: EngineListener, campaign?: CampaignId): () => void {
    this.#listeners.add(listener);
    if (campaign !== undefined) this.#follow(campaign, 1);
    return () => {
      if (this.#listeners.delete(listener) && campaign !== undefined) this.#follow(campaign, -1);
    };
  }

  /**
   * The campaigns whose end has to be told here, however soon it comes: those that somebody follows, and those that moved here last.
   * At most `limit` of each.
   */
  awaited(limit: number): ReadonlySet<CampaignId> {
    const moved = [...this.#known].filter(([, { state }]) => state !== null && !isOver(state));
    const ids = moved.map(([id]) => id).filter((id) => !this.#isNotification(id));
    const followed = [...this.#followed.keys()].slice(-limit);
    return new Set([...ids.slice(-limit), ...followed]);
  }

  tell(event: EngineEvent): void {
    if (event.type === "campaign") this.#knownOf(event.id).state = event.state;
    if (event.type === "progress") this.#knownOf(event.id).counts = event.counts;
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** Counts what a turn settled; followers hear of it within a quarter of a second, together with what comes until then. */
  settled(settlements: readonly Settlement[]): void {
    const now = this.#clock.now();
    for (const { campaignId, to } of settlements) {
      if (to.state === "pending") continue;
      this.#meter(campaignId).add(1, now);
      this.#knownOf(campaignId).own += 1;
      this.changed(campaignId);
    }
  }

  /**
   * Takes what the store says of a campaign, tells what nobody here has told yet, and counts what other processes settled since
   * the last time. At the `isFirst` look nothing is news.
   */
  saw({ id, state, counts }: CampaignGlance, { isFirst }: { readonly isFirst: boolean }): void {
    const known = this.#knownOf(id);
    const done = counts.total - counts.pending - counts.sending;
    const others = done - (known.done ?? done) - known.own;
    // What moves here is told of here, at its own pace.
    const isOurs = known.own > 0 || this.#changed.has(id);
    known.done = done;
    known.own = 0;
    if (others > 0) this.#meter(id).add(others, this.#clock.now());
    const hasMoved = known.state !== state;
    const isCounted = known.counts === null || !isSame(known.counts, counts);
    if (isFirst) Object.assign(known, { state, counts });
    if (!isFirst && isCounted && !isOurs) {
      const etaSeconds = this.etaSeconds(id, counts);
      this.tell({ type: "progress", id, counts, ratePerSecond: this.perSecond(id), etaSeconds });
    }
    if (!isFirst && hasMoved) this.tell({ type: "campaign", id, state });
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
    if (this.#isNotification(id)) return;
    try {
      const { counts } = await this.#ledger.counts(id);
      const etaSeconds = this.etaSeconds(id, counts);
      this.tell({ type: "progress", id, counts, ratePerSecond: this.perSecond(id), etaSeconds });
    } catch (error) {
      // The store's failure is told of by the lane; the counts come with the next change.
      if (!(error instanceof StoreError)) throw error;
    }
  }

  #isNotification(id: CampaignId): boolean {
    return this.#campaigns.peek(id)?.row.kind === "notification";
  }

  #follow(id: CampaignId, more: 1 | -1): void {
    const count = (this.#followed.get(id) ?? 0) + more;
    if (count === 0) this.#followed.delete(id);
    else this.#followed.set(id, count);
  }

  #knownOf(id: CampaignId): Known {
    const before = this.#known.get(id);
    // To the end of the map, whose order is the order of last use.
    this.#known.delete(id);
    const known = before ?? { state: null, counts: null, done: null, own: 0 };
    this.#known.set(id, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= knownMax) break;
      this.#known.delete(oldest);
    }
    return known;
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

interface Known {
  state: CampaignState | null;
  counts: DeliveryCounts | null;
  /** How many deliveries were over at the last look. */
  done: number | null;
  /** Of those that are over since, how many this process settled. */
  own: number;
}

function isSame(one: DeliveryCounts, other: DeliveryCounts): boolean {
  return deliveryStates.every((state) => one[state] === other[state]);
}

/** At most four times a second for one campaign. */
const everyMs = 250;
const metersMax = 1000;
const knownMax = 1000;
const restMs = 60_000;

import { StoreError } from "../domain/errors.ts";
import type { BotId, CampaignId } from "../domain/ids.ts";
import type { CampaignCache } from "./campaign-cache.ts";
import type { Lanes } from "./lanes.ts";
import type { Planner } from "./planner.ts";
import type { Clock } from "./ports/runtime.ts";
import type { Campaign } from "./ports/store.ts";
import type { Wake, WakeSource } from "./ports/wakes.ts";
import type { StoreFollower } from "./store-follower.ts";

/** What is done at once when another process tells of something. */
export interface StoreWakesParts {
  readonly botId: BotId;
  readonly clock: Clock;
  readonly campaigns: CampaignCache;
  readonly lanes: Pick<Lanes, "hear" | "hearAll">;
  readonly planner: Pick<Planner, "wake">;
  readonly follower: Pick<StoreFollower, "wake">;
  /** Told of a campaign that another process moved or edited. */
  readonly onMoved: (campaign: Campaign) => void;
}

/**
 * Takes up at once what other processes tell of, for those stores in which they can. It only looks sooner: whatever is not told is
 * found by whoever looks, and what cannot be read now is read then.
 */
export class StoreWakes {
  readonly #parts: StoreWakesParts;
  /** Campaigns that were moved and are not read yet; bounded, because beyond `movedMax` everything is looked at. */
  readonly #moved = new Set<CampaignId>();
  #isMissing = false;
  #reading: Promise<void> | null = null;
  #stop = () => {};

  constructor(parts: StoreWakesParts) {
    this.#parts = parts;
  }

  start(source: WakeSource | null): void {
    if (source !== null) this.#stop = source.watch((wake) => this.#hear(wake));
  }

  /** Hears nothing more, and ends what was begun. */
  async stop(): Promise<void> {
    this.#stop();
    this.#moved.clear();
    this.#isMissing = false;
    await this.#reading;
  }

  #hear(wake: Wake): void {
    if (wake.kind === "all") this.#missed();
    else if (wake.botId !== this.#parts.botId) return;
    else if (wake.kind === "work") this.#parts.lanes.hear(wake.tenantId, wake.urgent);
    else if (this.#moved.size >= movedMax) this.#missed();
    else {
      this.#moved.add(wake.id);
      this.#look();
    }
  }

  #missed(): void {
    this.#moved.clear();
    this.#isMissing = true;
    this.#parts.lanes.hearAll();
    this.#look();
  }

  #look(): void {
    const { planner, follower } = this.#parts;
    planner.wake();
    follower.wake();
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
  }

  async #read(): Promise<void> {
    const { campaigns, clock, onMoved } = this.#parts;
    try {
      while (this.#isMissing || this.#moved.size > 0) {
        if (this.#isMissing) {
          this.#isMissing = false;
          for (const { row } of await campaigns.refresh(clock.now(), 0)) onMoved(row);
        }
        for (const id of this.#moved) {
          this.#moved.delete(id);
          const row = await campaigns.readMoved(id, clock.now());
          if (row !== null) onMoved(row);
        }
      }
    } catch (error) {
      // The lanes tell of the store's failure; they read the campaigns of what they send again before long.
      if (!(error instanceof StoreError)) throw error;
    }
  }
}

const movedMax = 256;

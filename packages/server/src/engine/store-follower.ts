import { StoreError } from "../domain/errors.ts";
import type { BotId, CampaignId } from "../domain/ids.ts";
import type { Clock } from "./ports/runtime.ts";
import type { LedgerStore } from "./ports/store.ts";
import type { Progress } from "./progress.ts";
import { Waker } from "./stop-signal.ts";

/** What the follower needs. */
export interface StoreFollowerParts {
  readonly clock: Clock;
  readonly ledger: LedgerStore;
  readonly progress: Progress;
  readonly botId: BotId;
}

/**
 * Looks once a second how the campaigns under way stand in the store, and tells of what other processes did to them; so that
 * whoever follows here sees what is sent elsewhere. It changes nothing.
 */
export class StoreFollower {
  readonly #parts: StoreFollowerParts;
  readonly #waker: Waker;
  /** Those under way at the last look; null before the first. */
  #seen: ReadonlySet<CampaignId> | null = null;
  #isClosing = false;
  #running: Promise<void> | null = null;

  constructor(parts: StoreFollowerParts) {
    this.#parts = parts;
    this.#waker = new Waker(parts.clock);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Looks now. */
  wake(): void {
    this.#waker.wake();
  }

  /** Ends after the look at hand. */
  async stop(): Promise<void> {
    this.#isClosing = true;
    this.#waker.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isClosing) {
      try {
        await this.#look();
      } catch (error) {
        // Lanes and planner tell of the store's failure; what was missed is seen at the next look.
        if (!(error instanceof StoreError)) throw error;
      }
      if (!this.#isClosing) await this.#waker.wait(everyMs);
    }
  }

  async #look(): Promise<void> {
    const { ledger, progress, botId } = this.#parts;
    const before = this.#seen;
    // Asked before the store is: what moves here meanwhile is told of here.
    const awaited = progress.awaited(campaignsMax);
    const glances = await ledger.campaignsUnderWay(botId, campaignsMax);
    const now = new Set(glances.map(({ id }) => id));
    for (const glance of glances) progress.saw(glance, { isFirst: before === null });
    for (const id of new Set([...(before ?? []), ...awaited]))
      if (!now.has(id)) await this.#lookAtEnd(id);
    this.#seen = now;
  }

  /** What is not under way is over, or was not started, or stands behind too many newer ones. */
  async #lookAtEnd(id: CampaignId): Promise<void> {
    const { ledger, progress } = this.#parts;
    const row = await ledger.getCampaign(id);
    if (row === null) return;
    const { counts } = await ledger.counts(id);
    progress.saw({ id, state: row.state, counts }, { isFirst: false });
  }
}

const everyMs = 1000;
/** The newest; what stands behind them is told of by the process that sends it, and by who asks for it. */
const campaignsMax = 100;

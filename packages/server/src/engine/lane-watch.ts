import { StoreError } from "../domain/errors.ts";
import type { BotId, TenantId, WorkerId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import { lookMs, silentLooks } from "./lease-times.ts";
import type { Processes } from "./ports/processes.ts";
import type { Clock } from "./ports/runtime.ts";
import type { LaneHolder, LedgerStore } from "./ports/store.ts";
import { Waker } from "./stop-signal.ts";
import { StoreTrouble } from "./store-trouble.ts";

/** What the watch needs. */
export interface LaneWatchParts {
  readonly clock: Clock;
  readonly ledger: LedgerStore;
  readonly log: Log;
  readonly processes: Processes;
  readonly worker: WorkerId;
  /** Told of a lane with work that is nobody's, or our own. */
  readonly onOpen: (tenantId: TenantId) => void;
  /** Told of a lane whose holder works on it no more; `isSilent`: it has not for as long as a lease. */
  readonly onLeft: (tenantId: TenantId, holder: LaneHolder, isSilent: boolean) => void;
}

/**
 * Looks at the lanes that there is work in, twice a second: so that one that is nobody's is taken, one whose holder is dead or
 * silent changes hands, and work that another process stored is found. One query for all lanes, however many others hold.
 */
export class LaneWatch {
  readonly #parts: LaneWatchParts;
  readonly #botId: BotId;
  readonly #waker: Waker;
  readonly #trouble = new StoreTrouble();
  #seen = new Map<TenantId, Sighting>();
  #isClosing = false;
  #running: Promise<void> | null = null;

  constructor(parts: LaneWatchParts, botId: BotId) {
    this.#parts = parts;
    this.#botId = botId;
    this.#waker = new Waker(parts.clock);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends after the look at hand. */
  async stop(): Promise<void> {
    this.#isClosing = true;
    this.#waker.wake();
    await this.#running;
  }

  /** Whether another process held the lane at the last look. */
  isHeldElsewhere(tenantId: TenantId): boolean {
    return this.#seen.has(tenantId);
  }

  /**
   * Looks for lanes that are nobody's or our own, between two looks. Those of others are left to the looks themselves, which are counted.
   */
  async lookBetween(): Promise<void> {
    const { ledger, onOpen } = this.#parts;
    try {
      for (const { tenantId, holder } of await ledger.openLanes(this.#botId))
        if (!this.#isAnothers(holder) && !this.#isClosing) onOpen(tenantId);
    } catch (error) {
      // The next look tells of it.
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** Looks once. Throws `StoreError`. */
  async look(): Promise<void> {
    const { ledger, onOpen, onLeft } = this.#parts;
    const lanes = await ledger.openLanes(this.#botId);
    if (this.#isClosing) return;
    const ended = new Map<WorkerId, boolean>();
    const seen = new Map<TenantId, Sighting>();
    for (const { tenantId, holder } of lanes) {
      if (!this.#isAnothers(holder)) onOpen(tenantId);
      else {
        const sighting = sightingOf(holder, this.#seen.get(tenantId));
        seen.set(tenantId, sighting);
        const isSilent = sighting.looks >= silentLooks;
        if (isSilent || this.#hasEnded(holder.worker, ended)) onLeft(tenantId, holder, isSilent);
      }
    }
    this.#seen = seen;
  }

  #isAnothers(holder: LaneHolder | null): holder is LaneHolder {
    return holder !== null && holder.worker !== this.#parts.worker;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    while (!this.#isClosing) {
      let waitMs = lookMs;
      try {
        await this.look();
        if (this.#trouble.passed()) log.info("store.recovered");
      } catch (error) {
        const now = clock.now();
        const { code, detail } = this.#trouble.failed(error, now);
        log.error("store.failed", { code, detail });
        waitMs = this.#trouble.retryAt(now) - now;
      }
      if (!this.#isClosing) await this.#waker.wait(waitMs);
    }
  }

  /** Asked once for each worker and look, however many lanes it holds. */
  #hasEnded(worker: WorkerId, known: Map<WorkerId, boolean>): boolean {
    const before = known.get(worker);
    if (before !== undefined) return before;
    const ended = this.#parts.processes.hasEnded(worker);
    known.set(worker, ended);
    return ended;
  }
}

/** A holder as it was seen, and in how many looks in a row. */
interface Sighting {
  readonly holder: LaneHolder;
  readonly looks: number;
}

function sightingOf(holder: LaneHolder, before: Sighting | undefined): Sighting {
  const isSame =
    before !== undefined &&
    before.holder.worker === holder.worker &&
    before.holder.fence === holder.fence &&
    before.holder.turn === holder.turn;
  return { holder, looks: isSame ? before.looks + 1 : 1 };
}

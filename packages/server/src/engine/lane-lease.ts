import type { Signal } from "../domain/signal.ts";
import type { LaneParts } from "./lane-parts.ts";
import { leaseMs } from "./lease-times.ts";
import type { LaneHold, LaneHolder, Scope } from "./ports/store.ts";

/** What a worker had in hand when it found that another holds its lane. */
export interface LostWork {
  /** Deliveries that it had claimed, and of which nothing of its own is in the ledger any more. */
  readonly deliveries: number;
  /** Of them, those whose end was known and is not written. */
  readonly settlements: number;
  /** How many requests it may have made for them. The next holder found the rows in flight, so they are `uncertain` there. */
  readonly requests: number;
}

/** Totals of what became of holds that another process ended, since this process started. */
export interface LaneLosses {
  readonly holds: number;
  /** Settlements that the ledger did not take: of holds that were lost, and of rows that were claimed by another. */
  readonly settlements: number;
}

/** A worker's hold of one lane: taken, cleared of what an earlier holder left, and given back. */
export class LaneLease {
  readonly #scope: Scope;
  readonly #parts: LaneParts;
  #hold: LaneHold | null = null;
  #losses: LaneLosses = { holds: 0, settlements: 0 };

  constructor(scope: Scope, parts: LaneParts) {
    this.#scope = scope;
    this.#parts = parts;
  }

  get hold(): LaneHold | null {
    return this.#hold;
  }

  get losses(): LaneLosses {
    return this.#losses;
  }

  /**
   * Takes the lane and recovers it, also from a holder who works on it no more. Answers null when another worker holds it, else
   * until when requests of the last holder count, or null where that is not known; and when its last turn was, or null where nothing
   * waits for an instant. Throws `StoreError`.
   */
  async take(
    closing: Signal,
    from: LaneHolder | null,
  ): Promise<{ readonly leftUntil: number | null; readonly turnedAt: number | null } | null> {
    const { ledger, clock, worker, log } = this.#parts;
    const scope = this.#scope;
    const { tenantId } = scope;
    const leaseUntil = clock.now() + leaseMs;
    const got = await ledger.acquireLane({ scope, worker, leaseUntil, ...(from && { from }) });
    if ("holder" in got) return null;
    const { hold, leftUntil } = got;
    this.#hold = hold;
    log.info("lane.acquired", { tenantId, fence: hold.fence, from: from?.worker });
    // What is due by a clock that was set back since, before this process began, would wait for that time to come again.
    const turnedAt = await ledger.laneTurnedAt(scope);
    if (turnedAt !== null) clock.catchUp(turnedAt);
    await this.#recover(hold, closing);
    await this.#parts.serviceUrls.find(scope);
    return { leftUntil, turnedAt };
  }

  /** Another worker has it. */
  lose({ deliveries, settlements, requests }: LostWork): void {
    const { tenantId } = this.#scope;
    const fence = this.#hold?.fence ?? null;
    this.#parts.log.warn("lane.lost", { tenantId, fence, deliveries, settlements, requests });
    this.#losses = {
      holds: this.#losses.holds + 1,
      settlements: this.#losses.settlements + settlements,
    };
    this.#hold = null;
  }

  /** Counts settlements of a committed turn that were of rows claimed by another. */
  ignore(settlements: number): void {
    if (settlements === 0) return;
    const { tenantId } = this.#scope;
    this.#parts.log.warn("lane.ignored", { tenantId, settlements });
    this.#losses = { ...this.#losses, settlements: this.#losses.settlements + settlements };
  }

  /**
   * Gives the lane back, in which requests made so far count until `leftUntil`; throws `StoreError`, and holds it no longer all
   * the same: the lease runs out by itself.
   */
  async release(leftUntil: number): Promise<void> {
    const hold = this.#hold;
    this.#hold = null;
    if (hold !== null) await this.#parts.ledger.releaseLane(hold, leftUntil);
  }

  async #recover(hold: LaneHold, closing: Signal): Promise<void> {
    const { ledger, clock, log } = this.#parts;
    let resent = 0;
    let held = 0;
    while (!closing.aborted) {
      const some = await ledger.recoverLane(hold, recoverMax, clock.now());
      resent += some.resent;
      held += some.held;
      this.#parts.onStopped(some);
      if (some.resent + some.held === 0) break;
    }
    const { tenantId } = this.#scope;
    if (resent + held > 0) log.warn("lane.recovered", { tenantId, resent, held });
  }
}

/** Rows by one transaction, so that no one of them holds up the process. */
const recoverMax = 500;

import type { Signal } from "../domain/signal.ts";
import type { LaneParts } from "./lane-parts.ts";
import { leaseMs } from "./lane-schedule.ts";
import type { LaneHold, Scope } from "./ports/store.ts";

/** A worker's hold of one lane: taken, cleared of what an earlier holder left, and given back. */
export class LaneLease {
  readonly #scope: Scope;
  readonly #parts: LaneParts;
  #hold: LaneHold | null = null;

  constructor(scope: Scope, parts: LaneParts) {
    this.#scope = scope;
    this.#parts = parts;
  }

  get hold(): LaneHold | null {
    return this.#hold;
  }

  /** Takes the lane and recovers it. Answers false when another worker holds it; throws `StoreError`. */
  async take(closing: Signal): Promise<boolean> {
    const { ledger, clock, worker, log } = this.#parts;
    const { tenantId } = this.#scope;
    const now = clock.now();
    const hold = await ledger.acquireLane(this.#scope, worker, now, now + leaseMs);
    if (hold === null) return false;
    this.#hold = hold;
    log.info("lane.acquired", { tenantId, fence: hold.fence });
    await this.#recover(hold, closing);
    await this.#parts.serviceUrls.find(this.#scope);
    return true;
  }

  /** Another worker has it. */
  lose(): void {
    const { tenantId } = this.#scope;
    this.#parts.log.warn("lane.lost", { tenantId, fence: this.#hold?.fence ?? null });
    this.#hold = null;
  }

  /** Gives the lane back; throws `StoreError`, and holds it no longer all the same: the lease runs out by itself. */
  async release(): Promise<void> {
    const hold = this.#hold;
    this.#hold = null;
    if (hold !== null) await this.#parts.ledger.releaseLane(hold);
  }

  async #recover(hold: LaneHold, closing: Signal): Promise<void> {
    const { ledger, clock, log } = this.#parts;
    let resent = 0;
    let held = 0;
    while (!closing.aborted) {
      const some = await ledger.recoverLane(hold, recoverMax, clock.now());
      resent += some.resent;
      held += some.held;
      if (some.resent + some.held === 0) break;
    }
    const { tenantId } = this.#scope;
    if (resent + held > 0) log.warn("lane.recovered", { tenantId, resent, held });
  }
}

/** Rows by one transaction, so that no one of them holds up the process. */
const recoverMax = 500;

import type { SlotAsk, TurnNews } from "./ports/slot-store.ts";
import type { Traffic } from "./traffic.ts";

/**
 * The slots that the holder of a lane lends to other processes. A request that another process asks for is let in like one of
 * our own, and granted with the next turn. We do not know when it will start, so it counts in our budget from now until the
 * last instant at which it may: the other process gives up a slot that it has not used {@link usableMs} after it was granted.
 *
 * The pacer counts a lent slot at `now + lentMs`, and lets nothing start that would be one too many with it until a window
 * after that. So there are never more starts in a window than the budget, whenever in between the lent one comes; and a slot
 * costs {@link lentCost} starts of our own at most. What is lent costs {@link lentShare} of the budget in the long run, so that
 * deliveries go on however much others ask.
 */
export class LaneLoans {
  readonly #traffic: Traffic;
  readonly #onGrant: () => void;
  /** Asks that wait to be let in, or were and are not granted yet. */
  readonly #asks = new Set<string>();
  #grants: Grant[] = [];
  #lent = 0;
  /** From when on others may be lent. */
  #nextAt = Number.NEGATIVE_INFINITY;

  /** `onGrant` is told when a turn has something to grant. */
  constructor(traffic: Traffic, onGrant: () => void) {
    this.#traffic = traffic;
    this.#onGrant = onGrant;
  }

  /** Whether a turn has something to grant. */
  get hasGrants(): boolean {
    return this.#grants.length > 0;
  }

  /** Whether other processes wait for us, or may have to tell us something. */
  get isLending(): boolean {
    return this.#asks.size > 0 || this.#lent > 0;
  }

  /** Takes note of what a turn heard. */
  heard({ asks, lent }: TurnNews): void {
    this.#lent = lent;
    // A lane that is halted is tried by its own probes.
    if (this.#traffic.circuit.isHalted) return;
    for (const ask of asks) if (!this.#asks.has(ask.id) && this.#mayLend()) void this.#letIn(ask);
  }

  /** What a turn grants now: what was let in so long ago that it may not be used in time is asked for anew. */
  take(): readonly Grant[] {
    const now = this.#traffic.now();
    const grants = this.#grants;
    this.#grants = [];
    for (const { id } of grants) this.#asks.delete(id);
    return grants.filter(({ at }) => now - at < grantWithinMs);
  }

  /** The turn that granted these is committed. */
  granted(grants: readonly Grant[]): void {
    const now = this.#traffic.now();
    this.#lent += grants.length;
    // A commit that took long lets a slot be used later than it was counted for.
    for (const { at } of grants)
      if (now + usableMs > at + lentMs) this.#traffic.pacer.take(now, now + usableMs);
  }

  /** The lane is not ours any more. */
  drop(): void {
    this.#asks.clear();
    this.#grants = [];
    this.#lent = 0;
  }

  /** The time in which the lane may start as many as a slot costs, stretched to what is lent of it. */
  get #everyMs(): number {
    const { ceiling } = this.#traffic.pacer;
    return ceiling === 0 ? 0 : (1000 * lentCost) / (ceiling * lentShare);
  }

  #mayLend(): boolean {
    return this.#asks.size < asksMax && this.#nextAt <= this.#traffic.now();
  }

  async #letIn(ask: SlotAsk): Promise<void> {
    this.#asks.add(ask.id);
    const isIn = await this.#traffic.outside.lend(ask, lentMs);
    if (isIn) this.#nextAt = Math.max(this.#nextAt, this.#traffic.now()) + this.#everyMs;
    // The lane may have been lost meanwhile, or the ask forgotten.
    if (!isIn || !this.#asks.has(ask.id)) {
      this.#asks.delete(ask.id);
      return;
    }
    this.#grants.push({ id: ask.id, at: this.#traffic.now() });
    this.#onGrant();
  }
}

/** An ask that was let in, and when. */
export interface Grant {
  readonly id: string;
  readonly at: number;
}

/** So long after it was granted a slot may be used. */
export const usableMs = 400;
/** So long a slot is counted as not used yet: what it takes to grant it, and to use it. */
const lentMs = 1000;
const lentCost = (1000 + lentMs) / 1000;
const lentShare = 0.25;
/** What was let in is granted so soon, or not at all. */
const grantWithinMs = 300;
/** Asks of other processes that are let in at a time. */
const asksMax = 4;

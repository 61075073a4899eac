import { assert } from "../domain/assert.ts";
import { type Priority, priorityRank } from "../domain/campaign.ts";
import type { CampaignId } from "../domain/ids.ts";
import type { Circuit } from "./circuit.ts";
import type { Pacer } from "./pacer.ts";
import type { Clock } from "./ports/runtime.ts";
import { StopSignal } from "./stop-signal.ts";

/** A request that wants to start. */
export interface Entry {
  readonly priority: Priority;
  /** Whose delivery it is for; null for requests outside deliveries, such as rosters: they need no hold of the lane. */
  readonly campaignId: CampaignId | null;
  /** The campaign's own cap. */
  readonly cap: Pacer | null;
}

/** `released`: it must not start now; give the delivery back. */
export type Verdict = "go" | "probe" | "released";

/**
 * The door through which every request of a lane goes: it opens as the pacer, the circuit, the campaign's own cap and the
 * limit on requests in flight allow, to the most urgent first, and among equals to the one that came first. No slot is given
 * ahead of its time, so an urgent request takes the very next one; and nobody is let in who would still have to wait for a
 * token. One timer serves all who wait.
 */
export class Admission {
  readonly #clock: Clock;
  readonly #pacer: Pacer;
  readonly #circuit: Circuit;
  readonly #prepare: () => Promise<void> | null;
  #isPreparing = false;
  readonly #inFlightMax: number;
  /** By priority; the last holds requests outside deliveries, so that they do not stand behind deliveries of a lane not held. */
  readonly #queues: readonly Waiter[][] = [[], [], [], []];
  /** Those under a cap of their own, by campaign. */
  readonly #capped = new Map<CampaignId, Waiter[]>();
  /** Until when deliveries may start: as long as the lane is ours and the store takes what we write. */
  #deliveriesUntil = Number.NEGATIVE_INFINITY;
  #inFlight = 0;
  #isClosed = false;
  #count = 0;
  #armedAt = Number.POSITIVE_INFINITY;
  #armed: StopSignal | null = null;

  constructor(
    parts: {
      readonly clock: Clock;
      readonly pacer: Pacer;
      readonly circuit: Circuit;
      /** Null where a request has all it needs; else nothing starts until it resolves. */
      readonly prepare: () => Promise<void> | null;
    },
    options: { readonly inFlightMax: number },
  ) {
    this.#clock = parts.clock;
    this.#pacer = parts.pacer;
    this.#circuit = parts.circuit;
    this.#prepare = parts.prepare;
    this.#inFlightMax = options.inFlightMax;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many wait, but for those that wait for their campaign's own cap. */
  get waiting(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.length, 0);
  }

  /** How many of a capped campaign wait. */
  waitingOf(campaignId: CampaignId): number {
    return this.#capped.get(campaignId)?.length ?? 0;
  }

  /** Starts a request at once where nothing stands against it and nobody waits; null where it has to wait. */
  tryStart(entry: Entry): Verdict | null {
    if (this.#isClosed || this.waiting > 0 || this.#capped.size > 0) return null;
    const now = this.#clock.now();
    if (this.#inFlight >= this.#inFlightMax || !this.#mayStart(entry, now)) return null;
    if (Math.max(this.#pacer.nextAt(now), this.#circuit.nextAt(now)) > now) return null;
    if (entry.cap !== null && entry.cap.nextAt(now) > now) return null;
    if (!this.#isPrepared()) return null;
    return this.#begin(entry, now);
  }

  /** Waits for its turn. After `go` or `probe` the caller makes its request at once, and calls `ended`. */
  start(entry: Entry): Promise<Verdict> {
    if (this.#isClosed) return Promise.resolve("released");
    return new Promise((resolve) => {
      this.#count += 1;
      const waiter: Waiter = { entry, order: this.#count, resolve };
      this.#queueOf(entry).push(waiter);
      this.pump();
    });
  }

  /** A request that had started is over. */
  ended(): void {
    this.#inFlight -= 1;
    this.pump();
  }

  /** Lets deliveries start until `at`; an instant in the past stops them, and those that wait go on waiting. */
  allowDeliveriesUntil(at: number): void {
    this.#deliveriesUntil = at;
    this.pump();
  }

  /** Gives back the deliveries that wait: all of them, or one campaign's. */
  release(campaignId?: CampaignId): void {
    const isMeant = ({ entry }: Waiter) =>
      entry.campaignId !== null && (campaignId === undefined || entry.campaignId === campaignId);
    for (const queue of this.#queues) releaseFrom(queue, isMeant);
    for (const [id, queue] of this.#capped) {
      releaseFrom(queue, isMeant);
      if (queue.length === 0) this.#capped.delete(id);
    }
  }

  /** Lets nothing start any more, and gives back everything that waits. */
  close(): void {
    this.#isClosed = true;
    for (const queue of [...this.#queues, ...this.#capped.values()]) releaseFrom(queue, () => true);
    this.#capped.clear();
  }

  /** Starts whoever may start now, and sets the timer for the next. */
  pump(): void {
    for (;;) {
      if (this.#inFlight >= this.#inFlightMax) return;
      const now = this.#clock.now();
      const next = this.#next(now);
      if (next === null) return;
      const at = Math.max(this.#pacer.nextAt(now), this.#circuit.nextAt(now), next.at);
      if (at > now) {
        this.#arm(at, now);
        return;
      }
      if (!this.#isPrepared()) return;
      next.queue.shift();
      if (next.queue.length === 0 && next.waiter.entry.cap !== null) this.#dropCapped(next.queue);
      next.waiter.resolve(this.#begin(next.waiter.entry, now));
    }
  }

  /** Whether a request that starts now waits for nothing more. If not, that is made ready, and then the door is looked at again. */
  #isPrepared(): boolean {
    if (this.#isPreparing) return false;
    const preparing = this.#prepare();
    if (preparing === null) return true;
    this.#isPreparing = true;
    void preparing.then(() => {
      this.#isPreparing = false;
      this.pump();
    });
    return false;
  }

  #queueOf(entry: Entry): Waiter[] {
    const { campaignId } = entry;
    if (campaignId === null || entry.cap === null) {
      const queue = this.#queues[campaignId === null ? 3 : priorityRank(entry.priority)];
      assert(queue !== undefined, "a queue for each priority");
      return queue;
    }
    const capped = this.#capped.get(campaignId) ?? [];
    this.#capped.set(campaignId, capped);
    return capped;
  }

  #begin(entry: Entry, now: number): Verdict {
    this.#pacer.take(now);
    entry.cap?.take(now);
    this.#inFlight += 1;
    return this.#circuit.started() ? "probe" : "go";
  }

  #mayStart(entry: Entry, now: number): boolean {
    return entry.campaignId === null || now < this.#deliveriesUntil;
  }

  /** The one to start next, with the earliest instant that its own cap allows; null where nobody may start. */
  #next(now: number): Choice | null {
    let best: Choice | null = null;
    for (const queue of this.#queues) best = better(best, this.#headOf(queue, now));
    for (const queue of this.#capped.values()) best = better(best, this.#headOf(queue, now));
    return best;
  }

  #headOf(queue: Waiter[], now: number): Choice | null {
    const waiter = queue[0];
    if (waiter === undefined || !this.#mayStart(waiter.entry, now)) return null;
    return { waiter, queue, at: waiter.entry.cap?.nextAt(now) ?? now };
  }

  #dropCapped(queue: Waiter[]): void {
    for (const [id, capped] of this.#capped) if (capped === queue) this.#capped.delete(id);
  }

  #arm(at: number, now: number): void {
    if (at >= this.#armedAt || at === Number.POSITIVE_INFINITY) return;
    this.#armed?.abort();
    const armed = new StopSignal();
    this.#armed = armed;
    this.#armedAt = at;
    void this.#clock.sleep(Math.ceil(at - now), armed).then(() => {
      if (this.#armed !== armed) return;
      this.#armed = null;
      this.#armedAt = Number.POSITIVE_INFINITY;
      this.pump();
    });
  }
}

interface Waiter {
  readonly entry: Entry;
  readonly order: number;
  readonly resolve: (verdict: Verdict) => void;
}

interface Choice {
  readonly waiter: Waiter;
  readonly queue: Waiter[];
  readonly at: number;
}

/** Who may start sooner; among those the more urgent, then the one that came first. */
function better(a: Choice | null, b: Choice | null): Choice | null {
  if (a === null || b === null) return a ?? b;
  if (a.at !== b.at) return a.at < b.at ? a : b;
  const rank = priorityRank(a.waiter.entry.priority) - priorityRank(b.waiter.entry.priority);
  if (rank !== 0) return rank < 0 ? a : b;
  return a.waiter.order < b.waiter.order ? a : b;
}

function releaseFrom(queue: Waiter[], isMeant: (waiter: Waiter) => boolean): void {
  const released = queue.filter(isMeant);
  if (released.length === 0) return;
  queue.splice(0, queue.length, ...queue.filter((waiter) => !isMeant(waiter)));
  for (const { resolve } of released) resolve("released");
}

import { assert } from "../domain/assert.ts";
import { type TrafficClass, trafficClasses } from "../domain/campaign.ts";
import type { CampaignId } from "../domain/ids.ts";
import type { Circuit } from "./circuit.ts";
import { ClassShares } from "./class-shares.ts";
import type { Pacer } from "./pacer.ts";
import type { Clock } from "./ports/runtime.ts";
import { StopSignal } from "./stop-signal.ts";

/** A request that wants to start. */
export interface Entry {
  readonly trafficClass: TrafficClass;
  /** Whose delivery it is for; null for requests outside deliveries, such as rosters. */
  readonly campaignId: CampaignId | null;
  /** The campaign's own cap. */
  readonly cap: Pacer | null;
  /** Another process makes the request, as late as this. */
  readonly lentMs?: number;
}

/** `released`: it must not start now; give the delivery back. */
export type Verdict = "go" | "probe" | "released";

/** What the door looks at. */
export interface AdmissionParts {
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly circuit: Circuit;
  /** How many requests may be under way, now. */
  readonly inFlightMax: () => number;
  /** Null where a request has all it needs, such as a token; else nothing starts until it resolves. */
  readonly prepare: () => Promise<void> | null;
}

/**
 * The door through which every request of a lane goes: it opens as the pacer, the circuit, the campaign's own cap and the
 * limit on requests in flight allow, to the most urgent class first (but see `ClassShares`), and within a class to the one that
 * came first; but after a request outside deliveries a delivery goes before another such request. No slot is given ahead of its
 * time, so an urgent request takes the very next one; and nobody is let in who would still have to wait for a token. One timer
 * serves all who wait.
 */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #shares = new ClassShares();
  readonly #deliveries = queues();
  /** Requests outside deliveries. */
  readonly #outside = queues();
  /** Classes of which a request outside deliveries started last. */
  readonly #outsideLast = new Set<TrafficClass>();
  /** Those under a cap of their own, by campaign. */
  readonly #capped = new Map<CampaignId, Waiter[]>();
  /** Until when requests may start: as long as the lane is ours and the store takes what we write. */
  #openUntil = Number.NEGATIVE_INFINITY;
  #inFlight = 0;
  #isClosed = false;
  #isPreparing = false;
  #count = 0;
  #armedAt = Number.POSITIVE_INFINITY;
  #armed: StopSignal | null = null;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many deliveries wait, but for those that wait for their campaign's own cap. */
  get waiting(): number {
    return lengthOf(this.#deliveries);
  }

  /** Whether the lane is ours, as far as is known. */
  get isOpen(): boolean {
    return !this.#isClosed && this.#parts.clock.now() < this.#openUntil;
  }

  /** How many deliveries of a class wait, but for those that wait for their campaign's own cap. */
  waitingIn(trafficClass: TrafficClass): number {
    return this.#deliveries.get(trafficClass)?.length ?? 0;
  }

  /** How many of a capped campaign wait. */
  waitingOf(campaignId: CampaignId): number {
    return this.#capped.get(campaignId)?.length ?? 0;
  }

  /** Starts a request at once where nothing stands against it and nobody waits; null where it has to wait. */
  tryStart(entry: Entry): Verdict | null {
    const isFirst = this.waiting + lengthOf(this.#outside) + this.#capped.size === 0;
    if (!this.isOpen || !isFirst) return null;
    const now = this.#parts.clock.now();
    if (!this.#hasPlace(entry.trafficClass)) return null;
    if (this.#opensAt(now) > now || (entry.cap?.nextAt(now) ?? now) > now) return null;
    return this.#isPrepared() ? this.#begin(entry, now) : null;
  }

  /** Waits for its turn. After `go` or `probe` the caller makes its request at once, and calls `ended`. */
  start(entry: Entry): Promise<Verdict> {
    if (this.#isClosed) return Promise.resolve("released");
    return new Promise((resolve) => {
      this.#count += 1;
      this.#queueOf(entry).push({ entry, order: this.#count, resolve });
      this.pump();
    });
  }

  /** A request that had started is over. */
  ended(): void {
    this.#inFlight -= 1;
    this.pump();
  }

  /** Lets requests start until `at`; an instant in the past stops them, and those that wait go on waiting. */
  openUntil(at: number): void {
    this.#openUntil = at;
    this.pump();
  }

  /** Gives back the deliveries that wait: all of them, or one campaign's. */
  release(campaignId?: CampaignId): void {
    this.#releaseThose(
      ({ entry }) =>
        entry.campaignId !== null && (campaignId === undefined || entry.campaignId === campaignId),
    );
  }

  /** Gives back everything that waits: the lane is another's. */
  releaseAll(): void {
    this.#releaseThose(() => true);
  }

  /** Gives back one that waits; nothing happens where it does not wait any more. */
  withdraw(entry: Entry): void {
    this.#releaseThose((waiter) => waiter.entry === entry);
  }

  /** Lets nothing start any more, and gives back everything that waits. */
  close(): void {
    this.#isClosed = true;
    this.#releaseThose(() => true);
  }

  /** Starts whoever may start now, and sets the timer for the next. */
  pump(): void {
    for (;;) {
      if (!this.isOpen) return;
      const now = this.#parts.clock.now();
      const choices = this.#choices(now);
      const next = this.#shares.next((one) => (choices.get(one)?.at ?? Infinity) <= now);
      if (next === null) {
        this.#arm(soonest(choices), now);
        return;
      }
      const at = this.#opensAt(now);
      if (at > now) {
        this.#arm(at, now);
        return;
      }
      const choice = choices.get(next);
      if (choice === undefined || !this.#isPrepared()) return;
      this.#take(choice);
      this.#shares.started(next, (one) => (choices.get(one)?.at ?? Infinity) <= now);
      choice.waiter.resolve(this.#begin(choice.waiter.entry, now));
    }
  }

  /** When the next request of the lane may start, whichever it is. */
  #opensAt(now: number): number {
    return Math.max(this.#parts.pacer.nextAt(now), this.#parts.circuit.nextAt(now));
  }

  /** A full house is no reason for people who act to wait: a few places are theirs alone. */
  #hasPlace(trafficClass: TrafficClass): boolean {
    const own = trafficClass === "interactive" ? interactivePlaces : 0;
    return this.#inFlight < this.#parts.inFlightMax() + own;
  }

  /** Whether a request that starts now waits for nothing more. If not, that is made ready, and then the door is looked at again. */
  #isPrepared(): boolean {
    if (this.#isPreparing) return false;
    const preparing = this.#parts.prepare();
    if (preparing === null) return true;
    this.#isPreparing = true;
    void preparing.then(() => {
      this.#isPreparing = false;
      this.pump();
    });
    return false;
  }

  #queueOf(entry: Entry): Waiter[] {
    const { campaignId, trafficClass, cap } = entry;
    if (campaignId === null || cap === null) {
      const queue = (campaignId === null ? this.#outside : this.#deliveries).get(trafficClass);
      assert(queue !== undefined, "a queue for each class");
      return queue;
    }
    const capped = this.#capped.get(campaignId) ?? [];
    this.#capped.set(campaignId, capped);
    return capped;
  }

  #begin(entry: Entry, now: number): Verdict {
    this.#parts.pacer.take(now, now + (entry.lentMs ?? 0));
    entry.cap?.take(now);
    this.#inFlight += 1;
    if (entry.campaignId === null) this.#outsideLast.add(entry.trafficClass);
    else this.#outsideLast.delete(entry.trafficClass);
    return this.#parts.circuit.started() ? "probe" : "go";
  }

  /** For each class the one to start next, with the earliest instant that its own cap allows. */
  #choices(now: number): ReadonlyMap<TrafficClass, Choice> {
    const choices = new Map<TrafficClass, Choice>();
    const consider = (queue: Waiter[]) => {
      const [waiter] = queue;
      if (waiter === undefined) return;
      const { trafficClass, cap } = waiter.entry;
      if (!this.#hasPlace(trafficClass)) return;
      const choice = { waiter, queue, at: cap?.nextAt(now) ?? now };
      const best = choices.get(trafficClass);
      if (best === undefined || this.#isSooner(choice, best)) choices.set(trafficClass, choice);
    };
    for (const queue of this.#all()) consider(queue);
    return choices;
  }

  /** Who may start sooner, and of two at the same instant the one whose turn it is, or that came first. */
  #isSooner(a: Choice, b: Choice): boolean {
    if (a.at !== b.at) return a.at < b.at;
    const isOutside = isOutsideDeliveries(a);
    if (isOutside !== isOutsideDeliveries(b) && this.#outsideLast.has(a.waiter.entry.trafficClass))
      return !isOutside;
    return a.waiter.order < b.waiter.order;
  }

  #take({ queue, waiter }: Choice): void {
    queue.shift();
    const { campaignId, cap } = waiter.entry;
    if (queue.length === 0 && campaignId !== null && cap !== null) this.#capped.delete(campaignId);
  }

  #releaseThose(isMeant: (waiter: Waiter) => boolean): void {
    for (const queue of this.#all()) releaseFrom(queue, isMeant);
    for (const [id, queue] of this.#capped) if (queue.length === 0) this.#capped.delete(id);
  }

  *#all(): Iterable<Waiter[]> {
    yield* this.#deliveries.values();
    yield* this.#outside.values();
    yield* this.#capped.values();
  }

  #arm(at: number, now: number): void {
    if (at >= this.#armedAt || at === Number.POSITIVE_INFINITY) return;
    this.#armed?.abort();
    const armed = new StopSignal();
    this.#armed = armed;
    this.#armedAt = at;
    void this.#parts.clock.sleep(Math.ceil(at - now), armed).then(() => {
      if (this.#armed !== armed) return;
      this.#armed = null;
      this.#armedAt = Number.POSITIVE_INFINITY;
      this.pump();
    });
  }
}

/** Requests under way beyond the limit that answers to people who act may take. */
const interactivePlaces = 16;

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

function queues(): ReadonlyMap<TrafficClass, Waiter[]> {
  return new Map(trafficClasses.map((one) => [one, []]));
}

function lengthOf(those: ReadonlyMap<TrafficClass, Waiter[]>): number {
  let length = 0;
  for (const queue of those.values()) length += queue.length;
  return length;
}

function isOutsideDeliveries({ waiter }: Choice): boolean {
  return waiter.entry.campaignId === null;
}

function soonest(choices: ReadonlyMap<TrafficClass, Choice>): number {
  let at = Number.POSITIVE_INFINITY;
  for (const choice of choices.values()) at = Math.min(at, choice.at);
  return at;
}

function releaseFrom(queue: Waiter[], isMeant: (waiter: Waiter) => boolean): void {
  const released = queue.filter(isMeant);
  if (released.length === 0) return;
  queue.splice(0, queue.length, ...queue.filter((waiter) => !isMeant(waiter)));
  for (const { resolve } of released) resolve("released");
}

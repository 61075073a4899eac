import type { Signal } from "../../server/src/domain/signal.ts";
import type { Clock } from "../../server/src/engine/ports/runtime.ts";

/**
 * A clock whose time moves only when it is told to. Sleepers wake in the order of their instants, and in the order of
 * asking where those are equal, so the same calls give the same run. Nothing in it waits for real time.
 */
export class VirtualClock implements Clock {
  #now: number;
  readonly #sleepers: Sleeper[] = [];

  constructor(startAt = 1_764_000_000_000) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: Signal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = { at: this.#now + Math.max(0, ms), wake: resolve };
      const onAbort = () => {
        this.#remove(sleeper);
        resolve();
      };
      if (signal !== undefined) {
        signal.addEventListener("abort", onAbort);
        sleeper.wake = () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        };
      }
      this.#insert(sleeper);
    });
  }

  /** Lets `ms` of virtual time pass, and everything that is due in it happen. */
  async runFor(ms: number): Promise<void> {
    await this.runUntil(() => false, ms);
  }

  /**
   * Lets time pass until `done` answers true, which is asked after each instant, but at most `withinMs`. Answers whether it
   * came true. The clock stands at the instant where it did, or at the end of `withinMs`.
   */
  async runUntil(done: () => boolean, withinMs: number): Promise<boolean> {
    const end = this.#now + withinMs;
    for (;;) {
      await drain();
      if (done()) return true;
      const next = await this.#nextBefore(end);
      if (done()) return true;
      if (next === null) break;
      this.#sleepers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#now = Math.max(this.#now, end);
    return done();
  }

  /** Lets time pass until nobody sleeps any more; throws when somebody still does after `withinMs`. */
  async runUntilIdle(withinMs: number): Promise<void> {
    const idle = await this.runUntil(() => this.#sleepers.length === 0, withinMs);
    if (!idle) throw new Error(`${this.#sleepers.length} sleepers are left after ${withinMs} ms`);
  }

  /** How many sleep now. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /**
   * The sleeper to wake next, or null when nobody sleeps up to `end`. Before it says so it waits for work that takes several
   * turns of the event loop, such as one commit after the other: that work may go to sleep, too.
   */
  async #nextBefore(end: number): Promise<Sleeper | null> {
    for (let turn = 0; turn < turnsBeforeIdle; turn += 1) {
      const next = this.#sleepers[0];
      if (next !== undefined && next.at <= end) return next;
      await drain();
    }
    return null;
  }

  #insert(sleeper: Sleeper): void {
    let low = 0;
    let high = this.#sleepers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = this.#sleepers[middle]?.at ?? Number.POSITIVE_INFINITY;
      if (at <= sleeper.at) low = middle + 1;
      else high = middle;
    }
    this.#sleepers.splice(low, 0, sleeper);
  }

  #remove(sleeper: Sleeper): void {
    const index = this.#sleepers.indexOf(sleeper);
    if (index >= 0) this.#sleepers.splice(index, 1);
  }
}

const turnsBeforeIdle = 50;

interface Sleeper {
  readonly at: number;
  wake: () => void;
}

/** Lets every promise that can go on do so. One turn of the event loop is enough, because its microtasks all run before it ends. */
function drain(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

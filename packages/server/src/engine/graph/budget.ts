import { RecoveringRate } from "../recovering-rate.ts";
import { RetryWait } from "../retry-wait.ts";
import { SlidingCount } from "../sliding-count.ts";
import type { UnitWindow } from "./limits.ts";

/**
 * What a process may use of one of Graph's limits, in one tenant or in all. Pure but for its own record: it reads no clock, and every
 * method takes the present instant.
 *
 * - In no window (plus a guard of 10 ms) does more begin than the process's share, as far as costs are known when it begins.
 * - A 429, or an answer that tells a load of more than 0.8, takes the share down, at most once a window; six quiet windows bring it
 *   back.
 * - Nothing begins before the end of a `Retry-After`.
 */
export class GraphBudget {
  readonly #ceiling: number;
  readonly #rate: RecoveringRate;
  readonly #spent: SlidingCount;
  readonly #wait = new RetryWait();

  constructor({ units, ms }: UnitWindow, shareOfProcess: number) {
    this.#ceiling = Math.max(1, Math.floor(units * shareOfProcess));
    this.#rate = new RecoveringRate({
      ceiling: this.#ceiling,
      least: this.#ceiling / 20,
      onceMs: ms,
      recoveryMs: windowsToRecover * ms,
    });
    this.#spent = new SlidingCount(ms + guardMs);
  }

  /** The earliest instant at which a call that costs this much may begin; one that costs more than all waits for an empty window. */
  nextAt(now: number, units: number): number {
    const most = Math.max(0, this.#limit(now) - units);
    return Math.max(this.#spent.leavesAt(now, most), this.#wait.until);
  }

  /** Records what a call costs that begins at `now`, or cost beyond what was known. */
  spend(now: number, units: number): void {
    this.#spent.add(now, units);
  }

  /** An answer told that the limit is nearly used up. */
  pressed(now: number): void {
    this.#rate.slowDown(now);
  }

  /** A call that began at `startedAt` was answered 429. Answers until when nothing begins. */
  refused(startedAt: number, retryAfterMs: number | null, now: number): number {
    const until = this.#wait.after(startedAt, retryAfterMs, now);
    this.#rate.slowDown(now);
    this.#wait.pauseUntil(until);
    return until;
  }

  /** A call that began at `startedAt` was let through. */
  passed(startedAt: number): void {
    this.#wait.passed(startedAt);
  }

  /** Nothing begins before `until`. */
  pauseUntil(until: number): void {
    this.#wait.pauseUntil(until);
  }

  /** Nothing begins before. */
  get quietUntil(): number {
    return this.#wait.until;
  }

  /** How it stands, in units; `pausedUntil` is null where nothing is asked for. */
  view(now: number): {
    readonly limit: number;
    readonly ceiling: number;
    readonly spent: number;
    readonly pausedUntil: number | null;
  } {
    const { until } = this.#wait;
    return {
      limit: this.#limit(now),
      ceiling: this.#ceiling,
      spent: this.#spent.count(now),
      pausedUntil: until > now ? until : null,
    };
  }

  #limit(now: number): number {
    return Math.max(1, Math.floor(this.#rate.at(now)));
  }
}

/** Between a start here and its arrival there, as for the connector. */
const guardMs = 10;
const windowsToRecover = 6;

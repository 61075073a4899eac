import { Lateness } from "./lateness.ts";
import { RecentStarts } from "./recent-starts.ts";
import { RecoveringRate } from "./recovering-rate.ts";

/** What a pacer holds itself to. */
export interface PacerOptions {
  /** The ceiling: starts per second; 0 = no pacing at all. May be a fraction, such as 0.5 for one start in two seconds. */
  readonly ratePerSecond: number;
  /** Added to the window, because requests do not arrive as evenly as they start; default 10. */
  readonly guardMs?: number;
}

/**
 * Says when the next request of a lane may start. Pure but for its own record of past starts: it reads no clock, and every
 * method takes the present instant.
 *
 * - In no window of 1,000 ms (plus the guard) do more than the present rate's number of requests start; one that arrived late, as
 *   far as its answer tells (see {@link Lateness}), counts from then on.
 * - A timer that comes late may catch up by a few requests, spaced by a quarter of the interval.
 * - `slowDown` (after a 429 for the whole lane) takes the rate to 90 %, and to 70 % where the last one is less than 30 s ago, at
 *   most once a second; quiet time brings it back to the ceiling within 30 s.
 * - Nothing starts before the instant given to `pauseUntil`.
 */
export class Pacer {
  readonly ceiling: number;
  readonly #guardMs: number;
  readonly #starts: RecentStarts;
  readonly #lateness = new Lateness();
  #lastAt = Number.NEGATIVE_INFINITY;
  readonly #rate: RecoveringRate;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  /** Starts that may be made up for: grows with time, and is capped so that no long burst can follow a quiet time. */
  #credit = 1;
  #creditAt = Number.NEGATIVE_INFINITY;

  constructor({ ratePerSecond, guardMs = 10 }: PacerOptions) {
    this.ceiling = ratePerSecond;
    this.#guardMs = guardMs;
    this.#rate = new RecoveringRate({
      ceiling: ratePerSecond,
      least: Math.min(1, ratePerSecond),
      onceMs: 1000,
      recoveryMs: 30_000,
    });
    this.#starts = new RecentStarts(Math.max(1, Math.floor(ratePerSecond)));
  }

  /** The earliest instant at which a request may start: `now` where that is at once. */
  nextAt(now: number): number {
    const paused = Math.max(now, this.#pausedUntil);
    if (this.ceiling === 0) return paused;
    this.#rate.at(now);
    return Math.max(paused, this.#windowOpensAt(), this.#spacedAt(), this.#creditedAt(now));
  }

  /**
   * Records that a request starts at `now`. Call it only where `nextAt(now)` is not later than `now`. One that another process
   * makes may start as late as `until`, and counts until a window after that.
   */
  take(now: number, until = now): void {
    if (this.ceiling === 0) return;
    this.#credit = Math.max(0, this.#creditOf(now) - 1);
    this.#creditAt = now;
    this.#lastAt = now;
    this.#starts.add(until);
  }

  /** Takes note that an answer came at `now`, `latencyMs` after its request started. */
  answered(now: number, latencyMs: number): void {
    if (this.ceiling === 0) return;
    const lateMs = this.#lateness.of(latencyMs);
    const startedAt = now - latencyMs;
    // Its own instant may have been read a tick of the clock later than that of its start.
    if (lateMs > 0) this.#starts.delay(startedAt + 1, startedAt + lateMs);
  }

  /** How many requests may start from `now` until `now + aheadMs`, by estimate; `Infinity` where nothing is paced. */
  startsWithin(now: number, aheadMs: number): number {
    const open = now + aheadMs - this.nextAt(now);
    if (open < 0) return 0;
    return this.ceiling === 0 ? Number.POSITIVE_INFINITY : 1 + Math.floor(open / this.#intervalMs);
  }

  /** Nothing starts before `at`; an earlier instant than one given before changes nothing. */
  pauseUntil(at: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, at);
    this.#credit = Math.min(this.#credit, 1);
    this.#creditAt = Math.max(this.#creditAt, at);
  }

  /**
   * Takes the rate to 90 % of what it is, or to 70 % where the last time is less than 30 s ago: a single 429 may be chance, and
   * the platform's `Retry-After` has been obeyed already. More than once within a second counts as once.
   */
  slowDown(now: number): void {
    if (this.ceiling > 0) this.#rate.slowDown(now);
  }

  /** The rate in force, starts per second; 0 where nothing is paced. */
  rate(now: number): number {
    return this.#rate.at(now);
  }

  /** Until when nothing starts, or null. */
  pausedUntil(now: number): number | null {
    return this.#pausedUntil > now ? this.#pausedUntil : null;
  }

  get #limit(): number {
    return Math.max(1, Math.floor(this.#rate.last));
  }

  get #windowMs(): number {
    const rate = this.#rate.last;
    return (rate < 1 ? 1000 / rate : 1000) + this.#guardMs;
  }

  get #intervalMs(): number {
    return this.#windowMs / this.#limit;
  }

  #windowOpensAt(): number {
    return this.#starts.newest(this.#limit) + this.#windowMs;
  }

  #spacedAt(): number {
    const spacingMs = this.#intervalMs / 4;
    // Timers come a few milliseconds late, so a shorter spacing would cost starts; the credit bounds the burst then.
    return this.#lastAt + (spacingMs < spacingMsMin ? 0 : spacingMs);
  }

  #creditOf(now: number): number {
    // A timer may come late by a few intervals, or by 40 ms where intervals are shorter than timers can be.
    const most = Math.max(3, this.#rate.last / 25);
    const earned = Math.max(0, now - this.#creditAt) / this.#intervalMs;
    return Math.min(most, this.#credit + earned);
  }

  #creditedAt(now: number): number {
    const credit = this.#creditOf(now);
    // A rounding error must not cost a whole tick of the timer.
    return credit > 0.999 ? now : now + (1 - credit) * this.#intervalMs;
  }
}

const spacingMsMin = 4;

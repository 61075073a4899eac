import type { ErrorCode } from "../domain/error-codes.ts";
import type { Attention } from "./engine.ts";

/** Trouble of a whole lane: nothing to do with the recipient that met it. */
export interface LaneTrouble {
  readonly code: ErrorCode;
  readonly detail: string;
  /** Halts the lane at once, not after several in a row. */
  readonly atOnce: boolean;
  /** The conversation that it was met in, where it may be of that one alone. */
  readonly place?: string;
}

/**
 * Halts a lane whose requests fail for a reason that concerns every recipient: no connection (after five in a row), errors of
 * Teams' own (after five in a row in at least three conversations), or refused credentials (at once). Then one request at a time
 * is let through as a probe, after 1, 2, 4 … 60 s; the first probe that gets any other answer opens the lane again. Reads no clock.
 */
export class Circuit {
  #inARow = 0;
  /** Where those in a row were met. */
  readonly #places = new Set<string>();
  #attention: Attention | null = null;
  #waitMs = 0;
  #probing = false;

  /** What stands in the way, or null while requests may start. */
  get attention(): Attention | null {
    return this.#attention;
  }

  get isHalted(): boolean {
    return this.#attention !== null;
  }

  /** The earliest instant at which a request may start; Infinity while a probe is under way. */
  nextAt(now: number): number {
    if (this.#attention === null) return now;
    if (this.#probing) return Number.POSITIVE_INFINITY;
    return Math.max(now, this.#attention.retryAt ?? now);
  }

  /** Records that a request starts. Answers whether it is the probe. */
  started(): boolean {
    if (this.#attention === null) return false;
    this.#probing = true;
    return true;
  }

  /** The probe was not made after all. */
  withdrawn(isProbe: boolean): void {
    if (isProbe) this.#probing = false;
  }

  /** A request met trouble. Answers whether the lane is halted now. */
  failed(trouble: LaneTrouble, isProbe: boolean, now: number): boolean {
    this.#inARow += 1;
    if (this.#attention === null) {
      if (!trouble.atOnce && !this.#isSpread(trouble)) return false;
      this.#waitMs = firstWaitMs;
    } else if (isProbe) {
      this.#waitMs = Math.min(this.#waitMs * 2, lastWaitMs);
    } else {
      return true;
    }
    this.#probing = false;
    const { code, detail } = trouble;
    const since = this.#attention?.since ?? now;
    this.#attention = { code, detail, since, retryAt: now + this.#waitMs };
    return true;
  }

  /** A request got an answer that is not about the lane. Answers whether this opened a halted lane. */
  passed(isProbe: boolean): boolean {
    this.#inARow = 0;
    this.#places.clear();
    if (!isProbe) return false;
    this.reset();
    return true;
  }

  /** Forgets everything: the lane has nothing to send any more. */
  reset(): void {
    this.#inARow = 0;
    this.#places.clear();
    this.#attention = null;
    this.#probing = false;
  }

  /** Whether so many in a row, in so many places, concern more than a few recipients. */
  #isSpread({ place }: LaneTrouble): boolean {
    if (place !== undefined && this.#places.size < placesMin) this.#places.add(place);
    return this.#inARow >= failuresMax && (place === undefined || this.#places.size >= placesMin);
  }
}

const failuresMax = 5;
const placesMin = 3;
const firstWaitMs = 1000;
const lastWaitMs = 60_000;

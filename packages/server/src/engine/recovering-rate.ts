/** What a rate does when there is trouble. */
export interface RecoveringRateOptions {
  readonly ceiling: number;
  /** It is never slowed below this. */
  readonly least: number;
  /** More than once within this time counts as once. */
  readonly onceMs: number;
  /** How much quiet time brings it from nothing back to the ceiling. */
  readonly recoveryMs: number;
}

/**
 * A rate that trouble takes down and quiet time brings back, never above its ceiling: to 90 % of what it is, or to 70 % where
 * the last time is not recovered from yet, since a single refusal may be chance. Reads no clock.
 */
export class RecoveringRate {
  readonly #options: RecoveringRateOptions;
  #rate: number;
  #rateAt = Number.NEGATIVE_INFINITY;
  #slowedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RecoveringRateOptions) {
    this.#options = options;
    this.#rate = options.ceiling;
  }

  /** As it was when it was looked at last. */
  get last(): number {
    return this.#rate;
  }

  /** The rate in force at `now`. */
  at(now: number): number {
    const { ceiling, recoveryMs } = this.#options;
    if (this.#rate < ceiling && now > this.#rateAt) {
      const quietMs = now - Math.max(this.#rateAt, this.#slowedAt);
      if (quietMs > 0)
        this.#rate = Math.min(ceiling, this.#rate + (ceiling * quietMs) / recoveryMs);
    }
    this.#rateAt = now;
    return this.#rate;
  }

  /** There was trouble at `now`. */
  slowDown(now: number): void {
    const { least, onceMs, recoveryMs } = this.#options;
    if (now - this.#slowedAt < onceMs) return;
    const factor = now - this.#slowedAt < recoveryMs ? 0.7 : 0.9;
    this.#rate = Math.max(least, this.at(now) * factor);
    this.#slowedAt = now;
  }
}

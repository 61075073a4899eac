/** A limit in units: `units` in `ms`, as a bucket that fills up evenly. */
export interface UnitLimit {
  readonly units: number;
  readonly ms: number;
}

/** What a bucket says of a request. */
export interface UnitVerdict {
  readonly isRefused: boolean;
  /** The share of the bucket that is used up, refused requests included: 1 is all of it. */
  readonly load: number;
  /** When the same request would be let in, in seconds; at least one. */
  readonly retryAfterSeconds: number;
}

/** Counts units, those of refused requests too: who goes on asking waits longer. */
export class UnitBucket {
  #limit: UnitLimit;
  /** Below zero where requests were refused. */
  #left: number;
  #at = Number.NEGATIVE_INFINITY;

  constructor(limit: UnitLimit) {
    this.#limit = limit;
    this.#left = limit.units;
  }

  /** Another limit from now on, with a full bucket. */
  resize(limit: UnitLimit): void {
    this.#limit = limit;
    this.#left = limit.units;
  }

  /** Takes the units of a request at `now`. */
  take(cost: number, now: number): UnitVerdict {
    const { units, ms } = this.#limit;
    const perMs = units / ms;
    // Instants may be before the first one only by a clock that was set.
    const passedMs = Math.max(0, now - this.#at);
    this.#left = Math.min(units, this.#left + passedMs * perMs);
    this.#at = now;
    const isRefused = this.#left < cost;
    this.#left = Math.max(units - units * loadMax, this.#left - cost);
    const waitMs = (cost - this.#left) / perMs;
    return {
      isRefused,
      load: (units - this.#left) / units,
      retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)),
    };
  }
}

/** The most that is told of a load. */
const loadMax = 1.8;

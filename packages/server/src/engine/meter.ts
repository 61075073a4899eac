/** Counts events over the last ten seconds, in steps of half a second. Reads no clock. */
export class Meter {
  readonly #buckets = new Float64Array(bucketCount);
  #lastBucket = 0;
  #startedAt = Number.NEGATIVE_INFINITY;
  #countedAt = Number.NEGATIVE_INFINITY;

  /** Counts `events` at `now`. */
  add(events: number, now: number): void {
    if (now - this.#countedAt > spanMs) this.#startedAt = now;
    this.#countedAt = now;
    this.#advance(now);
    const index = this.#lastBucket % bucketCount;
    this.#buckets[index] = (this.#buckets[index] ?? 0) + events;
  }

  /** Events per second over the last seconds: ten, or as long as there have been any, but at least one. */
  perSecond(now: number): number {
    this.#advance(now);
    const sum = this.#buckets.reduce((total, count) => total + count, 0);
    const spanSeconds = Math.min(spanMs, Math.max(1000, now - this.#startedAt)) / 1000;
    return Math.round((sum / spanSeconds) * 10) / 10;
  }

  /** When something was counted last. */
  get countedAt(): number {
    return this.#countedAt;
  }

  #advance(now: number): void {
    const bucket = Math.floor(now / bucketMs);
    const steps = Math.min(bucketCount, bucket - this.#lastBucket);
    for (let step = 1; step <= steps; step += 1)
      this.#buckets[(this.#lastBucket + step) % bucketCount] = 0;
    // After a long pause the whole ring is empty, whichever bucket is the last.
    if (bucket > this.#lastBucket) this.#lastBucket = bucket;
    if (steps === bucketCount) this.#buckets.fill(0);
  }
}

const bucketMs = 500;
const bucketCount = 20;
const spanMs = bucketMs * bucketCount;

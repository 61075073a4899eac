/**
 * How long a limit is left alone after a 429: as long as `Retry-After` says; where it says less than a second, or nothing that
 * means anything, a second, and twice as long each time that the first request after it is refused again, up to a minute. Reads
 * no clock.
 */
export class RetryWait {
  #until = Number.NEGATIVE_INFINITY;
  #waitMs = 0;

  /** Nothing may start before. */
  get until(): number {
    return this.#until;
  }

  /** Until when the refusal, at `now`, of a request that started at `startedAt` asks for quiet. */
  after(startedAt: number, retryAfterMs: number | null, now: number): number {
    // Those that were under way when it was told before say nothing new.
    if (startedAt >= this.#until)
      this.#waitMs = Math.min(Math.max(waitMsMin, this.#waitMs * 2), waitMsMax);
    return now + (retryAfterMs !== null && retryAfterMs >= waitMsMin ? retryAfterMs : this.#waitMs);
  }

  /** Takes over a time of quiet; an earlier end than one given before changes nothing. */
  pauseUntil(until: number): void {
    this.#until = Math.max(this.#until, until);
  }

  /** A request that started at `startedAt` was not refused. Answers whether that ends the matter. */
  passed(startedAt: number): boolean {
    if (startedAt < this.#until) return false;
    this.#waitMs = 0;
    return true;
  }
}

/** The platform's own window: a shorter wait would find it as full as before. */
export const waitMsMin = 1000;
const waitMsMax = 60_000;

/** From when to when a client may not ask again. */
interface QuietTime {
  readonly from: number;
  readonly until: number;
}

/** Requests under way when a 429 left are no one's fault: for this long, and the latency, they are let pass. */
export const graceMs = 250;
/** Timers of clients may run a little early. */
const toleranceMs = 10;
const keptMax = 64;

/** The `Retry-After`s given out, by scope. */
export class QuietTimes {
  readonly #byScope = new Map<string, QuietTime[]>();

  /** A 429 was decided at `now` and leaves `latencyMs` later. */
  begin(scope: string, now: number, latencyMs: number, retryAfterSeconds: number): void {
    const quiet = {
      from: now + latencyMs + graceMs + latencyMs,
      // Counted from the decision, not from when the client hears of it: no client is blamed for the way of an answer.
      until: now + retryAfterSeconds * 1_000 - toleranceMs,
    };
    if (quiet.until <= quiet.from) return;
    const open = (this.#byScope.get(scope) ?? []).filter(({ until }) => until > now);
    this.#byScope.set(scope, [...open, quiet].slice(-keptMax));
  }

  /** Whether a request in this scope, now, ignores what a 429 said. */
  isBroken(scope: string, now: number): boolean {
    const open = this.#byScope.get(scope);
    if (!open) return false;
    if (open.every(({ until }) => until <= now)) {
      this.#byScope.delete(scope);
      return false;
    }
    return open.some(({ from, until }) => from <= now && now < until);
  }
}

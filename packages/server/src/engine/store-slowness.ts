import type { Attention } from "./engine.ts";

/** Tells that the store is slow: it works, and what it takes for a turn is what sending waits for. */
export class StoreSlowness {
  #attention: Attention | null = null;

  get attention(): Attention | null {
    return this.#attention;
  }

  /** Takes note of how long a turn takes, by average. Answers whether slowness began or ended with it. */
  measured(turnMs: number, now: number): boolean {
    const was = this.#attention;
    if (turnMs < (was === null ? slowMs : fastMs)) this.#attention = null;
    else
      this.#attention = {
        code: "STORE_SLOW",
        detail: `Each write takes about ${(turnMs / 1000).toFixed(1)} s.`,
        since: was?.since ?? now,
        retryAt: null,
      };
    return (was === null) !== (this.#attention === null);
  }
}

/** Slow from here on… */
const slowMs = 1000;
/** …until it is well below that. */
const fastMs = 500;

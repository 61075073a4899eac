/**
 * Estimates from answers how late requests arrived. The platform counts a request when it arrives there; we know only when it
 * started here and when its answer came. One whose answer takes longer than usual may have arrived late by as much.
 *
 * - Usual is what the quicker of the last answers took: it follows shorter ones at once, and longer ones slowly.
 * - What is called late is bounded to {@link lateMsMean} for each answer in the long run. A start that counts later by so many
 *   ms of a window of 1,000 takes as many thousandths of the rate, so that a connector whose answers take now this long, now
 *   that, costs 0.8 % of the budget at most.
 */
export class Lateness {
  #usualMs: number | null = null;
  #leftMs = lateMsMax;

  /** How many ms late the request of an answer arrived, by estimate; 0 where the answer was as usual. */
  of(latencyMs: number): number {
    const usualMs = this.#usualMs ?? latencyMs;
    const slowerMs = latencyMs - usualMs;
    this.#usualMs = usualMs + slowerMs * (slowerMs < 0 ? 1 / 4 : 1 / 32);
    this.#leftMs = Math.min(lateMsMax, this.#leftMs + lateMsMean);
    if (slowerMs < noticedMsMin) return 0;
    const lateMs = Math.min(slowerMs, this.#leftMs);
    this.#leftMs -= lateMs;
    return lateMs;
  }
}

/** So late may a request be called on average… */
const lateMsMean = 8;
/** …and so much may be saved up: a hundred requests' worth. */
const lateMsMax = 800;
/** Less is not worth counting: the pacer's guard covers it. */
const noticedMsMin = 4;

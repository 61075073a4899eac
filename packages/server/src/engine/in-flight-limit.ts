/** What an in-flight limit follows. */
export interface InFlightOptions {
  /** The lane's ceiling; 0 = no pacing. */
  readonly ratePerSecond: number;
  /** A limit that is fixed, whatever is measured. */
  readonly fixed?: number;
}

/**
 * How many requests may be under way at once. A lane that starts `r` requests a second, each of which takes `l` seconds, has `r × l`
 * under way: the limit is twice that, with `l` as measured, so that slow answers never hold the pacer back; at least five
 * seconds' worth, so that nothing has to be measured first, and at most `limitMax`. A connector that stops answering thus gets five
 * seconds' worth of requests and no more: they are all that can become uncertain.
 * Without a pacer there is no rate to follow, and the limit is fixed.
 */
export class InFlightLimit {
  readonly #ratePerSecond: number;
  readonly #fixed: number | null;
  /** A moving average of how long answers took. */
  #latencyMs = 0;

  constructor({ ratePerSecond, fixed }: InFlightOptions) {
    this.#ratePerSecond = ratePerSecond;
    this.#fixed = fixed ?? (ratePerSecond === 0 ? limitUnpaced : null);
  }

  /** An answer came after so long. */
  answered(latencyMs: number): void {
    this.#latencyMs += (latencyMs - this.#latencyMs) / averagedOver;
  }

  /** The limit now. */
  get limit(): number {
    if (this.#fixed !== null) return this.#fixed;
    const spanMs = Math.max(spanMsMin, headroom * this.#latencyMs);
    const wanted = Math.ceil((this.#ratePerSecond * spanMs) / 1000);
    return Math.min(limitMax, Math.max(limitMin, wanted));
  }
}

/** The most requests under way in one lane: at 50 a second that is enough for answers of 40 s. */
export const limitMax = 2000;
/** However low the rate is. */
const limitMin = 8;
const limitUnpaced = 64;
const spanMsMin = 5000;
const headroom = 2;
const averagedOver = 32;

/**
 * The last requests of a lane, as many as may start within one window, in the order in which they arrived at the platform, as far
 * as that is known. Reads no clock.
 */
export class RecentStarts {
  /** A ring, in order of time. */
  readonly #instants: Float64Array;
  #count = 0;

  constructor(most: number) {
    this.#instants = new Float64Array(most);
  }

  /** Adds a request that starts at `at`, and is taken to arrive at once. */
  add(at: number): void {
    this.#count += 1;
    let index = this.#count - 1;
    for (; index > this.#first && this.#get(index - 1) > at; index -= 1)
      this.#set(index, this.#get(index - 1));
    this.#set(index, at);
  }

  /** Moves the request that started last at or before `startedAt` back to `arrivedAt`; one not remembered any more is left out. */
  delay(startedAt: number, arrivedAt: number): void {
    let index = this.#count - 1;
    while (index >= this.#first && this.#get(index) > startedAt) index -= 1;
    if (index < this.#first) return;
    for (; index + 1 < this.#count && this.#get(index + 1) < arrivedAt; index += 1)
      this.#set(index, this.#get(index + 1));
    this.#set(index, Math.max(arrivedAt, this.#get(index)));
  }

  /** When the `nth` newest arrived, counted from 1; -Infinity where there are fewer. */
  newest(nth: number): number {
    return nth > this.#count ? Number.NEGATIVE_INFINITY : this.#get(this.#count - nth);
  }

  get #first(): number {
    return Math.max(0, this.#count - this.#instants.length);
  }

  #get(index: number): number {
    return this.#instants[index % this.#instants.length] ?? 0;
  }

  #set(index: number, at: number): void {
    this.#instants[index % this.#instants.length] = at;
  }
}

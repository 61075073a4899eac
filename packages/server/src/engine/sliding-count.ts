/**
 * Counts events of the last while, a second by default, in twenty steps: never too few, and those of up to one step more. Reads no
 * clock.
 */
export class SlidingCount {
  readonly #stepMs: number;
  readonly #steps = new Float64Array(stepCount);
  #lastStep = Number.NEGATIVE_INFINITY;

  constructor(windowMs = 1000) {
    this.#stepMs = windowMs / (stepCount - 1);
  }

  /** Counts an event at `now`, or several. */
  add(now: number, count = 1): void {
    this.#advance(now);
    const index = modulo(this.#lastStep);
    this.#steps[index] = (this.#steps[index] ?? 0) + count;
  }

  /** How many there were in the time up to `now`. */
  count(now: number): number {
    this.#advance(now);
    return this.#steps.reduce((sum, count) => sum + count, 0);
  }

  /** The earliest instant, `now` or later, at which no more than `most` are left of those so far. */
  leavesAt(now: number, most: number): number {
    let left = this.count(now);
    if (left <= most) return now;
    for (let step = this.#lastStep - stepCount + 1; step < this.#lastStep; step += 1) {
      left -= this.#steps[modulo(step)] ?? 0;
      if (left <= most) return this.#leftAt(step);
    }
    return this.#leftAt(this.#lastStep);
  }

  /** When a step is counted no more, in whole milliseconds. */
  #leftAt(step: number): number {
    return Math.ceil((step + stepCount) * this.#stepMs);
  }

  #advance(now: number): void {
    const step = Math.floor(now / this.#stepMs);
    if (step <= this.#lastStep) return;
    const from = Math.max(this.#lastStep + 1, step - stepCount + 1);
    for (let next = from; next <= step; next += 1) this.#steps[modulo(next)] = 0;
    this.#lastStep = step;
  }
}

/** Twenty, and the step that has just begun. */
const stepCount = 21;

function modulo(step: number): number {
  return ((step % stepCount) + stepCount) % stepCount;
}

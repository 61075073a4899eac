/** Counts events of the last second, in steps of 50 ms: never too few, and those of up to one step more. Reads no clock. */
export class SlidingCount {
  readonly #steps = new Float64Array(stepCount);
  #lastStep = Number.NEGATIVE_INFINITY;

  /** Counts an event at `now`. */
  add(now: number): void {
    this.#advance(now);
    const index = modulo(this.#lastStep);
    this.#steps[index] = (this.#steps[index] ?? 0) + 1;
  }

  /** How many there were in the second up to `now`. */
  count(now: number): number {
    this.#advance(now);
    return this.#steps.reduce((sum, count) => sum + count, 0);
  }

  #advance(now: number): void {
    const step = Math.floor(now / stepMs);
    if (step <= this.#lastStep) return;
    const from = Math.max(this.#lastStep + 1, step - stepCount + 1);
    for (let next = from; next <= step; next += 1) this.#steps[modulo(next)] = 0;
    this.#lastStep = step;
  }
}

const stepMs = 50;
/** A second, and the step that has just begun. */
const stepCount = 21;

function modulo(step: number): number {
  return step % stepCount;
}

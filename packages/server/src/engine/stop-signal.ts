import type { Signal } from "../domain/signal.ts";
import type { Clock } from "./ports/runtime.ts";

/** A signal that the engine itself gives; this layer knows no `AbortController`. */
export class StopSignal implements Signal {
  #aborted = false;
  readonly #listeners = new Set<() => void>();

  get aborted(): boolean {
    return this.#aborted;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Tells everyone who listens, once. */
  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    for (const listener of [...this.#listeners]) listener();
    this.#listeners.clear();
  }
}

/** Waits for the work, or only until the signal aborts. */
export async function orAborted(work: Promise<void>, signal: Signal): Promise<void> {
  if (signal.aborted) return;
  let stop = () => {};
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener("abort", resolve);
  });
  await Promise.race([work, aborted]);
  signal.removeEventListener("abort", stop);
}

/** A wait that ends after its time, or as soon as somebody calls `wake`. One waits at a time. */
export class Waker {
  readonly #clock: Clock;
  #waiting: StopSignal | null = null;
  #woken = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after `ms`, or at once when `wake` was called since the last wait ended. */
  async wait(ms: number): Promise<void> {
    if (!this.#woken && ms > 0) {
      this.#waiting = new StopSignal();
      await this.#clock.sleep(ms, this.#waiting);
      this.#waiting = null;
    }
    this.#woken = false;
  }

  wake(): void {
    this.#woken = true;
    this.#waiting?.abort();
  }
}

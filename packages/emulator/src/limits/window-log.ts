import type { Window } from "../facts.ts";

/** The instants of past requests, against which sliding windows are checked. A request leaves a window of `ms` after `ms`. */
export class WindowLog {
  readonly #windows: readonly Window[];
  readonly #most: number;
  readonly #longestMs: number;
  #times: number[] = [];

  constructor(windows: readonly Window[]) {
    this.#windows = windows;
    this.#most = Math.max(...windows.map(({ max }) => max));
    this.#longestMs = Math.max(...windows.map(({ ms }) => ms));
  }

  /** Whether `count` more requests at `now` keep every window within its maximum. */
  hasRoom(now: number, count: number): boolean {
    const times = this.#times;
    return this.#windows.every(({ ms, max }) => {
      // Of the requests in this window, the (max - count + 1)-th newest must have left it.
      const oldest = times[times.length - 1 - (max - count)];
      return count <= max && (oldest === undefined || oldest <= now - ms);
    });
  }

  add(now: number, count: number): void {
    for (let done = 0; done < count; done += 1) this.#times.push(now);
    if (this.#times.length > this.#most * 2 + 16) this.#times = this.#times.slice(-this.#most);
  }

  /** Whether nothing in it can count any more. */
  isStale(now: number): boolean {
    const last = this.#times.at(-1);
    return last === undefined || last <= now - this.#longestMs;
  }
}

import { StoreError } from "../domain/errors.ts";
import type { Attention } from "./engine.ts";

/** Waits that double from a quarter of a second to `waitMsMax` while the store fails, and what to tell people meanwhile. */
export class StoreTrouble {
  readonly #waitMsMax: number;
  #attention: Attention | null = null;
  #waitMs = 0;

  constructor({ waitMsMax = 10_000 } = {}) {
    this.#waitMsMax = waitMsMax;
  }

  get attention(): Attention | null {
    return this.#attention;
  }

  /** When the store may be tried again; `now` where nothing is wrong. */
  retryAt(now: number): number {
    return this.#attention?.retryAt ?? now;
  }

  /** Takes note of a failure; throws it again where it is not the store's. */
  failed(error: unknown, now: number): Attention {
    if (!(error instanceof StoreError)) throw error;
    this.#waitMs = Math.min(Math.max(firstWaitMs, this.#waitMs * 2), this.#waitMsMax);
    const since = this.#attention?.since ?? now;
    this.#attention = {
      code: error.code,
      detail: error.message,
      since,
      retryAt: now + this.#waitMs,
    };
    return this.#attention;
  }

  /** The store works. Answers whether it had failed. */
  passed(): boolean {
    const had = this.#attention !== null;
    this.#attention = null;
    this.#waitMs = 0;
    return had;
  }
}

const firstWaitMs = 250;

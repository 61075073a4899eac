import { hasPassed } from "../domain/elapsed.ts";
import type { Clock } from "../engine/ports/runtime.ts";
import { tokenRefreshAheadMs } from "./facts.ts";
import type { Token, TokenFailure } from "./token-source.ts";

const dropFloorMs = 60_000;
const transientWaitMs = { first: 1000, max: 60_000 };
const permanentWaitMs = { first: 30_000, max: 300_000 };

/**
 * One kind of token: the one in use, the acquisition in flight, and how long to leave the login host alone after a failure.
 */
export class TokenSlot {
  readonly #clock: Clock;
  readonly #acquire: () => Promise<Token | TokenFailure>;
  #current: Token | null = null;
  #flight: Promise<Token | TokenFailure> | null = null;
  #failure: Failure | null = null;
  #failures = 0;
  #droppedAt: number | null = null;

  /** `acquire` makes one request and never rejects. */
  constructor(clock: Clock, acquire: () => Promise<Token | TokenFailure>) {
    this.#clock = clock;
    this.#acquire = acquire;
  }

  /** The token in use while it lasts; else the result of the one acquisition in flight, or of the last failed one. */
  async token(): Promise<Token | TokenFailure> {
    const now = this.#clock.now();
    const failure = this.#failureAt(now);
    const current = this.#current;
    if (current !== null && now < lastUseAt(current)) {
      // In the background; `#start` never rejects.
      if (now >= refreshAt(current) && this.#flight === null && failure === null)
        void this.#start();
      return current;
    }
    if (this.#flight !== null) return this.#flight;
    if (failure !== null)
      return { ...failure.value, retryAfterMs: failure.at + failure.waitMs - now };
    return this.#start();
  }

  /** See `TokenSource.isReady`. */
  isReady(): boolean {
    const now = this.#clock.now();
    if (this.#current !== null && now < lastUseAt(this.#current)) return true;
    return this.#flight === null && this.#failureAt(now) !== null;
  }

  /** See `TokenSource.drop`. */
  drop(token: Token): boolean {
    if (this.#current !== token) return this.#current !== null || this.#flight !== null;
    const now = this.#clock.now();
    if (this.#droppedAt !== null && !hasPassed(dropFloorMs, { since: this.#droppedAt, now }))
      return false;
    this.#droppedAt = now;
    this.#current = null;
    return true;
  }

  /** The last failure, while the login host is left alone after it. */
  #failureAt(now: number): Failure | null {
    const failure = this.#failure;
    if (failure === null || hasPassed(failure.waitMs, { since: failure.at, now })) return null;
    return failure;
  }

  #start(): Promise<Token | TokenFailure> {
    this.#flight = this.#acquire().then((result) => {
      this.#flight = null;
      return this.#keep(result);
    });
    return this.#flight;
  }

  #keep(result: Token | TokenFailure): Token | TokenFailure {
    if (result.kind === "token") {
      this.#current = result;
      this.#failure = null;
      this.#failures = 0;
      return result;
    }
    const { first, max } = result.permanent ? permanentWaitMs : transientWaitMs;
    const backoff = Math.min(max, first * 2 ** Math.min(this.#failures, 10));
    const waitMs = Math.max(backoff, result.retryAfterMs ?? 0);
    this.#failures++;
    const value = { ...result, retryAfterMs: waitMs };
    this.#failure = { value, at: this.#clock.now(), waitMs };
    return value;
  }
}

/** The last failure, and how long the login host is left alone after it. */
interface Failure {
  readonly value: TokenFailure;
  readonly at: number;
  readonly waitMs: number;
}

/** Five minutes before the end, or a quarter of its life for a token that lives shorter than twenty minutes. */
function refreshAt({ acquiredAt, expiresAt }: Token): number {
  return expiresAt - Math.min(tokenRefreshAheadMs, (expiresAt - acquiredAt) / 4);
}

/** A little before the end, so that it does not end on its way to Teams. */
function lastUseAt({ acquiredAt, expiresAt }: Token): number {
  return expiresAt - Math.min(10_000, (expiresAt - acquiredAt) / 10);
}

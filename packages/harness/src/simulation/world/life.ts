import type { Signal } from "../../../../server/src/domain/signal.ts";
import type { Clock } from "../../../../server/src/engine/ports/runtime.ts";
import type { Store } from "../../../../server/src/engine/ports/store.ts";
import type { Transport } from "../../../../server/src/teams/transport.ts";
import type { PlannedEnd, Span } from "../plan/plan.ts";

/**
 * One life of a process. After its end nothing that it asked for ever comes back, as after `kill -9`: calls under way take
 * effect or not, but nobody hears of it. While the process stands still, answers wait.
 */
export class Life {
  readonly #clock: Clock;
  readonly #freezes: () => readonly Span[];
  #ended = false;
  #answersLeft = Number.POSITIVE_INFINITY;
  #callsLeft: { readonly name: string; count: number } | null = null;
  #onEnd: () => void = () => {};

  /** `freezes` answers when the process stands still, in epoch ms. */
  constructor(clock: Clock, freezes: () => readonly Span[]) {
    this.#clock = clock;
    this.#freezes = freezes;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Calls `then` once, when the life ends. */
  onEnd(then: () => void): void {
    this.#onEnd = then;
  }

  /** Ends it now. */
  kill(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
  }

  /** Says how it ends, counted from now; null: it goes on. */
  endAt(end: PlannedEnd | null): void {
    this.#answersLeft = end !== null && "answers" in end ? end.answers : Number.POSITIVE_INFINITY;
    this.#callsLeft = end !== null && "call" in end ? { name: end.call, count: end.nth } : null;
  }

  /** A clock whose sleepers never wake once the life has ended. */
  clock(): Clock {
    return {
      now: () => this.#clock.now(),
      sleep: (ms: number, signal?: Signal) =>
        this.#ended ? forever() : this.#hears(this.#clock.sleep(ms, signal)),
    };
  }

  transport(real: Transport): Transport {
    return {
      request: (request) => (this.#ended ? forever() : this.#hears(real.request(request))),
    };
  }

  /** The store, to which nothing more is written once the life has ended. `fail` is asked before each call. */
  store(real: Store, fail: (call: string) => Error | null): Store {
    const part = <T extends object>(target: T): T => this.#part(target, fail);
    return {
      directory: part(real.directory),
      ledger: part(real.ledger),
      inbound: part(real.inbound),
      keys: part(real.keys),
      probe: () => this.#hears(real.probe()),
      close: () => Promise.resolve(),
    };
  }

  #part<T extends object>(target: T, fail: (call: string) => Error | null): T {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name);
        if (typeof member !== "function") return member;
        return (...args: readonly unknown[]) => {
          if (this.#ended) return forever();
          const failure = fail(String(name));
          if (failure !== null) return this.#hears(Promise.reject(failure));
          // Every method of the store's parts answers a promise; Reflect only loses that type.
          const answer = Reflect.apply(member, object, args) as Promise<unknown>;
          this.#countCall(String(name));
          return this.#hears(answer);
        };
      },
    });
  }

  /** The port's answer, or no answer ever where the life has ended. Counts as one answer. */
  async #hears<T>(answer: Promise<T>): Promise<T> {
    try {
      const value = await answer;
      await this.#thaw();
      return this.#ended ? await forever() : value;
    } catch (error) {
      await this.#thaw();
      if (this.#ended) return await forever();
      throw error;
    } finally {
      this.#countAnswer();
    }
  }

  async #thaw(): Promise<void> {
    const now = this.#clock.now();
    const frozen = this.#freezes().find(({ from, until }) => from <= now && now < until);
    if (frozen !== undefined) await this.#clock.sleep(frozen.until - now);
  }

  #countAnswer(): void {
    this.#answersLeft -= 1;
    if (this.#answersLeft <= 0) this.kill();
  }

  #countCall(name: string): void {
    if (this.#callsLeft?.name !== name) return;
    this.#callsLeft.count -= 1;
    if (this.#callsLeft.count <= 0) this.kill();
  }
}

function forever<T>(): Promise<T> {
  return new Promise(() => {});
}

import type { Signal } from "../../../server/src/domain/signal.ts";
import type { Clock } from "../../../server/src/engine/ports/runtime.ts";
import type { Store } from "../../../server/src/engine/ports/store.ts";
import type { Transport } from "../../../server/src/teams/transport.ts";

/**
 * One life of the service's process. After `end()` nothing that it asked for ever comes back, as after `kill -9`: calls under
 * way take effect or not, but nobody hears of it. `endAfter(n)` ends it at the n-th answer of a port from now.
 */
export class Life {
  #ended = false;
  #answersLeft = Number.POSITIVE_INFINITY;
  #onEnd: () => void = () => {};

  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
  }

  /** Calls `then` once, when the life ends. */
  onEnd(then: () => void): void {
    this.#onEnd = then;
  }

  endAfter(answers: number): void {
    this.#answersLeft = answers;
  }

  /** The port's answer, or no answer ever where the life has ended. Counts as one answer. */
  async hears<T>(answer: Promise<T>): Promise<T> {
    try {
      const value = await answer;
      return this.#ended ? await forever() : value;
    } catch (error) {
      if (this.#ended) return await forever();
      throw error;
    } finally {
      this.#count();
    }
  }

  /** A clock whose sleepers never wake once the life has ended. */
  clock(real: Clock): Clock {
    return {
      now: () => real.now(),
      sleep: (ms: number, signal?: Signal) =>
        this.#ended ? forever() : this.hears(real.sleep(ms, signal)),
    };
  }

  transport(real: Transport): Transport {
    return {
      request: (request) => (this.#ended ? forever() : this.hears(real.request(request))),
    };
  }

  /** The store, to which nothing more is written once the life has ended. */
  store(real: Store, fail: () => Error | null): Store {
    const part = <T extends object>(target: T): T => this.#part(target, fail);
    return {
      directory: part(real.directory),
      ledger: part(real.ledger),
      inbound: part(real.inbound),
      keys: part(real.keys),
      probe: () => this.hears(real.probe()),
      close: () => Promise.resolve(),
    };
  }

  #part<T extends object>(target: T, fail: () => Error | null): T {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name);
        if (typeof member !== "function") return member;
        return (...args: readonly unknown[]) => {
          if (this.#ended) return forever();
          const failure = fail();
          if (failure !== null) return this.hears(Promise.reject(failure));
          // Every method of the store's parts answers a promise; Reflect only loses that type.
          return this.hears(Reflect.apply(member, object, args) as Promise<unknown>);
        };
      },
    });
  }

  #count(): void {
    this.#answersLeft -= 1;
    if (this.#answersLeft <= 0) this.end();
  }
}

function forever<T>(): Promise<T> {
  return new Promise(() => {});
}

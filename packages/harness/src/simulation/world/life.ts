import type { Signal } from "../../../../server/src/domain/signal.ts";
import type { Clock } from "../../../../server/src/engine/ports/runtime.ts";
import type { Store } from "../../../../server/src/engine/ports/store.ts";
import type { Transport } from "../../../../server/src/teams/transport.ts";
import type { PlannedCallDeath, PlannedDeath, Span } from "../plan/plan.ts";

/** How the store refuses a call: with this, after so long. */
export interface Refusal {
  readonly error: Error;
  readonly afterMs: number;
}

/**
 * One life of a process. After its end nothing that it asked for ever comes back, as after `kill -9`: calls under way take
 * effect or not, but nobody hears of it. While the process stands still, answers wait.
 */
export class Life {
  readonly #real: Clock;
  readonly #machine: Clock;
  readonly #freezes: () => readonly Span[];
  #ended = false;
  #answersLeft = Number.POSITIVE_INFINITY;
  #death: PlannedCallDeath | null = null;
  #callsLeft = Number.POSITIVE_INFINITY;
  #diedAt: string | null = null;
  #onEnd: () => void = () => {};

  /** `freezes` answers when the process stands still, in real epoch ms. */
  constructor(
    clocks: { readonly real: Clock; readonly machine: Clock },
    freezes: () => readonly Span[],
  ) {
    this.#real = clocks.real;
    this.#machine = clocks.machine;
    this.#freezes = freezes;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The call at which it ended, where it was to end at a call. */
  get diedAt(): string | null {
    return this.#diedAt;
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
  dieBy(death: PlannedDeath | null): void {
    const isByCall = death !== null && "call" in death;
    this.#answersLeft = death === null || isByCall ? Number.POSITIVE_INFINITY : death.answers;
    this.#death = isByCall ? death : null;
    this.#callsLeft = isByCall ? death.nth : Number.POSITIVE_INFINITY;
  }

  /** A clock whose sleepers never wake once the life has ended. */
  clock(): Clock {
    return {
      now: () => this.#machine.now(),
      elapsed: () => this.#machine.elapsed?.() ?? this.#machine.now(),
      sleep: (ms: number, signal?: Signal) =>
        this.#calls("sleep", () => this.#machine.sleep(ms, signal)),
    };
  }

  transport(real: Transport): Transport {
    return { request: (request) => this.#calls("request", () => real.request(request)) };
  }

  /** The store, to which nothing more is written once the life has ended. `refuse` is asked before each call. */
  store(real: Store, refuse: (call: string) => Refusal | null): Store {
    const part = <T extends object>(target: T): T => this.#part(target, refuse);
    return {
      directory: part(real.directory),
      ledger: part(real.ledger),
      inbound: part(real.inbound),
      keys: part(real.keys),
      jobs: part(real.jobs),
      wakes: real.wakes,
      probe: () => this.#calls("probe", () => real.probe()),
      close: () => Promise.resolve(),
    };
  }

  #part<T extends object>(target: T, refuse: (call: string) => Refusal | null): T {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name);
        if (typeof member !== "function") return member;
        return (...args: readonly unknown[]) =>
          this.#calls(String(name), () => {
            const refusal = refuse(String(name));
            return refusal === null
              ? // Every method of the store's parts answers a promise; Reflect only loses that type.
                (Reflect.apply(member, object, args) as Promise<unknown>)
              : this.#real.sleep(refusal.afterMs).then(() => Promise.reject(refusal.error));
          });
      },
    });
  }

  /** Makes a call of a port, unless the life has ended, or ends by it. */
  #calls<T>(name: string, call: () => Promise<T>): Promise<T> {
    if (this.#ended) return forever();
    const dies = this.#diesAt(name);
    if (dies) this.#diedAt = name;
    if (dies && this.#death?.takesEffect === false) {
      this.kill();
      return forever();
    }
    const answer = this.#hears(call());
    if (dies) this.kill();
    return answer;
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
    const now = this.#real.now();
    const frozen = this.#freezes().find(({ from, until }) => from <= now && now < until);
    if (frozen !== undefined) await this.#real.sleep(frozen.until - now);
  }

  #countAnswer(): void {
    this.#answersLeft -= 1;
    if (this.#answersLeft <= 0) this.kill();
  }

  #diesAt(name: string): boolean {
    if (this.#death === null) return false;
    if (this.#death.call !== "any" && this.#death.call !== name) return false;
    this.#callsLeft -= 1;
    return this.#callsLeft === 0;
  }
}

function forever<T>(): Promise<T> {
  return new Promise(() => {});
}

import type { Clock } from "./ports/runtime.ts";

/** A clock that never goes back. */
export interface SteadyClock extends Clock {
  /** By how much it is ahead of the machine's clock: how far that was set back since the start. */
  aheadMs(): number;
  /** Goes on from `at`, where that is still to come by this clock: somebody was there already. */
  catchUp(at: number): void;
  /** The machine's instant for one of this clock's: what people are shown, and what they gave. */
  machine(at: number): number;
  /**
   * A clock that is moved by nothing but time that passes, also where the machine's is set forth: budgets, windows and times of
   * quiet are kept by it. Its instants mean nothing in another process.
   */
  readonly stopwatch: Clock;
  /** This clock's instant for one of the stopwatch's. */
  fromStopwatch(at: number): number;
  /** The stopwatch's instant for one of this clock's. */
  toStopwatch(at: number): number;
}

/**
 * Makes a clock that goes on from where it was should the machine's be set back, so that nothing that is under way waits for
 * that time to come again. Lanes live by it: what is due and leased. Instants that people gave are the machine's.
 */
export function steadyClock(clock: Clock): SteadyClock {
  let last = Number.NEGATIVE_INFINITY;
  let aheadMs = 0;
  const now = () => {
    const machine = clock.now();
    if (machine < last) aheadMs += last - machine;
    last = machine;
    return machine + aheadMs;
  };
  const sleep: Clock["sleep"] = (ms, signal) => clock.sleep(ms, signal);
  const startedAt = clock.elapsed === undefined ? 0 : now() - clock.elapsed();
  const stopwatch: Clock = {
    // Whole milliseconds, as instants are stored.
    now: () => (clock.elapsed === undefined ? now() : Math.floor(startedAt + clock.elapsed())),
    sleep,
  };
  return {
    now,
    sleep,
    aheadMs: () => aheadMs,
    catchUp(at) {
      aheadMs += Math.max(0, at - this.now());
    },
    machine: (at) => at - aheadMs,
    stopwatch,
    fromStopwatch: (at) => at + now() - stopwatch.now(),
    toStopwatch: (at) => at + stopwatch.now() - now(),
  };
}

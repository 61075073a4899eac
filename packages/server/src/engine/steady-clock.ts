import type { Clock } from "./ports/runtime.ts";

/** A clock that never goes back. */
export interface SteadyClock extends Clock {
  /** By how much it is ahead of the machine's clock: how far that was set back since the start. */
  aheadMs(): number;
  /** The machine's instant for one of this clock's: what people are shown, and what they gave. */
  machine(at: number): number;
}

/**
 * Makes a clock that goes on from where it was should the machine's be set back, so that nothing that is under way waits for
 * that time to come again. Lanes live by it: what is due, leased or paced. Instants that people gave are the machine's.
 */
export function steadyClock(clock: Clock): SteadyClock {
  let last = Number.NEGATIVE_INFINITY;
  let aheadMs = 0;
  return {
    now() {
      const now = clock.now();
      if (now < last) aheadMs += last - now;
      last = now;
      return now + aheadMs;
    },
    sleep: (ms, signal) => clock.sleep(ms, signal),
    aheadMs: () => aheadMs,
    machine: (at) => at - aheadMs,
  };
}

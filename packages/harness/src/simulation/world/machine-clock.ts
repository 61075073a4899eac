import type { Signal } from "../../../../server/src/domain/signal.ts";
import type { Clock } from "../../../../server/src/engine/ports/runtime.ts";
import type { PlannedClockStep } from "../plan/plan.ts";

/** The clock of the machine that the processes run on: somebody may set it, and timers do not care. */
export class MachineClock implements Clock {
  readonly #real: Clock;
  #steps: readonly PlannedClockStep[] = [];

  constructor(real: Clock) {
    this.#real = real;
  }

  /** It is set at these instants, in real epoch ms, each time by so much. */
  setAt(steps: readonly PlannedClockStep[]): void {
    this.#steps = steps;
  }

  now(): number {
    const real = this.#real.now();
    let shown = real;
    for (const { at, byMs } of this.#steps) if (at <= real) shown += byMs;
    return shown;
  }

  elapsed(): number {
    return this.#real.now();
  }

  sleep(ms: number, signal?: Signal): Promise<void> {
    return this.#real.sleep(ms, signal);
  }
}

/** The clock of another machine, which is off by so much. */
export function offBy(clock: MachineClock, skewMs: number): Clock {
  return {
    now: () => clock.now() + skewMs,
    elapsed: () => clock.elapsed(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}

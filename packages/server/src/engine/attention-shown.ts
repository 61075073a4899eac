import type { Attention } from "./engine.ts";
import type { SteadyClock } from "./steady-clock.ts";

/** What stands in the way, with the machine's instants in place of those of the clock that lanes live by. */
export function shown(clock: SteadyClock, attention: Attention | null): Attention | null {
  return withInstants(attention, (at) => clock.machine(at));
}

/** What stands in the way, with the instants of the clock that lanes live by in place of its stopwatch's. */
export function lasting(clock: SteadyClock, attention: Attention | null): Attention | null {
  return withInstants(attention, (at) => clock.fromStopwatch(at));
}

function withInstants(
  attention: Attention | null,
  instant: (at: number) => number,
): Attention | null {
  if (attention === null) return null;
  const { since, retryAt } = attention;
  return {
    ...attention,
    since: instant(since),
    retryAt: retryAt === null ? null : instant(retryAt),
  };
}

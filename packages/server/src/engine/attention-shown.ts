import type { Attention } from "./engine.ts";
import type { SteadyClock } from "./steady-clock.ts";

/** What stands in the way, with the machine's instants in place of those of the clock that lanes live by. */
export function shown(clock: SteadyClock, attention: Attention | null): Attention | null {
  if (attention === null) return null;
  const { since, retryAt } = attention;
  return {
    ...attention,
    since: clock.machine(since),
    retryAt: retryAt === null ? null : clock.machine(retryAt),
  };
}

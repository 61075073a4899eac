import type { BrokenPromise } from "./check/promises.ts";
import type { PlannedEnd, SimulationPlan } from "./plan/plan.ts";
import { simulate } from "./simulate.ts";

/** One step of a walk: the process dies at this call, before it takes effect or after it. */
export interface WalkStep {
  readonly call: number;
  /** What it calls: a method of the store, `request` or `sleep`. */
  readonly name: string;
  readonly takesEffect: boolean;
  readonly plan: SimulationPlan;
  readonly broken: readonly BrokenPromise[];
}

/** How a walk goes. */
export interface WalkOptions {
  /** How long after its death the process begins anew. Default 50 ms. */
  readonly restartMs?: number;
  /** From which call on; default the first. */
  readonly from?: number;
  /** When it is begun to count calls, in ms from the plan's start. Default 0. */
  readonly since?: number;
}

/**
 * Plays a world again and again, and kills its first process at every call that it makes of the store, the network or the clock,
 * in turn: at the first, the second, the third … each once before the call takes effect and once after it. It ends with the
 * first call that the process does not come to before the world gets calm.
 */
export async function* crashWalk(
  plan: SimulationPlan,
  { restartMs = 50, from = 1, since = 0 }: WalkOptions = {},
): AsyncGenerator<WalkStep> {
  for (let call = from; ; call += 1)
    for (const takesEffect of [false, true]) {
      const end: PlannedEnd = { from: since, call: "any", nth: call, takesEffect, restartMs };
      const killed = withFirstEnd(plan, end);
      const { broken, ended, diedAt } = await simulate(killed);
      if (ended === 0) return;
      const [name = ""] = diedAt;
      yield { call, name, takesEffect, plan: killed, broken };
    }
}

function withFirstEnd(plan: SimulationPlan, end: PlannedEnd): SimulationPlan {
  const [first, ...others] = plan.processes;
  if (first === undefined) throw new Error("a world needs a process");
  return { ...plan, processes: [{ ...first, ends: [end, ...first.ends] }, ...others] };
}

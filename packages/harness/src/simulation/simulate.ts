import type { BrokenPromise } from "./check/promises.ts";
import type { SimulationPlan } from "./plan/plan.ts";
import { Playthrough } from "./world/playthrough.ts";
import type { Sabotage } from "./world/sabotage.ts";
import { Trace } from "./world/trace.ts";

/** What a run showed. It held when `broken` is empty. */
export interface SimulationReport {
  readonly seed: number;
  readonly broken: readonly BrokenPromise[];
  /** The same for the same plan, always. */
  readonly hash: string;
  readonly lines: number;
  readonly tail: readonly string[];
  readonly accepted: number;
  readonly lives: number;
  /** How many lives ended as planned. */
  readonly ended: number;
  /** The calls at which lives ended that were to end at a call. */
  readonly diedAt: readonly string[];
  /** How much time passed in it. */
  readonly virtualMs: number;
}

/** How a plan is played. */
export interface SimulationOptions {
  /** Told every line of the trace. */
  readonly watch?: (line: string) => void;
  /** Makes the product wrong, to see the checks notice. */
  readonly sabotage?: Sabotage;
}

/** Plays a plan: real engine, real SQL, real connector client and the emulator, in one process and virtual time. */
export async function simulate(
  plan: SimulationPlan,
  { watch, sabotage = {} }: SimulationOptions = {},
): Promise<SimulationReport> {
  const trace = new Trace(watch ?? null);
  const playthrough = new Playthrough(plan, trace, sabotage);
  await playthrough.open();
  await playthrough.play();
  return playthrough.close();
}

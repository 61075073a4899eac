import { type BrokenPromise, shown } from "../check/promises.ts";
import type { PlanOptions } from "../plan/plan-of-seed.ts";
import { planOf } from "../plan/plan-of-seed.ts";
import { type SimulationReport, simulate } from "../simulate.ts";

/** What became of a world, small enough to be told from one thread to another. */
export interface Played {
  readonly seed: number;
  readonly broken: readonly BrokenPromise[];
  readonly accepted: number;
  readonly lives: number;
  readonly virtualMs: number;
  readonly hash: string;
}

/** A world to be played: its seed, and how it is planned. */
export interface Asked extends PlanOptions {
  readonly seed: number;
}

/** Plays one. A world that throws broke no promise that has a name, and is the worst of all. */
export async function playSeed(asked: Asked): Promise<Played> {
  try {
    return playedOf(await simulate(planOf(asked.seed, asked)));
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const broken: BrokenPromise = { promise: "every-delivery-ends", what: `it threw: ${what}` };
    const { seed } = asked;
    return { seed, broken: [broken], accepted: 0, lives: 0, virtualMs: 0, hash: "" };
  }
}

/** What is told of a report. */
export function playedOf(report: SimulationReport): Played {
  const { seed, broken, accepted, lives, virtualMs, hash } = report;
  return { seed, broken: broken.slice(0, shownMax), accepted, lives, virtualMs, hash };
}

/** A failed world, in lines, with what to do next. */
export function failureOf({ seed, broken }: Played, words: string): readonly string[] {
  return [
    `seed ${seed}: ${broken.length === shownMax ? `${shownMax} times or more` : `${broken.length} times`} a promise broke`,
    ...broken.map((one) => `  ${shown(one)}`),
    `  watch it:      npm run sim -- ${words} --watch`,
    `  make it small: npm run sim -- ${words} --shrink`,
  ];
}

const shownMax = 20;

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

/** What `npm run sim` was asked for. */
export interface SimArguments {
  readonly seed: number;
  readonly seeds: number;
  readonly hours: number | null;
  readonly setsClocks: boolean;
  readonly plan: string | null;
  readonly shrink: boolean;
  readonly out: string | null;
  readonly jobs: number;
  readonly watch: boolean;
  readonly json: boolean;
}

export const usage = `usage: npm run sim -- [--seed N] [--seeds K] [--hours H] [--set-clocks] [--watch] [--json] [--jobs J]
       npm run sim -- --seed N --shrink [--out FILE]
       npm run sim -- --plan FILE [--shrink] [--watch]

Plays made-up worlds of the service in virtual time, and says which promises broke.

  --seed N     the first world to play (default 1)
  --seeds K    how many worlds, one seed after the other (default 1)
  --hours H    each lasts so many hours, in place of a minute or so
  --set-clocks the machine's clock is set every few seconds, mostly back
  --plan FILE  plays the world in this file, as --shrink writes it
  --shrink     looks for the smallest world that breaks the same promise, tells its story and keeps its plan
  --out FILE   where to keep it (default sim-N.plan.json)
  --jobs J     how many worlds at once (default: one for each processor)
  --watch      prints every line of the trace
  --json       prints one JSON document in place of text

examples: npm run sim -- --seeds 1000
          npm run sim -- --seed 7 --hours 24
          npm run sim -- --seed 33084 --shrink`;

/** Reads the words. Answers, in a sentence, what is wrong with them; or null for help. */
export function readArguments(words: readonly string[]): SimArguments | string | null {
  try {
    const { values } = parseArgs({ args: [...words], options, strict: true });
    if (values.help) return null;
    const { plan = null, out = null, shrink, watch, json } = values;
    const setsClocks = values["set-clocks"];
    const seed = whole("seed", values.seed, 0);
    const seeds = whole("seeds", values.seeds, 1);
    const jobs = whole("jobs", values.jobs, 1);
    const hours = values.hours === undefined ? null : hoursOf(values.hours);
    if (plan !== null && (seeds > 1 || hours !== null || setsClocks))
      return "--plan names one world; --seeds, --hours and --set-clocks make others";
    if (shrink && seeds > 1) return "--shrink is for one world";
    return { seed, seeds, jobs, hours, setsClocks, plan, out, shrink, watch, json };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The words that plan the world of a seed so. */
export function wordsOf({
  seed,
  hours,
  setsClocks,
}: Pick<SimArguments, "seed" | "hours" | "setsClocks">): string {
  return [
    `--seed ${seed}`,
    ...(hours === null ? [] : [`--hours ${hours}`]),
    ...(setsClocks ? ["--set-clocks"] : []),
  ].join(" ");
}

const options = {
  seed: { type: "string", default: "1" },
  seeds: { type: "string", default: "1" },
  hours: { type: "string" },
  "set-clocks": { type: "boolean", default: false },
  plan: { type: "string" },
  out: { type: "string" },
  jobs: { type: "string", default: String(availableParallelism()) },
  shrink: { type: "boolean", default: false },
  watch: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h" },
} as const;

function whole(name: string, value: string, from: number): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < from)
    throw new Error(`--${name} is ${value}: it must be a whole number from ${from} on`);
  return number;
}

function hoursOf(value: string): number {
  const hours = Number(value);
  if (!(hours > 0 && hours <= hoursMax))
    throw new Error(`--hours is ${value}: it must be more than 0 and at most ${hoursMax}`);
  return hours;
}

/** Four weeks. */
const hoursMax = 24 * 28;

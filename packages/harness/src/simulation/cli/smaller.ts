import { shown } from "../check/promises.ts";
import type { SimulationPlan } from "../plan/plan.ts";
import { writePlanFile } from "../plan/plan-file.ts";
import { retold } from "../shrink/retold.ts";
import { shrink } from "../shrink/shrink.ts";
import { simulate } from "../simulate.ts";
import type { SimArguments } from "./arguments.ts";

/** Makes a failing world as small as it gets, tells its story, and keeps its plan in a file. */
export async function shrinkAndTell(
  first: SimulationPlan,
  { json, out }: Pick<SimArguments, "json" | "out">,
): Promise<number> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  let told = "";
  const shrunk = await shrink(first, {
    play: async (plan) => (await simulate(plan)).broken,
    signal: stop.signal,
    onSmaller: (plan, tries) => {
      const size = sizeOf(plan);
      if (size !== told)
        console.error(`${tries} worlds played; the smallest that fails has ${size}`);
      told = size;
    },
  });
  if (shrunk === null) {
    console.log(`seed ${first.seed}: every promise held, so there is nothing to make smaller`);
    return 0;
  }
  const { plan, broken, promise, tries } = shrunk;
  const file = out ?? `sim-${first.seed}.plan.json`;
  writePlanFile(file, { shows: promise, plan });
  if (json) {
    console.log(JSON.stringify({ file, promise, tries, broken, plan }));
    return 1;
  }
  const { tail, lines } = await simulate(plan);
  console.log(
    [
      `The smallest world found that breaks ${promise}, after ${tries} tries:`,
      ...retold(plan).map((line) => `  ${line}`),
      "What broke:",
      ...broken.slice(0, 10).map((one) => `  ${shown(one)}`),
      `The end of its trace, ${tail.length} of ${lines} lines:`,
      ...tail.map((line) => `  ${line}`),
      `Play it again: npm run sim -- --plan ${file} --watch`,
    ].join("\n"),
  );
  return 1;
}

function sizeOf({ people, campaigns, notifications, acts, processes }: SimulationPlan): string {
  const ends = processes.reduce((sum, { ends: some }) => sum + some.length, 0);
  const sends = campaigns.length + notifications.length;
  return `${people} people, ${sends} sends, ${acts.length} acts, ${processes.length} processes, ${ends} deaths`;
}

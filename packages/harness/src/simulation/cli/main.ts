// Plays made-up worlds: one, a row of them, or ever smaller ones. `scripts/sim.mjs` starts it.
import type { SimulationPlan } from "../plan/plan.ts";
import { readPlan } from "../plan/plan-file.ts";
import { planOf } from "../plan/plan-of-seed.ts";
import { simulate } from "../simulate.ts";
import { readArguments, type SimArguments, usage, wordsOf } from "./arguments.ts";
import { playMany } from "./many.ts";
import { failureOf, playedOf } from "./played.ts";
import { shrinkAndTell } from "./smaller.ts";

async function main(words: readonly string[]): Promise<number> {
  const asked = readArguments(words);
  if (asked === null || typeof asked === "string") {
    console.error(asked === null ? usage : `${asked}\n\n${usage}`);
    return asked === null ? 0 : 2;
  }
  if (asked.seeds > 1) return playMany(asked);
  const plan = asked.plan === null ? planOf(asked.seed, asked) : readPlan(asked.plan);
  return asked.shrink ? shrinkAndTell(plan, asked) : playOne(plan, asked);
}

/** Plays one world, and tells of it. */
async function playOne(plan: SimulationPlan, asked: SimArguments): Promise<number> {
  const startedAt = performance.now();
  const report = await simulate(plan, asked.watch ? { watch: (line) => console.log(line) } : {});
  const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(2));
  const virtualHours = Number((report.virtualMs / 3_600_000).toFixed(3));
  const { broken, accepted, lives, hash } = report;
  if (asked.json) {
    console.log(
      JSON.stringify({ seed: plan.seed, broken, accepted, lives, hash, virtualHours, seconds }),
    );
  } else {
    const words = asked.plan === null ? wordsOf(asked) : `--plan ${asked.plan}`;
    if (broken.length > 0) console.log(failureOf(playedOf(report), words).join("\n"));
    console.log(
      `seed ${plan.seed}: ${broken.length === 0 ? "every promise held" : `broke ${[...new Set(broken.map(({ promise }) => promise))].join(", ")}`}; ` +
        `${lives} lives, ${accepted} messages, ${virtualHours} virtual hours in ${seconds} s, trace ${hash.slice(0, 16)}`,
    );
  }
  return broken.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));

import { readFileSync, writeFileSync } from "node:fs";
import type { SimulationPlan } from "./plan.ts";

/** A plan in a file, as `--shrink` keeps it. */
export interface PlanFile {
  /** Which promise the world broke when it was found, and what it is good for. */
  readonly shows: string;
  readonly plan: SimulationPlan;
}

/** Reads a plan. Throws where the file is none. */
export function readPlan(file: string): SimulationPlan {
  return readPlanFile(file).plan;
}

/** Reads a plan with its note. Throws where the file is none. */
export function readPlanFile(file: string | URL): PlanFile {
  const value: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!isPlanFile(value)) throw new Error(`${file} holds no plan of a simulated world`);
  return value;
}

/** Keeps a plan with its note. */
export function writePlanFile(file: string, kept: PlanFile): void {
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
}

function isPlanFile(value: unknown): value is PlanFile {
  if (typeof value !== "object" || value === null || !("plan" in value)) return false;
  const { plan } = value;
  if (typeof plan !== "object" || plan === null) return false;
  return fields.every((field) => field in plan);
}

const fields = [
  "seed",
  "luck",
  "people",
  "teams",
  "ratePerSecond",
  "latencyMs",
  "commitMs",
  "tokenMs",
  "campaigns",
  "notifications",
  "acts",
  "weather",
  "storeTroubles",
  "outages",
  "clockSteps",
  "seesEnds",
  "processes",
  "calmAt",
] as const satisfies readonly (keyof SimulationPlan)[];

import { backoffMs } from "../domain/retry-policy.ts";
import type { Rng } from "./ports/runtime.ts";

/** How long an expansion waits, after so many refusals in a row that may pass, before it asks Teams again. */
export function passingWaitMs(random: Rng, failures: number): number {
  const capMs = passingWaitMsMax;
  return Math.max(backoffMs({ attempt: failures + 1, random: random(), capMs }), passingWaitMsMin);
}

/** How long it waits where an exclusion cannot be made out: somebody has to act first. */
export const excludeWaitMs = 60_000;

const passingWaitMsMin = 1000;
const passingWaitMsMax = 60_000;

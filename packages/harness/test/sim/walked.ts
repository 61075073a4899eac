import assert from "node:assert/strict";
import { shown } from "../../src/simulation/check/promises.ts";
import { crashWalk, type WalkOptions } from "../../src/simulation/crash-walk.ts";
import type { SimulationPlan } from "../../src/simulation/plan/plan.ts";

/** Walks to the end, and answers how many calls there were, and which. */
export async function walked(
  plan: SimulationPlan,
  options: WalkOptions = {},
): Promise<{ readonly calls: number; readonly names: ReadonlySet<string> }> {
  let calls = 0;
  const names = new Set<string>();
  for await (const { call, name, takesEffect, broken, plan: killed } of crashWalk(plan, options)) {
    calls = call;
    names.add(name);
    const when = `killed at call ${call}, ${takesEffect ? "after" : "before"} it takes effect`;
    assert.deepEqual(broken.map(shown), [], `${when}\n${JSON.stringify(killed)}`);
  }
  return { calls, names };
}

/** Whether the walk came by these calls. */
export function assertCovered(names: ReadonlySet<string>, wanted: readonly string[]): void {
  assert.deepEqual(
    wanted.filter((name) => !names.has(name)),
    [],
    `the walk came by ${[...names].sort().join(", ")}`,
  );
}

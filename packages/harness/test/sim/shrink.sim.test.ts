// Goal: a world that fails is made so small that a person sees why. Method: the product is made wrong in a way that few worlds
// notice; the first seed that does is shrunk, told, kept in a file and played again from there.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import type { PromiseName } from "../../src/simulation/check/promises.ts";
import type { SimulationPlan } from "../../src/simulation/plan/plan.ts";
import { readPlan, writePlanFile } from "../../src/simulation/plan/plan-file.ts";
import { planOf } from "../../src/simulation/plan/plan-of-seed.ts";
import { retold } from "../../src/simulation/shrink/retold.ts";
import { type Shrunk, shrink } from "../../src/simulation/shrink/shrink.ts";
import { simulate } from "../../src/simulation/simulate.ts";
import type { Sabotage } from "../../src/simulation/world/sabotage.ts";
import { dropsKey, ignoresCancel } from "./sabotages.ts";

/** The first world among the first seeds in which the wrong product breaks this promise first. */
async function firstFailing(wrong: () => Sabotage, promise: PromiseName): Promise<SimulationPlan> {
  for (let seed = 1; seed <= 60; seed += 1) {
    const { broken } = await simulate(planOf(seed), { sabotage: wrong() });
    if (broken[0]?.promise === promise) return planOf(seed);
  }
  throw new Error(`no seed breaks ${promise}`);
}

async function shrunkBy(wrong: () => Sabotage, promise: PromiseName): Promise<Shrunk> {
  const plan = await firstFailing(wrong, promise);
  const shrunk = await shrink(plan, {
    play: async (candidate) => (await simulate(candidate, { sabotage: wrong() })).broken,
    triesMax: 170,
  });
  assert.ok(shrunk !== null);
  assert.equal(shrunk.promise, promise);
  return shrunk;
}

/** How many things happen in a plan. */
function happenings(plan: SimulationPlan): number {
  const { campaigns, notifications, acts, weather, outages, storeTroubles, clockSteps } = plan;
  const lists = [campaigns, notifications, acts, weather, outages, storeTroubles, clockSteps];
  const ofProcesses = plan.processes.flatMap(({ ends, freezes }) => [...ends, ...freezes]);
  return lists.reduce((sum, list) => sum + list.length, ofProcesses.length);
}

describe("a failing world", () => {
  it("shrinks to one campaign and one cancel where a cancel is answered and not made", async () => {
    const { plan } = await shrunkBy(ignoresCancel, "cancel-takes-effect");
    assert.equal(plan.campaigns.length, 1);
    assert.deepEqual(
      plan.acts.map(({ act }) => act),
      ["cancel"],
    );
    assert.equal(happenings(plan), 2, retold(plan).join("\n"));
    assert.equal(plan.processes.length, 1);
    const right = await simulate(plan);
    assert.deepEqual(right.broken, [], "it is the sabotage that fails, not the world");
  });

  it("shrinks to one person and one thing asked for twice where keys are not known again", async () => {
    const { plan } = await shrunkBy(dropsKey, "made-once");
    assert.equal(plan.people, 1);
    assert.ok(happenings(plan) <= 2, retold(plan).join("\n"));
  });

  it("is kept in a file, plays the same from there, and is told line by line", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "carillon-plan-"));
    try {
      const file = path.join(folder, "found.json");
      const plan = planOf(3);
      writePlanFile(file, { shows: "nothing yet", plan });
      assert.equal((await simulate(readPlan(file))).hash, (await simulate(plan)).hash);
      const told = retold(plan);
      assert.equal(told.length, 2 + happenings(plan));
      assert.match(
        told.at(-1) ?? "",
        /nothing goes wrong any more|campaign|notification|person|process/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("that holds is not made smaller", async () => {
    const play = async (plan: SimulationPlan) => (await simulate(plan)).broken;
    assert.equal(await shrink(planOf(3), { play }), null);
  });

  it("refuses a file that holds no plan", () => {
    assert.throws(
      () => readPlan(new URL("../../package.json", import.meta.url).pathname),
      /holds no plan/,
    );
  });
});

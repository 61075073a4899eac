// Goal: the promises hold in whole made-up afternoons with faults, outages, full disks, dying and frozen processes. Method:
// real engine, SQL, connector client and emulator in one process and virtual time; every world follows from its seed.
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { shown } from "../../src/simulation/check/promises.ts";
import { readPlanFile } from "../../src/simulation/plan/plan-file.ts";
import { planOf } from "../../src/simulation/plan/plan-of-seed.ts";
import { type SimulationReport, simulate } from "../../src/simulation/simulate.ts";

const folder = new URL("../../kept/", import.meta.url);
/** None where there is no such folder. */
const plansIn = (sub: string) =>
  globSync("*.plan.json", { cwd: fileURLToPath(new URL(sub, folder)) })
    .sort()
    .map((name) => `${sub}${name}`);
const fresh = Array.from({ length: 50 }, (_, index) => index + 1);

function held(report: SimulationReport, world = `--seed ${report.seed}`): void {
  const replay = `replay: npm run sim -- ${world} --watch`;
  const broken = report.broken.map(shown);
  assert.deepEqual(broken, [], [replay, ...broken, ...report.tail].join("\n"));
}

describe("the simulation", () => {
  it("gives the same trace for the same seed, also with two processes, kills and frozen ones", async () => {
    const isRich = (seed: number) => {
      const [one, two] = planOf(seed).processes;
      return two !== undefined && one?.freezes.length !== 0 && two.ends.length > 0;
    };
    const rich = fresh.find(isRich);
    assert.ok(rich !== undefined, "there is such a world among the first");
    for (const seed of [3, 11, rich]) {
      const [first, second] = [await simulate(planOf(seed)), await simulate(planOf(seed))];
      assert.equal(second.hash, first.hash, `seed ${seed}`);
      assert.ok(first.lines > 100, "something happened");
    }
  });

  it("gives another trace for another seed", async () => {
    assert.notEqual((await simulate(planOf(3))).hash, (await simulate(planOf(4))).hash);
  });

  for (const seed of fresh)
    it(`keeps every promise with seed ${seed}`, async () => held(await simulate(planOf(seed))));

  for (const name of plansIn("./")) {
    const { shows, plan } = readPlanFile(new URL(name, folder));
    it(`keeps every promise in the kept world ${name}: ${shows}`, async () =>
      held(await simulate(plan), replayOf(name)));
  }

  // What was found and is not put right yet: it fails without failing the run, and once it does not, it moves up.
  for (const name of plansIn("./open/")) {
    const { shows, plan } = readPlanFile(new URL(name, folder));
    it(`will keep every promise in ${name}: ${shows}`, { todo: true }, async () =>
      held(await simulate(plan), replayOf(name)),
    );
  }
});

function replayOf(name: string): string {
  return `--plan packages/harness/kept/${name.slice(2)}`;
}

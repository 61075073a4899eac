// Goal: the promises hold in whole made-up afternoons with faults, outages, full disks and dying processes. Method: real
// engine, SQL, connector client and emulator in one process and virtual time; every world follows from its seed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { planOf } from "../../src/simulation/plan.ts";
import { type SimulationReport, simulate } from "../../src/simulation/simulate.ts";

const kept: readonly number[] = JSON.parse(
  readFileSync(new URL("../../seeds.json", import.meta.url), "utf8"),
);
const fresh = Array.from({ length: 50 }, (_, index) => index + 1);

function held(report: SimulationReport): void {
  const replay = `replay: npm run sim -- --seed ${report.seed}`;
  assert.deepEqual(report.broken, [], [replay, ...report.broken, ...report.tail].join("\n"));
}

describe("the simulation", () => {
  it("gives the same trace for the same seed", async () => {
    for (const seed of [3, 11, 42]) {
      const [first, second] = [await simulate(planOf(seed)), await simulate(planOf(seed))];
      assert.equal(second.hash, first.hash, `seed ${seed}`);
      assert.ok(first.lines > 100, "something happened");
    }
  });

  it("gives another trace for another seed", async () => {
    assert.notEqual((await simulate(planOf(3))).hash, (await simulate(planOf(4))).hash);
  });

  for (const seed of new Set([...kept, ...fresh]))
    it(`keeps every promise with seed ${seed}`, async () => held(await simulate(planOf(seed))));
});

// Goal: whatever the machine's clock shows, every promise is kept, the order of messages and retries among them. Method: worlds as
// of any seed, in which the clock is set every few seconds, mostly back, by up to ten minutes.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shown } from "../../src/simulation/check/promises.ts";
import { planOf } from "../../src/simulation/plan/plan-of-seed.ts";
import { simulate } from "../../src/simulation/simulate.ts";

const seeds = Array.from({ length: 15 }, (_, index) => index + 1);

describe("a world whose clock is set every few seconds", () => {
  for (const seed of seeds)
    it(`keeps every promise: --seed ${seed} --set-clocks`, async () => {
      const plan = planOf(seed, { setsClocks: true });
      assert.ok(plan.clockSteps.some(({ byMs }) => byMs < 0));
      const { broken } = await simulate(plan);
      assert.deepEqual(broken.map(shown), []);
    });

  it("is else the world of its seed", () => {
    const { clockSteps, ...plan } = planOf(1, { setsClocks: true });
    assert.deepEqual({ ...plan, clockSteps: planOf(1).clockSteps }, planOf(1));
    assert.ok(clockSteps.length > 2);
  });
});

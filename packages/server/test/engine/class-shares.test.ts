import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type TrafficClass, trafficClasses } from "../../src/domain/campaign.ts";
import { ClassShares, shareEvery } from "../../src/engine/class-shares.ts";

/** What starts, step by step, while those have work that `has` says. */
function play(
  steps: readonly ((one: TrafficClass) => boolean)[],
): readonly (TrafficClass | null)[] {
  const shares = new ClassShares();
  return steps.map((has) => {
    const next = shares.next(has);
    if (next !== null) shares.started(next, has);
    return next;
  });
}

test("the most urgent class that has work goes first, and nobody where nobody has", () => {
  const only =
    (...classes: readonly TrafficClass[]) =>
    (one: TrafficClass) =>
      classes.includes(one);
  assert.deepEqual(
    play([
      only("bulk", "normal"),
      only("bulk", "urgent"),
      only("bulk", "interactive"),
      only("bulk"),
      only(),
    ]),
    ["normal", "urgent", "interactive", "bulk", null],
  );
});

test("where all classes have work for ever, the most urgent gets nineteen of 22 starts and each other one", () => {
  const started = play(Array.from({ length: 22 * 50 }, () => () => true));
  const counts = trafficClasses.map((one) => started.filter((each) => each === one).length);
  assert.deepEqual(counts, [19 * 50, 50, 50, 50]);
});

test("property: a class that has work all the while gets one of any 22 starts in a row", () => {
  const step = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.constantFrom(...trafficClasses),
      fc.array(step, { minLength: shareEvery, maxLength: 120 }),
      (always, steps) => {
        const started = play(
          steps.map(
            (has) => (one) => one === always || (has[trafficClasses.indexOf(one)] ?? false),
          ),
        );
        for (let from = 0; from + shareEvery <= started.length; from += 1)
          assert.ok(started.slice(from, from + shareEvery).includes(always), `from ${from}`);
      },
    ),
    { numRuns: 500 },
  );
});

test("property: what starts has work, and nobody less urgent goes first before nineteen were passed over", () => {
  const step = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const has = (index: number) => (one: TrafficClass) =>
        steps[index]?.[trafficClasses.indexOf(one)] ?? false;
      const started = play(steps.map((_, index) => has(index)));
      for (const [index, one] of started.entries()) {
        const best = trafficClasses.find(has(index)) ?? null;
        assert.equal(one === null, best === null);
        if (one === null || one === best) continue;
        const before = started.slice(0, index);
        const passes = before.slice(before.lastIndexOf(one) + 1).filter((each) => each !== null);
        assert.ok(passes.length >= 19, `${one} after ${passes.length}`);
      }
    }),
    { numRuns: 500 },
  );
});

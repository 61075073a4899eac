import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { InvariantError } from "../../src/domain/assert.ts";
import {
  assertStep,
  countsOf,
  type DeliveryState,
  deliveryStates,
  isFinal,
  mayBecome,
} from "../../src/domain/delivery.ts";

const state = fc.constantFrom(...deliveryStates);

/** The states that a walk from `pending` goes through when each choice takes the next allowed step. */
function walk(choices: readonly number[]): readonly DeliveryState[] {
  const path: DeliveryState[] = ["pending"];
  for (const choice of choices) {
    const last = path.at(-1) ?? "pending";
    const steps = deliveryStates.filter((to) => mayBecome(last, to));
    const to = steps[choice % Math.max(1, steps.length)];
    if (to === undefined) break;
    path.push(to);
  }
  return path;
}

describe("the states of a delivery", () => {
  it("are left no more once final, but for a retry of one that was not accepted", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 60 }), (choices) => {
        const path = walk(choices);
        for (const [index, from] of path.entries()) {
          const to = path[index + 1];
          if (to === undefined || !isFinal(from)) continue;
          assert.ok(["failed", "skipped", "uncertain"].includes(from), from);
          assert.equal(to, "pending");
        }
      }),
    );
  });

  it("can all be reached from pending", () => {
    const reached = new Set<DeliveryState>(["pending"]);
    for (const from of reached)
      for (const to of deliveryStates) if (mayBecome(from, to)) reached.add(to);
    assert.deepEqual([...reached].sort(), [...deliveryStates].sort());
  });

  it("lead from everywhere to a final one", () => {
    for (const from of deliveryStates)
      assert.ok(
        isFinal(from) || deliveryStates.some((to) => mayBecome(from, to) && isFinal(to)),
        from,
      );
  });

  it("are accepted only after sending, and uncertain only after sending or where a resend is not made", () => {
    fc.assert(
      fc.property(state, (from) => {
        assert.equal(mayBecome(from, "accepted"), from === "sending");
        assert.equal(mayBecome(from, "uncertain"), from === "sending" || from === "pending");
      }),
    );
  });

  it("refuse a step that is not theirs", () => {
    fc.assert(
      fc.property(state, state, (from, to) => {
        if (mayBecome(from, to)) assertStep(from, to);
        else assert.throws(() => assertStep(from, to), InvariantError);
      }),
    );
  });
});

describe("countsOf", () => {
  it("has every state, and a total that is their sum", () => {
    const some = fc.dictionary(state, fc.nat({ max: 1_000_000 }), { maxKeys: 7 });
    fc.assert(
      fc.property(some, (partial) => {
        const counts = countsOf(partial);
        let sum = 0;
        for (const name of deliveryStates) {
          assert.equal(counts[name], Object.hasOwn(partial, name) ? partial[name] : 0);
          sum += counts[name];
        }
        assert.equal(counts.total, sum);
      }),
    );
  });
});

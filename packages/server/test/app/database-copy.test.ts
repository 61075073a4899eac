import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { workingOn } from "../../src/app/database-copy.ts";
import { type WorkerId, workerId } from "../../src/domain/ids.ts";
import { lookMs, silentLooks } from "../../src/engine/lease-times.ts";
import type { LaneHolding } from "../../src/store/care/in-use.ts";

/** Looks at what a database says, one after the other; the last one says so for good. */
async function watched(
  looks: readonly Readonly<Record<string, string>>[],
  ended: readonly string[] = [],
): Promise<{
  readonly found: WorkerId | null;
  readonly looked: number;
  readonly waitedMs: number;
}> {
  let looked = 0;
  let waitedMs = 0;
  const look = async (): Promise<readonly LaneHolding[]> => {
    const now = looks[Math.min(looked, looks.length - 1)] ?? {};
    looked += 1;
    return Object.entries(now).map(([worker, sign]) => ({ worker: workerId(worker), sign }));
  };
  const found = await workingOn(look, {
    sleep: async (ms) => {
      waitedMs += ms;
    },
    processes: { own: "", hasEnded: (worker) => ended.includes(worker) },
  });
  return { found, looked, waitedMs };
}

describe("whether a process works on a database", () => {
  it("is not asked twice where nobody holds a lane, or only those whose process has ended", async () => {
    assert.deepEqual(await watched([{}]), { found: null, looked: 1, waitedMs: 0 });
    assert.deepEqual(await watched([{ w1: "1", w2: "1" }], ["w1", "w2"]), {
      found: null,
      looked: 1,
      waitedMs: 0,
    });
  });

  it("is seen by the first turn that is taken, or by a lane that changes hands", async () => {
    const turn = await watched([
      { w1: "1", w2: "5" },
      { w1: "1", w2: "5" },
      { w1: "1", w2: "6" },
    ]);
    assert.deepEqual(turn, { found: "w2", looked: 3, waitedMs: 2 * lookMs });
    const taken = await watched([{ w1: "1" }, { w9: "2" }], ["w1"]);
    assert.deepEqual(taken.found, null, "who comes after the first look is not looked for");
    assert.equal((await watched([{ w1: "1" }, { w9: "2" }])).found, "w9");
  });

  it("is denied where a holder is silent for as long as others would wait, or gives its lane back", async () => {
    const silent = await watched([{ w1: "1" }]);
    assert.deepEqual(silent, {
      found: null,
      looked: silentLooks,
      waitedMs: (silentLooks - 1) * lookMs,
    });
    assert.deepEqual(await watched([{ w1: "1" }, {}]), {
      found: null,
      looked: 2,
      waitedMs: lookMs,
    });
  });
});

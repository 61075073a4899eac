import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../harness/src/virtual-clock.ts";
import { StoreError } from "../../src/domain/errors.ts";
import { botId, tenantId, workerId } from "../../src/domain/ids.ts";
import { LaneWatch } from "../../src/engine/lane-watch.ts";
import { leaseMs, lookMs, renewMs, silentLooks } from "../../src/engine/lease-times.ts";
import type { LaneHolder, LedgerStore } from "../../src/engine/ports/store.ts";

const bot = botId("bot");
const lane = tenantId("tenant");

/** A watch over one lane, whose row the test writes. */
function watching(options: { readonly ended?: readonly string[] } = {}) {
  const clock = new VirtualClock();
  const row: { holder: LaneHolder | null; fails: boolean } = { holder: null, fails: false };
  const told: string[] = [];
  const asked: string[] = [];
  const ledger: Pick<LedgerStore, "openLanes"> = {
    openLanes: async () => {
      if (row.fails) throw new StoreError("STORE_LOCKED", { detail: "locked" });
      return [{ botId: bot, tenantId: lane, holder: row.holder }];
    },
  };
  const watch = new LaneWatch(
    {
      clock,
      // The watch reads nothing else.
      ledger: ledger as LedgerStore,
      log: { info: () => {}, warn: () => {}, error: () => {} },
      worker: workerId("us"),
      processes: {
        own: "",
        hasEnded: (worker) => {
          asked.push(worker);
          return options.ended?.includes(worker) ?? false;
        },
      },
      onOpen: () => void told.push("open"),
      onLeft: (_, { worker }) => void told.push(`left by ${worker}`),
    },
    bot,
  );
  return { clock, row, told, asked, watch };
}

function heldBy(worker: string, turn = 1, fence = 1): LaneHolder {
  return { worker: workerId(worker), fence, turn, leaseUntil: 1 };
}

test("a lane is free again within 5 s of its holder's end, with half a second to take it", () => {
  const seenMs = lookMs;
  const silentMs = (silentLooks - 1) * lookMs;
  assert.ok(silentMs >= leaseMs, "the holder has stopped before");
  assert.ok(seenMs + silentMs + 500 <= 4_500);
  assert.ok(leaseMs - renewMs >= 2_000, "a holder may stand still for two seconds");
});

test("a lane that is nobody's, or ours, is told of at every look", async () => {
  const { watch, row, told } = watching();
  await watch.look();
  row.holder = heldBy("us");
  await watch.look();
  assert.deepEqual(told, ["open", "open"]);
});

test("a silent holder is told of after the looks of a whole lease, and not before", async () => {
  const { watch, row, told } = watching();
  row.holder = heldBy("other");
  for (let look = 1; look < silentLooks; look += 1) await watch.look();
  assert.deepEqual(told, []);
  await watch.look();
  assert.deepEqual(told, ["left by other"]);
});

test("a holder that takes turns, however seldom, and whatever its clock says, is left alone", async () => {
  const { watch, row, told } = watching();
  for (let look = 0; look < 100; look += 1) {
    if (look % (silentLooks - 1) === 0)
      row.holder = { ...heldBy("other", look), leaseUntil: look % 2 === 0 ? 1 : 1e15 };
    await watch.look();
  }
  assert.deepEqual(told, []);
});

test("the next holder of a lane is a new one, also in the same turn", async () => {
  const { watch, row, told } = watching();
  row.holder = heldBy("other", 5, 1);
  for (let look = 1; look < silentLooks; look += 1) await watch.look();
  row.holder = heldBy("other", 5, 2);
  await watch.look();
  assert.deepEqual(told, []);
});

test("a holder whose process has ended is told of at the first look", async () => {
  const { watch, row, told, asked } = watching({ ended: ["other"] });
  row.holder = heldBy("other");
  await watch.look();
  assert.deepEqual([told, asked], [["left by other"], ["other"]]);
});

test("the watch looks twice a second, less often while the store fails, and not after its end", async () => {
  const { clock, watch, row, told } = watching();
  watch.start();
  await clock.runFor(10 * lookMs - 1);
  assert.equal(told.length, 10);
  row.fails = true;
  await clock.runFor(60_000);
  assert.equal(told.length, 10);
  row.fails = false;
  await clock.runFor(10_000);
  assert.ok(told.length > 10);
  const stopped = watch.stop();
  await clock.runFor(1);
  await stopped;
  const before = told.length;
  await clock.runFor(60_000);
  assert.equal(told.length, before);
});

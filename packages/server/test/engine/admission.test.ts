import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../harness/src/virtual-clock.ts";
import type { TrafficClass } from "../../src/domain/campaign.ts";
import { type CampaignId, campaignId } from "../../src/domain/ids.ts";
import { Admission, type Verdict } from "../../src/engine/admission.ts";
import { Circuit } from "../../src/engine/circuit.ts";
import { Pacer } from "../../src/engine/pacer.ts";

function door({
  ratePerSecond = 10,
  inFlightMax = 100,
  prepare = (): Promise<void> | null => null,
} = {}) {
  const clock = new VirtualClock(0);
  const circuit = new Circuit();
  const pacer = new Pacer({ ratePerSecond });
  const admission = new Admission({
    clock,
    pacer,
    circuit,
    prepare,
    inFlightMax: () => inFlightMax,
  });
  admission.openUntil(Number.POSITIVE_INFINITY);
  const log: string[] = [];
  const ask = (
    name: string,
    {
      trafficClass = "bulk",
      campaign = campaignId("c"),
      cap = null,
    }: { trafficClass?: TrafficClass; campaign?: CampaignId | null; cap?: Pacer | null } = {},
  ) =>
    admission
      .start({ trafficClass, campaignId: campaign, cap })
      .then((verdict: Verdict) => void log.push(`${name} ${verdict} ${clock.now()}`));
  return { clock, circuit, pacer, admission, log, ask };
}

const names = (log: readonly string[]) => log.map((line) => line.split(" ")[0]);

test("the most urgent starts next, whoever came first", async () => {
  const { clock, log, ask } = door();
  for (const n of [1, 2, 3, 4, 5]) ask(`bulk${n}`);
  await clock.runFor(150);
  ask("normal", { trafficClass: "normal" });
  ask("urgent", { trafficClass: "urgent" });
  await clock.runFor(2000);
  assert.deepEqual(names(log), ["bulk1", "bulk2", "bulk3", "bulk4", "urgent", "normal", "bulk5"]);
});

test("no more requests are in flight than allowed, and each end lets the next start", async () => {
  const { clock, admission, log, ask } = door({ ratePerSecond: 0, inFlightMax: 2 });
  for (const n of [1, 2, 3, 4]) ask(String(n));
  await clock.runFor(10);
  assert.equal(log.length, 2);
  assert.equal(admission.waiting, 2);
  admission.ended();
  await clock.runFor(10);
  assert.equal(log.length, 3);
});

test("without hold of the lane nothing starts, and what waits goes on waiting", async () => {
  const { clock, admission, log, ask } = door();
  admission.openUntil(Number.NEGATIVE_INFINITY);
  ask("delivery");
  ask("roster", { campaign: null });
  await clock.runFor(1000);
  assert.deepEqual(log, []);
  admission.openUntil(clock.now() + 5000);
  await clock.runFor(1000);
  assert.deepEqual(names(log), ["delivery", "roster"]);
  await clock.runFor(5000);
  assert.equal(admission.isOpen, false);
  ask("late");
  await clock.runFor(5000);
  assert.equal(log.length, 2);
  admission.releaseAll();
  await clock.runFor(1);
  assert.deepEqual(log.slice(2), ["late released 12000"]);
});

test("a campaign at its cap lets others pass", async () => {
  const { clock, log, ask } = door({ ratePerSecond: 50 });
  const cap = new Pacer({ ratePerSecond: 1 });
  const slow = { campaign: campaignId("slow"), cap };
  for (const n of [1, 2, 3]) ask(`slow${n}`, slow);
  for (const n of [1, 2, 3]) ask(`fast${n}`);
  await clock.runFor(500);
  assert.deepEqual(names(log), ["slow1", "fast1", "fast2", "fast3"]);
  await clock.runFor(3000);
  assert.deepEqual(names(log).slice(4), ["slow2", "slow3"]);
});

test("one campaign's requests can be given back while others wait on", async () => {
  const { clock, pacer, admission, log, ask } = door();
  pacer.pauseUntil(1000);
  ask("a", { campaign: campaignId("a") });
  ask("b", { campaign: campaignId("b") });
  ask("capped", { campaign: campaignId("a"), cap: new Pacer({ ratePerSecond: 1 }) });
  admission.release(campaignId("a"));
  await clock.runFor(2000);
  assert.deepEqual(log.sort(), ["a released 0", "b go 1000", "capped released 0"]);
});

test("a halted lane lets one probe through, and a closed one nothing", async () => {
  const { clock, circuit, admission, log, ask } = door();
  circuit.failed({ code: "TEAMS_UNAUTHORIZED", detail: "", atOnce: true }, false, 0);
  ask("first");
  ask("second");
  await clock.runFor(5000);
  assert.deepEqual(log, ["first probe 1000"]);
  admission.close();
  ask("third");
  await clock.runFor(10);
  assert.deepEqual(
    log.slice(1).map((line) => line.split(" ")[1]),
    ["released", "released"],
  );
});

test("what waits before a pause starts not before its end", async () => {
  const { clock, pacer, log, ask } = door();
  for (const n of [1, 2, 3, 4, 5, 6]) ask(String(n));
  pacer.pauseUntil(30_000);
  await clock.runFor(29_999);
  const before = log.length;
  assert.ok(before <= 3);
  await clock.runFor(2000);
  assert.equal(log.length, 6);
});

test("nobody is let in before what every request needs is there, and then one after the other", async () => {
  let readyAt = 700;
  const world = door({
    prepare: () => {
      const waitMs = readyAt - world.clock.now();
      return waitMs <= 0 ? null : world.clock.sleep(waitMs);
    },
  });
  const { clock, admission, log, ask } = world;
  assert.equal(
    admission.tryStart({ trafficClass: "urgent", campaignId: campaignId("c"), cap: null }),
    null,
  );
  for (const n of [1, 2]) ask(String(n));
  await clock.runFor(1000);
  assert.deepEqual(names(log), ["1", "2"]);
  const times = log.map((line) => Number(line.split(" ")[2]));
  assert.ok(times[0] === 700 && (times[1] ?? 0) >= 725, "a pacer's step lies between them");
  readyAt = 5000;
  ask("3");
  await clock.runFor(10_000);
  assert.deepEqual(log.slice(2), ["3 go 5000"]);
});

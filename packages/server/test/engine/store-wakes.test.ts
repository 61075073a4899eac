// Goal: what another process tells of is taken up before the next look. Method: two engines on one store in virtual time, and hints
// as a driver would give them; nothing waits as long as there is between two looks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { overlay } from "../../../harness/src/overlay.ts";
import { campaignId } from "../../src/domain/ids.ts";
import type { Store } from "../../src/engine/ports/store.ts";
import type { Wake } from "../../src/engine/ports/wakes.ts";
import {
  bot,
  objectId,
  openWorld,
  startCampaign,
  startEngine,
  tenant,
  type World,
  within,
} from "./engine-world.ts";

/** Less than there is between two looks. */
const soonMs = 150;

/** A process that works, and hears what it is told here. */
async function hearing(world: World, options: { readonly ratePerSecond?: number } = {}) {
  const watchers = new Set<(wake: Wake) => void>();
  let calls: string[] = [];
  const around = (store: Store) =>
    overlay(store, {
      ledger: new Proxy(store.ledger, {
        get(target, name) {
          calls.push(String(name));
          return Reflect.get(target, name);
        },
      }),
      wakes: {
        watch(onWake) {
          watchers.add(onWake);
          return () => void watchers.delete(onWake);
        },
      },
    });
  const other = startEngine(world, { ...options, around });
  await other.engine.start();
  await world.clock.runFor(20);
  return {
    ...other,
    tell: (wake: Wake) => {
      for (const watcher of watchers) watcher(wake);
    },
    watchers,
    /** What was called of the ledger since the last time. */
    calls() {
      const made = calls;
      calls = [];
      return made;
    },
  };
}

const work: Wake = { kind: "work", botId: bot, tenantId: tenant, urgent: 0 };
const movedWake = (id: string): Wake => {
  return { kind: "moved", botId: bot, tenantId: tenant, id: campaignId(id) };
};

async function notify(world: World, n: number, text: string) {
  const made = world.engine.notifications.create({ to: { user: objectId(n) }, message: { text } });
  await within(world, made);
}

test("what another process took is sent at once, by the one that holds the lane and by one that has none yet", async () => {
  const world = await openWorld({ people: 3, works: false });
  const worker = await hearing(world);
  await notify(world, 0, "first");
  worker.tell(work);
  await world.clock.runFor(soonMs);
  assert.equal(world.connector.sends.length, 1);
  await world.clock.runFor(100);
  await notify(world, 1, "second");
  worker.tell(work);
  await world.clock.runFor(soonMs);
  assert.equal(world.connector.sends.length, 2);
  await within(world, worker.engine.stop());
  assert.equal(worker.watchers.size, 0, "nothing is heard any more");
});

test("a campaign that another process starts, pauses, edits or cancels is read at once", async () => {
  const world = await openWorld({ people: 200, works: false });
  const worker = await hearing(world, { ratePerSecond: 20 });
  const id = await within(world, startCampaign(world));
  worker.tell(movedWake(id));
  await world.clock.runFor(2_000);
  assert.ok(world.connector.sends.length > 20);
  await within(world, world.engine.campaigns.pause(id));
  worker.tell(movedWake(id));
  await world.clock.runFor(soonMs);
  const before = world.connector.sends.length;
  await world.clock.runFor(3_000);
  assert.equal(world.connector.sends.length, before, "paused");
  const { counts } = await world.engine.campaigns.get(id);
  assert.equal(counts.sending, 0, "what waited in memory was given back");
  await within(world, world.engine.campaigns.resume(id));
  worker.tell(movedWake(id));
  await world.clock.runFor(soonMs);
  assert.ok(world.connector.sends.length > before, "resumed");
  await within(world, world.engine.campaigns.edit(id, { message: { text: "corrected" } }));
  worker.tell(movedWake(id));
  const edited = world.connector.requests.length;
  await world.clock.runFor(1_000);
  const since = world.connector.requests.slice(edited);
  assert.ok(since.length > 5 && since.every(({ body }) => body?.includes("corrected")));
  await within(world, world.engine.campaigns.cancel(id));
  worker.tell(movedWake(id));
  await world.clock.runFor(soonMs);
  const last = world.connector.sends.length;
  await world.clock.runFor(3_000);
  assert.equal(world.connector.sends.length, last, "cancelled");
  await within(world, worker.engine.stop());
});

test("whoever may have missed something looks at everything, and that counts for nobody's lease", async () => {
  const world = await openWorld({ people: 2, works: false });
  const holder = await hearing(world);
  const other = await hearing(world);
  await notify(world, 0, "first");
  holder.tell(work);
  await world.clock.runFor(600);
  for (let n = 0; n < 20; n += 1) other.tell({ kind: "all" });
  await world.clock.runFor(600);
  assert.equal(holder.engine.lanes()[0]?.holdsLost, 0);
  await notify(world, 1, "second");
  holder.tell({ kind: "all" });
  await world.clock.runFor(soonMs);
  assert.equal(world.connector.sends.length, 2);
  await within(world, Promise.all([holder.engine.stop(), other.engine.stop()]));
});

test("a lane that a third process holds is left to that one, and other bots' hints are nobody's", async () => {
  const world = await openWorld({ people: 30, works: false });
  const holder = await hearing(world, { ratePerSecond: 5 });
  const id = await within(world, startCampaign(world));
  holder.tell(movedWake(id));
  const other = await hearing(world);
  await world.clock.runFor(1_000);
  other.calls();
  other.tell(work);
  other.tell({ ...work, botId: "another" as typeof bot }); // any text is an id
  await world.clock.runFor(20);
  assert.ok(!other.calls().includes("acquireLane"));
  await within(world, Promise.all([holder.engine.stop(), other.engine.stop()]));
});

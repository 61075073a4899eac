import assert from "node:assert/strict";
import { test } from "node:test";
import { overlay } from "../../../harness/src/overlay.ts";
import { createEngine } from "../../src/engine/create-engine.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { Connector } from "../../src/engine/ports/connector.ts";
import type { Store } from "../../src/engine/ports/store.ts";
import {
  bot,
  objectId,
  openWorld,
  startCampaign,
  startEngine,
  tenant,
  untilOver,
  within,
} from "./engine-world.ts";

test("a campaign that another process paused and resumed goes on in the one that sends it", async () => {
  const world = await openWorld({ people: 100, ratePerSecond: 10 });
  const id = await within(world, startCampaign(world));
  await world.clock.runFor(2_000);
  const other = startEngine(world, { ratePerSecond: 10 });
  await within(world, other.engine.campaigns.pause(id));
  await world.clock.runFor(5_000);
  const before = world.connector.sends.length;
  await world.clock.runFor(5_000);
  assert.equal(world.connector.sends.length, before, "it is paused");
  await within(world, other.engine.campaigns.resume(id));
  await untilOver(world, id, 60_000);
  assert.equal(world.connector.sends.length, 100);
  await within(world, world.engine.stop());
});

for (const [what, ask] of [
  ["pause", (engine: Engine, id: string) => engine.campaigns.pause(id)],
  ["cancel", (engine: Engine, id: string) => engine.campaigns.cancel(id)],
  ["recall", (engine: Engine, id: string) => engine.campaigns.recall(id)],
] as const)
  test(`a ${what} that another process made holds at once in the one that is asked for it again`, async () => {
    const world = await openWorld({ people: 100, ratePerSecond: 10 });
    const id = await within(world, startCampaign(world));
    await world.clock.runFor(2_000);
    const other = startEngine(world, { ratePerSecond: 10 });
    await within(world, ask(other.engine, id));
    await within(world, ask(world.engine, id));
    const answeredAt = world.clock.now();
    await world.clock.runFor(5_000);
    const sent = world.connector.sends.filter(({ at }) => at > answeredAt);
    assert.deepEqual(sent, []);
    await within(world, world.engine.stop());
  });

test("many messages to one person, asked for one after the other, are sent in that order", async () => {
  const world = await openWorld({ people: 1 });
  const texts = Array.from({ length: 30 }, (_, index) => `message ${index}`);
  let last = "";
  for (const text of texts) {
    const to = { user: objectId(0) };
    const made = world.engine.notifications.create({ to, message: { text } });
    last = (await within(world, made)).id;
    await world.clock.runFor(40);
  }
  await untilOver(world, last);
  const sent = world.connector.sends.map(({ body }) => /message \d+/.exec(body ?? "")?.[0]);
  assert.deepEqual(sent, texts);
  await within(world, world.engine.stop());
});

test("twelve messages to one person keep their order although the lane halts, for a moment or for a minute", async () => {
  for (const [haltMs, latencyMs] of [
    [100, 20],
    [3_000, 290],
    [3_000, 300],
    [3_000, 310],
    [50_000, 20],
  ] as const) {
    const world = await openWorld({ people: 1, ratePerSecond: 10, commitMs: 4 });
    world.connector.latencyMs = latencyMs;
    let haltedAt = 0;
    world.connector.script = ({ at }) => {
      if (haltedAt === 0) haltedAt = at;
      const isHalted = at < haltedAt + haltMs;
      return isHalted ? { kind: "unauthorized", reason: "token-refused" } : undefined;
    };
    const texts = Array.from({ length: 12 }, (_, index) => `message ${index}.`);
    let last = "";
    for (const text of texts) {
      const to = { user: objectId(0) };
      last = (await within(world, world.engine.notifications.create({ to, message: { text } }))).id;
      await world.clock.runFor(1);
    }
    // One that is asked for as those who were sent back come again.
    await world.clock.runFor(haltMs);
    for (let n = 12; n < 60; n += 1) {
      await world.clock.runFor(137);
      const to = { user: objectId(0) };
      const text = `message ${n}.`;
      texts.push(text);
      last = (await within(world, world.engine.notifications.create({ to, message: { text } }))).id;
    }
    await untilOver(world, last);
    const arrived = world.connector.messages.map(({ body }) => /message \d+\./.exec(body)?.[0]);
    assert.deepEqual(arrived, texts);
    await within(world, world.engine.stop());
  }
});

test("no request is let in before the lane has what all of them need", async () => {
  const { clock, connector, store } = await openWorld({ people: 40, start: false });
  const starts: number[] = [];
  connector.script = ({ at }) => {
    starts.push(at);
    return undefined;
  };
  let isReady = false;
  const slow: Connector = overlay<Connector>(connector, {
    prepare: ({ tenantId }) => {
      assert.equal(tenantId, tenant);
      if (isReady) return null;
      return clock.sleep(700).then(() => {
        isReady = true;
      });
    },
    sendActivity: (...args) => {
      assert.ok(isReady);
      return connector.sendActivity(...args);
    },
  });
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  let ids = 0;
  const engine = createEngine(
    {
      clock,
      rng: () => 0.5,
      ids: { next: (prefix) => `${prefix}_${++ids}` },
      connector: slow,
      store,
      log,
    },
    { botId: bot, tenantId: tenant, ratePerSecond: 10 },
  );
  const world = { clock, connector, store, engine, logged: [] };
  await engine.start();
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  for (const [index, at] of starts.entries())
    assert.ok(at - (starts[index - 10] ?? Number.NEGATIVE_INFINITY) >= 1_000);
  await within(world, engine.stop());
});

test("what waited in a lane that was lost is not sent when the lane is had again", async () => {
  const { clock, connector, store } = await openWorld({ people: 1, start: false });
  let isFrozen = false;
  const around = (real: Store) =>
    overlay(real, {
      ledger: overlay(real.ledger, {
        takeTurn: async (request) => {
          if (isFrozen) await clock.sleep(20_000);
          return real.ledger.takeTurn(request);
        },
      }),
    });
  const slow = startEngine({ clock, connector, store }, { around });
  await slow.engine.start();
  const to = { user: objectId(0) };
  const ids: string[] = [];
  connector.latencyMs = 15_000;
  for (let n = 0; n < 4; n += 1) {
    const asked = slow.engine.notifications.create({ to, message: { text: `message ${n}.` } });
    ids.push((await within(slow, asked)).id);
  }
  await clock.runFor(500);
  isFrozen = true;
  const other = startEngine({ clock, connector, store });
  await other.engine.start();
  await clock.runFor(12_000);
  connector.latencyMs = 20;
  await clock.runFor(20_000);
  isFrozen = false;
  await within(other, other.engine.stop());
  const last = slow.engine.notifications.create({ to, message: { text: "message last." } });
  await untilOver(slow, (await within(slow, last)).id);
  for (const n of ids.keys()) {
    const sends = connector.sends.filter(({ body }) => body?.includes(`message ${n}.`)).length;
    assert.ok(sends <= (n === 0 ? 2 : 1), `message ${n}: ${sends} sends`);
  }
  await within(slow, slow.engine.stop());
});

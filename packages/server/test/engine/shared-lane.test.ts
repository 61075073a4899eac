import assert from "node:assert/strict";
import { test } from "node:test";
import { overlay } from "../../../harness/src/overlay.ts";
import { createEngine } from "../../src/engine/create-engine.ts";
import type { Connector } from "../../src/engine/ports/connector.ts";
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

test("no request is let in before the lane has what all of them need", async () => {
  const { clock, connector, store } = await openWorld({ people: 40, start: false });
  const starts: number[] = [];
  connector.script = ({ at }) => {
    starts.push(at);
    return undefined;
  };
  let isReady = false;
  const slow: Connector = overlay<Connector>(connector, {
    prepare: async ({ tenantId }) => {
      assert.equal(tenantId, tenant);
      if (isReady) return;
      await clock.sleep(700);
      isReady = true;
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

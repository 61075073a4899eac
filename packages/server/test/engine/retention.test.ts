import assert from "node:assert/strict";
import { test } from "node:test";
import { overlay } from "../../../harness/src/overlay.ts";
import { ProblemError } from "../../src/domain/errors.ts";
import { activityId, campaignId, conversationId } from "../../src/domain/ids.ts";
import {
  objectId,
  openWorld,
  startCampaign,
  startEngine,
  tenant,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

const dayMs = 24 * 60 * 60 * 1000;

function refused(error: unknown): boolean {
  return error instanceof ProblemError && error.code === "CAMPAIGN_ROWS_FORGOTTEN";
}

test("what is kept for some days is removed after them, and counts and reasons stay right", async () => {
  const keeping = { recipientsMs: 40 * dayMs, attemptsMs: 10 * dayMs };
  let daysLater = 0;
  const world = await openWorld({ people: 700, keeping, skewMs: () => daysLater * dayMs });
  const { engine, clock } = world;
  world.connector.script = ({ target }) =>
    target === `a:${objectId(3)}` ? { kind: "rejected", reason: "bad-request" } : undefined;
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  const { counts, reasons } = await engine.campaigns.get(id);
  assert.deepEqual([counts.accepted, counts.failed], [699, 1]);
  const key = `user:${objectId(3)}`;
  assert.equal((await engine.campaigns.attempts(id, key)).length, 1);

  daysLater = 11;
  await clock.runFor(5_000);
  await assert.rejects(engine.campaigns.attempts(id, key), refused);
  assert.equal((await engine.campaigns.deliveries(id, { limit: 1000 })).items.length, 700);

  const told = await engine.explain.delivery(id, key);
  assert.deepEqual(told.history, [], "and no request is made up from what the row tells");
  assert.ok(told.attemptsForgottenAt);
  assert.equal((await engine.explain.person(objectId(3))).deliveries.length, 1);

  daysLater = 41;
  await clock.runFor(5_000);
  const exported = async () => {
    for await (const _ of engine.campaigns.export(id));
  };
  for (const asked of [
    () => engine.campaigns.deliveries(id, { limit: 10 }),
    () => engine.explain.delivery(id, key),
    () => engine.campaigns.retry(id),
    () => engine.campaigns.recall(id),
    exported,
  ])
    await assert.rejects(asked(), refused);
  const person = await engine.explain.person(objectId(3));
  assert.deepEqual([person.deliveries, person.deliveriesKeptMs], [[], 40 * dayMs]);
  const after = await engine.campaigns.get(id);
  assert.deepEqual([after.counts, after.reasons, after.state], [counts, reasons, "finished"]);
  const rows = await world.store.ledger.listDeliveries(campaignId(id), { limit: 10 });
  assert.deepEqual(rows.items, []);
  const forgot = world.logged.filter(({ event }) => event === "store.forgot");
  assert.deepEqual(
    forgot.map(({ fields }) => [fields.what, fields.rows]),
    [
      ["attempts", 1],
      ["recipients", 700],
    ],
  );
  await within(world, engine.stop());
});

test("by default nothing that explains an outcome is removed; old keys and processed activities are", async () => {
  let daysLater = 0;
  const world = await openWorld({ people: 3, skewMs: () => daysLater * dayMs });
  const { engine, clock, store } = world;
  const to = { user: objectId(0) };
  const request = { to, message: { text: "hello" }, idempotencyKey: "once" };
  const { id } = await within(world, engine.notifications.create(request));
  await untilOver(world, id);
  const raw = {
    botId: engine.botId,
    tenantId: tenant,
    conversationId: conversationId("a:1"),
    receivedAt: clock.now(),
    body: "{}",
  };
  for (const name of ["processed", "waiting"])
    await store.inbound.recordActivity({ ...raw, activityId: activityId(name) });
  await store.inbound.markProcessed([{ ...raw, activityId: activityId("processed") }], clock.now());
  const isKnown = async () =>
    (await store.inbound.recordActivity({ ...raw, activityId: activityId("processed") })) ===
    "duplicate";
  daysLater = 2.9;
  await clock.runFor(5_000);
  assert.equal(await isKnown(), true);
  assert.equal((await within(world, engine.notifications.create(request))).id, id);
  daysLater = 3.1;
  await clock.runFor(5_000);
  assert.equal(await isKnown(), false);
  assert.equal((await store.inbound.unprocessed(engine.botId, 10)).length, 2, "and the one again");
  daysLater = 31;
  await clock.runFor(5_000);
  assert.notEqual((await within(world, engine.notifications.create(request))).id, id);
  assert.equal((await engine.notifications.get(id)).deliveries.length, 1);
  await within(world, engine.stop());
});

test("a key that is used again never leads to a notification that is gone", async () => {
  // Method: the request is repeated in the instant in which its notification has just been removed.
  const month = 30 * dayMs;
  let laterMs = 0;
  const repeated: string[] = [];
  const to = { user: objectId(0) };
  const request = { to, message: { text: "hello" }, idempotencyKey: "once" };
  const world: World = await openWorld({
    people: 3,
    keeping: { recipientsMs: month, idempotencyKeysMs: month },
    skewMs: () => laterMs,
    around: (store) =>
      overlay(store, {
        ledger: overlay(store.ledger, {
          forget: async (asked) => {
            const forgotten = await store.ledger.forget(asked);
            repeated.push((await world.engine.notifications.create(request)).id);
            return forgotten;
          },
        }),
      }),
  });
  const { engine, clock } = world;
  const { id } = await within(world, engine.notifications.create(request));
  await untilOver(world, id);
  laterMs = month + dayMs;
  await clock.runFor(5_000);
  assert.equal(repeated.length, 1);
  assert.notEqual(repeated[0], id);
  await assert.rejects(engine.notifications.get(id), /There is no notification/);
  await within(world, engine.stop());
});

test("a campaign that is met again although nothing of it is left holds nothing up", async () => {
  // Method: the ledger says of one campaign for ever that something is to be removed.
  let asked = 0;
  const world = await openWorld({
    people: 1,
    keeping: { recipientsMs: dayMs, attemptsMs: dayMs },
    around: (store) =>
      overlay(store, {
        ledger: overlay(store.ledger, {
          campaignsToForget: async ({ what, limit, after }) => {
            asked += 1;
            assert.ok(asked < 100, "it asks for ever");
            if (what === "recipients") return [{ id: campaignId("cmp_stuck"), finishedAt: 1 }];
            const place = after?.finishedAt ?? 0;
            const many = Array.from({ length: limit }, (_, index) => place + index + 1);
            return many
              .filter((finishedAt) => finishedAt <= 200)
              .map((finishedAt) => ({ id: campaignId("cmp_stuck"), finishedAt }));
          },
        }),
      }),
  });
  await world.clock.runFor(5_000);
  assert.equal(asked, 1 + 4, "one page of recipients, four of attempts: each place once");
  await within(world, world.engine.stop());
});

test("the removal stops between two parts when the process ends, and the next one goes on", async () => {
  let removals = 0;
  const keeping = { recipientsMs: 40 * dayMs };
  let daysLater = 0;
  const world = await openWorld({ people: 700, keeping, skewMs: () => daysLater * dayMs });
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  await within(world, world.engine.stop());
  daysLater = 41;
  const first: World = startEngine(world, {
    keeping,
    skewMs: () => daysLater * dayMs,
    around: (store) =>
      overlay(store, {
        ledger: overlay(store.ledger, {
          forget: async (request) => {
            removals += 1;
            if (removals === 1) void first.engine.stop();
            return store.ledger.forget(request);
          },
        }),
      }),
  });
  await first.engine.start();
  await world.clock.runFor(5_000);
  assert.equal(removals, 1);
  const left = await world.store.ledger.listDeliveries(campaignId(id), { limit: 1_000 });
  assert.equal(left.items.length, 400);
  await assert.rejects(first.engine.campaigns.deliveries(id, { limit: 10 }), refused);
  const second = startEngine(world, { keeping, skewMs: () => daysLater * dayMs });
  await second.engine.start();
  await world.clock.runFor(5_000);
  const after = await world.store.ledger.listDeliveries(campaignId(id), { limit: 1_000 });
  assert.deepEqual(after.items, []);
  await within(world, second.engine.stop());
});

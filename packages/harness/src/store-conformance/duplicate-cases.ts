import assert from "node:assert/strict";
import type { DirectoryFact } from "../../../server/src/domain/directory.ts";
import { personId, recipientKey } from "../../../server/src/domain/ids.ts";
import type { NewDelivery, Store } from "../../../server/src/engine/ports/store.ts";
import {
  again,
  bot,
  type Cases,
  campaign,
  counted,
  create,
  deliveriesOf,
  expanding,
  hold,
  objectId,
  settled,
  stateOf,
  tenant,
  to,
  turn,
} from "./fixtures.ts";

const start = { part: "include", item: 0, after: null } as const;
const mention: DirectoryFact = {
  fact: "person-seen",
  tenantId: tenant,
  person: { teamsId: "29:x" },
};
const roster: DirectoryFact = {
  fact: "person-seen",
  tenantId: tenant,
  person: { aadObjectId: objectId(1) },
};
const both: DirectoryFact = {
  fact: "person-seen",
  tenantId: tenant,
  person: { aadObjectId: objectId(1), teamsId: "29:x" },
};
const former: NewDelivery = {
  recipient: {
    kind: "person",
    key: recipientKey("user:29:x"),
    personId: personId("29:x"),
    memberId: "29:x",
  },
};

/** A person who turns out to be two of the directory's is sent one message. */
export const duplicateCases: Cases = {
  "everyone leaves out a person who has a delivery under an id of old": async (store) => {
    await store.directory.learn(bot, [mention], 1);
    const id = await create(store, expanding("cmp_1"));
    await store.ledger.expand({ ...step(id), add: { kind: "recipients", deliveries: [former] } });
    await store.directory.learn(bot, [both], 2);
    const walked = await store.ledger.expandEveryone({ id, from: start, limit: 10, now: 3 });
    assert.deepEqual(walked, { added: 0, after: objectId(1) });
  },
  "everyone leaves out a person who is excluded under an id of old": async (store) => {
    await store.directory.learn(bot, [mention], 1);
    const id = await create(store, expanding("cmp_1"));
    const add = { kind: "exclusions", keys: [recipientKey("user:29:x")] } as const;
    await store.ledger.expand({ ...step(id), add });
    await store.directory.learn(bot, [both], 2);
    const walked = await store.ledger.expandEveryone({ id, from: start, limit: 10, now: 3 });
    assert.equal(walked?.added, 0);
  },
  "a recipient by name is left out for the same reasons": async (store) => {
    await store.directory.learn(bot, [mention], 1);
    const id = await create(store, expanding("cmp_1"));
    await store.ledger.expand({ ...step(id), add: { kind: "recipients", deliveries: [former] } });
    await store.directory.learn(bot, [both], 2);
    const add = { kind: "recipients", deliveries: [to(1)] } as const;
    assert.equal(await store.ledger.expand({ ...step(id), add }), 0);
  },
  "of two pending deliveries the one under the former id is skipped": async (store) => {
    const id = await twoRows(store);
    await store.directory.learn(bot, [both], 5);
    assert.deepEqual(await states(store, id), { "29:x": "skipped", [objectId(1)]: "pending" });
    assert.deepEqual(await store.ledger.countsByCode(id), [
      { state: "skipped", code: "DELIVERY_DUPLICATE", count: 1 },
    ]);
    await counted(store, id);
  },
  "a pending one is skipped when the other is under way, and the campaign may finish by that":
    async (store) => {
      const id = await twoRows(store);
      const held = await hold(store);
      const { claimed } = await turn(store, held, { claim: 1 });
      assert.equal(claimed[0]?.recipient.key, "user:29:x");
      const done = await turn(store, held, {
        settlements: claimed.map((one) => settled(one)),
        facts: [both],
      });
      assert.deepEqual(done.finished, [id]);
      assert.deepEqual(await states(store, id), { "29:x": "accepted", [objectId(1)]: "skipped" });
      assert.equal(await stateOf(store, id), "finished");
      await counted(store, id);
    },
  "one that may have arrived already is not skipped, and neither is the other of a failed one":
    async (store) => {
      const id = await twoRows(store);
      const held = await hold(store);
      const { claimed } = await turn(store, held, { claim: 2 });
      const [first, second] = claimed;
      assert.ok(first !== undefined && second !== undefined);
      const failed = { state: "failed", code: "TEAMS_REJECTED", detail: null } as const;
      await turn(store, held, {
        settlements: [settled(first, again(9_000, true)), settled(second, failed)],
      });
      await store.directory.learn(bot, [both], 5);
      assert.deepEqual(await states(store, id), { "29:x": "pending", [objectId(1)]: "failed" });
      await counted(store, id);
    },
  "of two pending ones the other is skipped where the one under the former id may have arrived":
    async (store) => {
      const id = await twoRows(store);
      const held = await hold(store);
      const { claimed } = await turn(store, held, { claim: 1 });
      await turn(store, held, {
        settlements: claimed.map((one) => settled(one, again(9_000, true))),
      });
      await store.directory.learn(bot, [both], 5);
      assert.deepEqual(await states(store, id), { "29:x": "pending", [objectId(1)]: "skipped" });
      await counted(store, id);
    },
  "neither is skipped where both may have arrived": async (store) => {
    const id = await twoRows(store);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 2 });
    await turn(store, held, {
      settlements: claimed.map((one) => settled(one, again(9_000, true))),
    });
    await store.directory.learn(bot, [both], 5);
    assert.deepEqual(await states(store, id), { "29:x": "pending", [objectId(1)]: "pending" });
  },
};

/** A step of an expansion that stays where it is. */
function step(id: ReturnType<typeof campaign>["id"]) {
  return { id, from: start, to: start, now: 2 };
}

async function twoRows(store: Store) {
  await store.directory.learn(bot, [mention, roster], 1);
  const { id } = campaign("ntf_1");
  await store.ledger.createCampaign({ campaign: campaign("ntf_1"), deliveries: [former, to(1)] });
  return id;
}

async function states(store: Store, id: ReturnType<typeof campaign>["id"]) {
  const rows = await deliveriesOf(store, id);
  return Object.fromEntries(rows.map((row) => [row.recipient.slice("user:".length), row.state]));
}

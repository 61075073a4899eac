import assert from "node:assert/strict";
import {
  again,
  type Cases,
  campaign,
  counted,
  create,
  deliveryTo,
  expanding,
  hold,
  settled,
  stateOf,
  turn,
} from "./fixtures.ts";

/** The end of what was not sent. */
export const sweepCases: Cases = {
  "pending rows of a cancelled campaign are cancelled in portions": async (store) => {
    const { ledger } = store;
    const id = await create(store, campaign("ntf_1"), [1, 2, 3, 4, 5]);
    assert.equal(await ledger.cancelPending(id, 10, 2_000), 0);
    await turn(store, await hold(store), { claim: 1 });
    await ledger.moveCampaign({ id, from: ["sending"], to: "cancelled", now: 3_000 });
    assert.deepEqual(await ledger.campaignsToCancel(5), [id]);
    const portions = [];
    for (let call = 0; call < 3; call++) portions.push(await ledger.cancelPending(id, 3, 4_000));
    assert.deepEqual(portions, [3, 1, 0]);
    assert.deepEqual(await ledger.campaignsToCancel(5), []);
    const counts = await counted(store, id);
    assert.deepEqual([counts.cancelled, counts.sending, counts.pending], [4, 1, 0]);
    const row = await deliveryTo(store, id, 5);
    assert.deepEqual([row.code, row.updatedAt], ["DELIVERY_CANCELLED", 4_000]);
    assert.deepEqual(await ledger.countsByCode(id), []);
  },
  "campaigns to cancel are as many as asked for, and none that is not cancelled": async (store) => {
    for (const id of ["a", "b", "c"])
      await create(store, campaign(id, { state: "cancelled" }), [1]);
    await create(store, campaign("d"), [1]);
    assert.equal((await store.ledger.campaignsToCancel(2)).length, 2);
    assert.equal(await store.ledger.hasExpired(9_999_999), false);
    assert.deepEqual([...(await store.ledger.campaignsToCancel(9))].sort(), ["a", "b", "c"]);
  },
  "rows past their campaign's expiry fail, in portions, and the campaign finishes": async (
    store,
  ) => {
    const { ledger } = store;
    const a = await create(store, campaign("a", { expiresAt: 5_000 }), [1, 2]);
    const b = await create(store, campaign("b", { expiresAt: 6_000 }), [3]);
    const c = await create(store, campaign("c"), [4]);
    assert.equal(await ledger.hasExpired(4_999), false);
    assert.equal(await ledger.expirePending(4_999, 10), 0);
    assert.equal(await ledger.hasExpired(5_000), true);
    assert.equal(await ledger.expirePending(6_000, 2), 2);
    assert.equal(await ledger.hasExpired(6_000), true);
    assert.equal(await ledger.expirePending(6_000, 2), 1);
    assert.equal(await ledger.hasExpired(6_000), false);
    assert.equal(await ledger.expirePending(6_000, 2), 0);
    for (const id of [a, b]) assert.equal(await stateOf(store, id), "finished");
    assert.equal(await stateOf(store, c), "sending");
    const row = await deliveryTo(store, a, 1);
    assert.deepEqual([row.state, row.code], ["failed", "DELIVERY_EXPIRED"]);
    assert.deepEqual(await ledger.countsByCode(a), [
      { state: "failed", code: "DELIVERY_EXPIRED", count: 2 },
    ]);
    await counted(store, a);
  },
  "rows of scheduled, expanding and paused campaigns expire too, and the campaign stays": async (
    store,
  ) => {
    for (const state of ["scheduled", "paused"] as const)
      await create(store, campaign(state, { state, expiresAt: 5_000 }), [1]);
    await create(store, expanding("expanding", { expiresAt: 5_000 }), [1]);
    assert.equal(await store.ledger.expirePending(5_000, 10), 3);
    for (const id of ["scheduled", "paused", "expanding"])
      assert.equal(await stateOf(store, campaign(id).id), id);
  },
  "a row that may have arrived is uncertain at its end, not cancelled and not failed": async (
    store,
  ) => {
    const { ledger } = store;
    const a = await create(store, campaign("a", { expiresAt: 5_000 }), [1, 2]);
    const b = await create(store, campaign("b"), [1, 2]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 4 });
    const isFirst = new Set<string>();
    const settlements = claimed.map((one) => {
      const resend = !isFirst.has(one.campaignId);
      isFirst.add(one.campaignId);
      return settled(one, again(9_000, resend));
    });
    await turn(store, held, { settlements });
    await ledger.moveCampaign({ id: b, from: ["sending"], to: "cancelled", now: 3_000 });
    assert.equal(await ledger.cancelPending(b, 10, 4_000), 2);
    assert.equal(await ledger.expirePending(5_000, 10), 2);
    for (const [id, end, code] of [
      [a, "failed", "DELIVERY_EXPIRED"],
      [b, "cancelled", "DELIVERY_CANCELLED"],
    ] as const) {
      const first = await deliveryTo(store, id, 1);
      const second = await deliveryTo(store, id, 2);
      assert.deepEqual([first.state, first.code], ["uncertain", "TEAMS_UNCERTAIN"]);
      assert.deepEqual([second.state, second.code], [end, code]);
      await counted(store, id);
    }
  },
};

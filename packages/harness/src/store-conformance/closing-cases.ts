import assert from "node:assert/strict";
import { StoreError } from "../../../server/src/domain/errors.ts";
import {
  bot,
  type Cases,
  campaign,
  counted,
  create,
  fieldsOf,
  hold,
  installed,
  knowPeople,
  recovered,
  scope,
  stateOf,
  tenant,
  turn,
} from "./fixtures.ts";

/** Calls that share a commit, and a store that is closed. */
export const closingCases: Cases = {
  "of calls made at once, one that fails takes nothing of the others with it": async (store) => {
    await create(store, campaign("a"), [1]);
    const results = await Promise.allSettled([
      store.ledger.createCampaign({ campaign: campaign("b") }),
      store.ledger.createCampaign({ campaign: campaign("a") }),
      store.directory.learn(bot, installed(1), 1),
      store.ledger.createCampaign({ campaign: campaign("c") }),
    ]);
    assert.deepEqual(
      results.map((result) => result.status),
      ["fulfilled", "rejected", "fulfilled", "fulfilled"],
    );
    assert.ok(results[1]?.status === "rejected" && results[1].reason instanceof StoreError);
    for (const id of ["a", "b", "c"])
      assert.ok((await stateOf(store, campaign(id).id)) !== undefined, id);
    assert.equal((await counted(store, campaign("a").id)).total, 1);
    assert.equal((await store.directory.countPeople(scope)).people, 1);
  },
  "a write is seen by a read that follows its answer": async (store) => {
    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        await store.directory.learn(
          bot,
          [{ fact: "person-seen", tenantId: tenant, person: fieldsOf(index) }],
          1,
        );
        const { teamsId = "" } = fieldsOf(index);
        assert.ok((await store.directory.findPerson(scope, { teamsId })) !== null);
      }),
    );
  },
  "writing can be tried without changing anything": async (store) => {
    await knowPeople(store, 1);
    const before = await store.directory.listPeople(scope, { limit: 5 });
    await store.probe();
    await store.probe();
    assert.deepEqual(await store.directory.listPeople(scope, { limit: 5 }), before);
  },
  "what was asked before the store was closed is done, and nothing is taken after": async (
    store,
    { reopen },
  ) => {
    const learnt = store.directory.learn(bot, installed(1), 1);
    const closed = store.close();
    await learnt;
    await closed;
    for (const call of [
      () => store.directory.learn(bot, installed(2), 2),
      () => store.directory.countPeople(scope),
      () => store.probe(),
    ])
      await assert.rejects(call, StoreError);
    await store.close();
    if (reopen === undefined) return;
    const again = await reopen();
    assert.equal((await again.directory.countPeople(scope)).people, 1);
  },
  "everything is there after the store was closed and opened again": async (store, { reopen }) => {
    if (reopen === undefined) return;
    await knowPeople(store, 2);
    const id = await create(store, campaign("ntf_1"), [1, 2, 3]);
    const held = await hold(store);
    await turn(store, held, { claim: 2 });
    const counts = await counted(store, id);
    const stored = await store.ledger.getCampaign(id);
    await store.close();
    const again = await reopen();
    assert.deepEqual(await counted(again, id), counts);
    assert.deepEqual(await again.ledger.getCampaign(id), stored);
    const next = await hold(again, "w2", 60_000);
    assert.deepEqual(await recovered(again, next, 10, 60_000), { resent: 2, held: 0 });
    assert.equal((await turn(again, next, { claim: 9, now: 60_000 })).claimed.length, 3);
  },
};

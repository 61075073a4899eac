import assert from "node:assert/strict";
import { type CampaignId, campaignId, type RecipientKey } from "../../../server/src/domain/ids.ts";
import type { ClaimedDelivery, Settlement, Store } from "../../../server/src/engine/ports/store.ts";
import { changeOf, expandAll, made, now, posted, sent } from "./change-fixtures.ts";
import {
  type Cases,
  campaign,
  create,
  failed,
  hold,
  keyOf,
  settled,
  stateOf,
  turn,
} from "./fixtures.ts";

/** Edits and recalls as rows: storing them, and making way for them. */
export const changeCases: Cases = {
  "a change is read back as it was stored, and its campaign comes to its revision": async (
    store,
  ) => {
    const { ledger } = store;
    const id = await sent(store, "ntf_1", { 1: posted(1) });
    const change = changeOf(id, 1, { priority: "bulk", ratePerSecond: 3 });
    const answer = await ledger.createChange({ change, state: "finished" });
    assert.ok(answer?.result === "created");
    assert.deepEqual(answer.change, change);
    assert.deepEqual(await ledger.getCampaign(change.id), change);
    assert.deepEqual(answer.superseded, []);
    const changed = await ledger.getCampaign(id);
    assert.deepEqual(answer.changed, changed);
    assert.deepEqual(
      [changed?.revision, changed?.message, changed?.state, changed?.recalledAt],
      [1, { text: "edition 1" }, "finished", null],
    );
    assert.deepEqual(changed?.originalMessage, { text: "Hello" });
    await made(store, changeOf(id, 2));
    const again = await ledger.getCampaign(id);
    assert.deepEqual(
      [again?.message, again?.originalMessage],
      [{ text: "edition 2" }, { text: "Hello" }],
    );
  },
  "a change is refused where the campaign is not as expected, and leaves nothing behind": async (
    store,
  ) => {
    const { ledger } = store;
    const id = await sent(store, "ntf_1", { 1: posted(1) });
    const idempotency = { key: "k", fingerprint: "f" };
    for (const [change, state] of [
      [changeOf(id, 1), "sending"],
      [changeOf(id, 2), "finished"],
      [changeOf(id, 0), "finished"],
      [changeOf(campaignId("ntf_2"), 1), "finished"],
    ] as const) {
      assert.equal(await ledger.createChange({ change, state, idempotency }), null);
      assert.equal(await ledger.getCampaign(change.id), null);
    }
    const changed = await ledger.getCampaign(id);
    assert.deepEqual([changed?.revision, changed?.message], [0, { text: "Hello" }]);
    const answer = await ledger.createChange({
      change: changeOf(id, 1),
      state: "finished",
      idempotency,
    });
    assert.equal(answer?.result, "created");
  },
  "of two who change a campaign at once, one is refused": async (store) => {
    const id = await sent(store, "ntf_1", { 1: posted(1) });
    const both = await Promise.all(
      ["chg_a", "chg_b"].map((one) =>
        store.ledger.createChange({
          change: changeOf(id, 1, { id: campaignId(one) }),
          state: "finished",
        }),
      ),
    );
    assert.deepEqual(
      both.map((answer) => answer?.result),
      ["created", undefined],
    );
  },
  "the same idempotency key makes one change, and is refused with another body": async (store) => {
    const { ledger } = store;
    const id = await sent(store, "ntf_1", { 1: posted(1) });
    const change = (revision: number, fingerprint: string) =>
      ledger.createChange({
        change: changeOf(id, revision),
        state: "finished",
        idempotency: { key: "k", fingerprint },
      });
    assert.equal((await change(1, "f"))?.result, "created");
    assert.equal((await change(2, "f"))?.result, "repeated");
    assert.equal((await change(2, "g"))?.result, "conflict");
    assert.equal((await ledger.getCampaign(id))?.revision, 1);
    assert.equal((await ledger.changesOf(id, 9)).length, 1);
  },
  "an edit lets its campaign go on, and what is claimed from then on is of its revision": async (
    store,
  ) => {
    const { ledger } = store;
    const id = await create(store, campaign("ntf_1"), [1, 2]);
    const held = await hold(store);
    const first = await turn(store, held, { claim: 1 });
    assert.deepEqual(
      first.claimed.map((one) => [one.revision, one.posted]),
      [[0, null]],
    );
    await made(store, changeOf(id, 1), "sending");
    assert.equal(await stateOf(store, id), "sending");
    const second = await turn(store, held, { claim: 1 });
    assert.deepEqual(
      second.claimed.map((one) => [one.revision, one.campaignId]),
      [[1, id]],
    );
    assert.deepEqual((await ledger.getCampaign(id))?.message, { text: "edition 1" });
  },
  "a recall cancels its campaign unless that is over, and marks it once": async (store) => {
    const { ledger } = store;
    for (const state of ["scheduled", "expanding", "sending", "paused"] as const) {
      const id = await create(store, campaign(`cmp_${state}`, { state }), [1]);
      const recall = { kind: "recall", id: campaignId(`chg_${state}`) } as const;
      await made(store, changeOf(id, 1, recall), state);
      const changed = await ledger.getCampaign(id);
      assert.deepEqual(
        [changed?.state, changed?.finishedAt, changed?.recalledAt, changed?.message],
        ["cancelled", now, now, { text: "Hello" }],
      );
      assert.ok((await ledger.campaignsToCancel(9)).includes(id));
    }
    const id = await sent(store, "ntf_1", { 1: posted(1) });
    await made(store, changeOf(id, 1, { kind: "recall" }));
    const later = { kind: "recall", createdAt: now + 5 } as const;
    await made(store, changeOf(id, 2, later));
    const changed = await ledger.getCampaign(id);
    assert.deepEqual([changed?.state, changed?.recalledAt], ["finished", now]);
  },
  "a change cancels those before it that are not over, paused ones too": async (store) => {
    const { ledger } = store;
    const id = await sent(store, "ntf_1", { 1: posted(1), 2: posted(2) });
    const first = await made(store, changeOf(id, 1));
    await expandAll(store, first);
    await ledger.moveCampaign({ id: first, from: ["sending"], to: "paused", now });
    const answer = await ledger.createChange({ change: changeOf(id, 2), state: "finished" });
    assert.ok(answer?.result === "created");
    assert.deepEqual(
      answer.superseded.map((one) => [one.id, one.state, one.finishedAt]),
      [[first, "cancelled", now]],
    );
    const third = await ledger.createChange({ change: changeOf(id, 3), state: "finished" });
    assert.ok(third?.result === "created");
    assert.deepEqual(
      third.superseded.map((one) => one.id),
      [campaignId("chg_2")],
    );
    const held = await hold(store, "w1");
    assert.deepEqual((await turn(store, held, { claim: 9 })).claimed, []);
    assert.equal(await ledger.cancelPending(first, 9, now), 2);
  },
  "the changes of a campaign are listed, the newest first, with their counts": async (store) => {
    const { ledger } = store;
    const id = await sent(store, "ntf_1", { 1: posted(1), 2: posted(2) });
    const other = await sent(store, "ntf_2", { 1: posted(3) });
    await made(store, changeOf(other, 1, { id: campaignId("chg_other") }));
    const first = await made(store, changeOf(id, 1));
    await expandAll(store, first);
    await made(store, changeOf(id, 2, { kind: "recall" }));
    const listed = await ledger.changesOf(id, 9);
    assert.deepEqual(
      listed.map(({ id: one, kind, state, createdAt, counts }) => [
        one,
        kind,
        state,
        createdAt,
        counts.total,
      ]),
      [
        [campaignId("chg_2"), "recall", "expanding", now, 0],
        [first, "edit", "cancelled", now, 2],
      ],
    );
    assert.equal((await ledger.changesOf(id, 1)).length, 1);
    assert.deepEqual(await ledger.changesOf(first, 9), []);
  },
  "what was recalled is not tried again, nor a change after which another one was made": async (
    store,
  ) => {
    const { ledger } = store;
    const id = await sent(store, "ntf_1", { 1: failed, 2: posted(2), 3: posted(3) });
    const first = await made(store, changeOf(id, 1));
    await expandAll(store, first);
    await settleAll(store, failed);
    assert.equal(await stateOf(store, first), "finished");
    assert.equal(await askedToRetry(store, first, keyOf(2)), "asked");
    assert.equal(await stateOf(store, first), "sending");
    const [again] = await settleAll(store, failed);
    assert.equal(again?.posted?.activityId, "170000002");
    await made(store, changeOf(id, 2));
    assert.equal(await askedToRetry(store, first), "refused");
    assert.equal(await askedToRetry(store, id), "asked");
    await made(store, changeOf(id, 3, { kind: "recall" }), "sending");
    assert.equal(await askedToRetry(store, id), "refused");
    assert.equal(await askedToRetry(store, first, keyOf(3)), "refused");
    assert.deepEqual(await ledger.campaignsToRetry(9), []);
  },
  "a retry and a change that meet leave no older change under way": async (store) => {
    const { ledger } = store;
    const id = await sent(store, "ntf_1", { 1: posted(1) });
    const first = await made(store, changeOf(id, 1));
    await expandAll(store, first);
    await settleAll(store, failed);
    const [retried, answer] = await Promise.all([
      askedToRetry(store, first, keyOf(1)),
      ledger.createChange({ change: changeOf(id, 2), state: "finished" }),
    ]);
    assert.equal(answer?.result, "created");
    assert.equal(await stateOf(store, first), retried === "asked" ? "cancelled" : "finished");
  },
  "campaigns to recall are those that were started, are past their time, and were not recalled":
    async (store) => {
      const { ledger } = store;
      const due = async (at: number) => (await ledger.campaignsToRecall(at, 9)).map(({ id }) => id);
      const late = await create(store, campaign("a", { recallAt: 6_000 }), [1]);
      const early = await create(store, campaign("b", { recallAt: 5_000, state: "paused" }), [1]);
      await create(store, campaign("c", { recallAt: 5_000, state: "draft" }), [1]);
      await create(store, campaign("d"), [1]);
      assert.deepEqual(await due(4_999), []);
      assert.deepEqual(await due(6_000), [early, late]);
      assert.equal((await ledger.campaignsToRecall(6_000, 1)).length, 1);
      const [row] = await ledger.campaignsToRecall(6_000, 1);
      assert.deepEqual(row, await ledger.getCampaign(early));
      await made(store, changeOf(early, 1, { kind: "recall" }), "paused");
      assert.deepEqual(await due(6_000), [late]);
      await made(store, changeOf(late, 1, { id: campaignId("chg_e") }), "sending");
      assert.deepEqual(await due(6_000), [late]);
    },
};

/** Ends everything that is due in this way; answers what that was. */
async function settleAll(store: Store, end: Settlement["to"]): Promise<readonly ClaimedDelivery[]> {
  const held = await hold(store);
  const { claimed } = await turn(store, held, { claim: 99, now });
  const settlements = claimed.map((one) => settled(one, end));
  await turn(store, held, { settlements, now });
  await store.ledger.releaseLane(held, 0);
  return claimed;
}

function askedToRetry(store: Store, id: CampaignId, recipient?: RecipientKey) {
  return store.ledger.requestRetry({
    id,
    from: ["expanding", "sending", "paused", "finished"],
    retry: { states: ["failed"], codes: null },
    now,
    ...(recipient !== undefined && { recipient }),
  });
}

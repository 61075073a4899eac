import assert from "node:assert/strict";
import type { CampaignId } from "../../../server/src/domain/ids.ts";
import type { LaneHold, Store } from "../../../server/src/engine/ports/store.ts";
import {
  again,
  type Cases,
  campaign,
  claimedKeys,
  create,
  deliveryTo,
  expanding,
  failed,
  hold,
  keyOf,
  settled,
  to,
  turn,
} from "./fixtures.ts";

/** That who is first, and what is meant, does not hang on instants: each is written by the clock of whoever writes. */
export const clockCases: Cases = {
  "of two messages the one that was stored first is claimed first, whatever clocks and ids say":
    async (store) => {
      await create(store, campaign("ntf_z", { createdAt: 90_000 }), [1]);
      await create(store, campaign("ntf_a", { createdAt: 1_000 }), [2]);
      const held = await hold(store);
      assert.deepEqual(claimedKeys(await turn(store, held, { claim: 1, now: 2_000 })), [keyOf(1)]);
      assert.deepEqual(claimedKeys(await turn(store, held, { claim: 1, now: 2_000 })), [keyOf(2)]);
    },
  "messages keep the order in which they were stored where more are due than a turn takes in":
    async (store) => {
      const people = numbers(1, 430);
      const padded = (n: number) => String(n).padStart(4, "0");
      for (const n of people)
        await create(store, campaign(`ntf_${padded(9_999 - n)}`, { createdAt: 90_000 - n }), [n]);
      const held = await hold(store);
      const keys = [];
      for (const claim of [10, 410, 10])
        keys.push(...claimedKeys(await turn(store, held, { claim, now: 2_000 })));
      assert.deepEqual(keys, people.map(keyOf));
    },
  "what waits for an instant is taken in when it is due, however many are due at once": async (
    store,
  ) => {
    await create(store, campaign("ntf_0"), [1]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1 });
    const settlements = claimed.map((one) => settled(one, again(5_000)));
    await turn(store, held, { settlements });
    for (const n of numbers(2, 230)) await create(store, campaign(`ntf_${n}`), [n]);
    assert.deepEqual(claimedKeys(await turn(store, held, { claim: 1, now: 4_999 })), [keyOf(2)]);
    assert.deepEqual(claimedKeys(await turn(store, held, { claim: 1, now: 5_000 })), [keyOf(1)]);
  },
  "what is added to a campaign is due at once, however far ahead the clock is of who adds it":
    async (store) => {
      const start = expanding("cmp_1");
      await store.ledger.createCampaign({ campaign: start });
      const from = { part: "include", item: 0, after: null } as const;
      const add = { kind: "recipients", deliveries: [to(1)] } as const;
      const { id } = start;
      assert.equal(await store.ledger.expand({ id, from, to: from, now: 90_000, add }), 1);
      const result = await turn(store, await hold(store), { claim: 1, now: 2_000 });
      assert.deepEqual(claimedKeys(result), [keyOf(1)]);
    },
  "a message for later waits for its time": async (store) => {
    await create(store, campaign("ntf_1", { createdAt: 1_000, sendAt: 3_000 }), [1]);
    const held = await hold(store);
    const early = await turn(store, held, { claim: 1, now: 2_999 });
    assert.deepEqual([early.claimed, early.nextDueAt], [[], 3_000]);
    assert.equal((await turn(store, held, { claim: 1, now: 3_000 })).claimed.length, 1);
  },
  "a retry takes what had failed when it was asked for, also by a clock that was set back since":
    async (store) => {
      const { id } = await failedBy(store, [1, 2], 9_000);
      // Somebody whose clock is behind moves the campaign.
      await store.ledger.moveCampaign({ id, from: ["sending"], to: "paused", now: 500 });
      assert.equal(await ask(store, id, 600), "asked");
      const walked = await store.ledger.retryRows(id, 10, 700);
      assert.deepEqual(walked, { retried: 2, isDone: true });
    },
  "a retry leaves alone what failed after it was asked for, also by a clock that was set back since":
    async (store) => {
      const { id, held } = await failedBy(store, [1], 9_000);
      const { claimed } = await turn(store, held, { claim: 1, now: 9_000 });
      assert.equal(await ask(store, id, 9_100), "asked");
      const settlements = claimed.map((one) => settled(one, failed));
      await turn(store, held, { settlements, now: 3_000 });
      const walked = await store.ledger.retryRows(id, 10, 3_100);
      assert.deepEqual(walked, { retried: 1, isDone: true });
      assert.equal((await deliveryTo(store, id, 2)).state, "failed");
    },
  "what was asked to be tried again is due at once, however far ahead the clock was of who asked":
    async (store) => {
      const { id, held } = await failedBy(store, [1], 2_000);
      await ask(store, id, 90_000);
      await store.ledger.retryRows(id, 10, 90_000);
      const result = await turn(store, held, { claim: 1, now: 2_100 });
      assert.deepEqual(claimedKeys(result), [keyOf(1)]);
    },
  "a retry that is asked for again while it is carried out takes what has failed in between, too":
    async (store) => {
      const { id, held } = await failedBy(store, [1, 2, 3], 2_000);
      const { claimed } = await turn(store, held, { claim: 1, now: 2_000 });
      assert.equal(await ask(store, id, 2_100), "asked");
      assert.equal((await store.ledger.retryRows(id, 2, 2_100)).isDone, false);
      const settlements = claimed.map((one) => settled(one, failed));
      await turn(store, held, { settlements, now: 2_200 });
      assert.equal(await ask(store, id, 2_300), "asked");
      assert.equal(await ask(store, id, 2_300), "asked");
      let retried = 0;
      for (let call = 0; call < 9; call += 1)
        retried += (await store.ledger.retryRows(id, 1, 2_400)).retried;
      assert.equal(retried, 2);
      for (const n of numbers(1, 4))
        assert.equal((await deliveryTo(store, id, n)).state, "pending");
    },
};

/** A campaign to these people and one more, of which these have failed: written so at `now`. The one more is not claimed yet. */
async function failedBy(
  store: Store,
  people: readonly number[],
  now: number,
): Promise<{ readonly id: CampaignId; readonly held: LaneHold }> {
  const everybody = [...people, people.length + 1];
  const id = await create(store, campaign("cmp_1", { kind: "campaign" }), everybody);
  const held = await hold(store);
  const { claimed } = await turn(store, held, { claim: people.length, now });
  const settlements = claimed.map((one) => settled(one, failed));
  await turn(store, held, { settlements, now });
  return { id, held };
}

function ask(store: Store, id: CampaignId, now: number) {
  const from = ["expanding", "sending", "paused", "finished"] as const;
  const retry = { states: ["failed"], codes: null } as const;
  return store.ledger.requestRetry({ id, from, retry, now });
}

function numbers(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

import assert from "node:assert/strict";
import { botId, recipientKey } from "../../../server/src/domain/ids.ts";
import type { Store, TurnRequest } from "../../../server/src/engine/ports/store.ts";
import {
  again,
  type Cases,
  campaign,
  claimedKeys,
  counted,
  create,
  deliveryTo,
  hold,
  installed,
  keyOf,
  objectId,
  otherTenant,
  scope,
  serviceUrl,
  settled,
  to,
  turn,
} from "./fixtures.ts";

/** Which rows a turn claims, in which order, and what it brings with them. */
export const claimCases: Cases = {
  "a claimed row is marked as sending, and comes with its person and chat": async (store) => {
    await store.directory.learn(scope.botId, installed(1), 1);
    const id = await create(store, campaign("ntf_1"), [1, 2]);
    const result = await turn(store, await hold(store), { claim: 5 });
    assert.equal(result.held, true);
    const [known, stranger] = result.claimed;
    const person = await store.directory.findPerson(scope, { aadObjectId: objectId(1) });
    assert.deepEqual(known, {
      campaignId: id,
      entry: known?.entry,
      revision: 0,
      recipient: to(1).recipient,
      priority: "normal",
      posted: null,
      attempts: 0,
      resent: 0,
      firstAttemptAt: null,
      data: null,
      conversationId: "a:1",
      serviceUrl,
      person,
    });
    assert.deepEqual(
      [stranger?.recipient, stranger?.person, stranger?.conversationId, stranger?.serviceUrl],
      [to(2).recipient, null, null, null],
    );
    const row = await deliveryTo(store, id, 1);
    assert.deepEqual([row.state, row.dueAt], ["sending", null]);
    const counts = await counted(store, id);
    assert.deepEqual([counts.sending, counts.pending], [2, 0]);
  },
  "a person whose member id is not the person id keeps it": async (store) => {
    const key = recipientKey(`user:${objectId(1)}`);
    const recipient = { ...to(1).recipient, key, memberId: "29:other" } as const;
    await store.ledger.createCampaign({ campaign: campaign("ntf_1"), deliveries: [{ recipient }] });
    const { claimed } = await turn(store, await hold(store), { claim: 1 });
    assert.deepEqual(claimed[0]?.recipient, recipient);
  },
  "no more is claimed than asked for, and no row twice": async (store) => {
    await create(store, campaign("ntf_1"), [1, 2, 3, 4, 5]);
    const held = await hold(store);
    const keys = [];
    for (const claim of [2, 0, 2, 2, 2]) {
      const result = await turn(store, held, { claim });
      assert.ok(result.claimed.length <= claim);
      keys.push(...claimedKeys(result));
    }
    assert.deepEqual(keys, [1, 2, 3, 4, 5].map(keyOf));
  },
  "a row is claimed when it is due and not before, the one due first before the others": async (
    store,
  ) => {
    const id = await create(store, campaign("ntf_1"), [1, 2, 3]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 3 });
    const dueAt = [7_000, 5_000, 6_000];
    await turn(store, held, {
      settlements: claimed.map((one, index) => settled(one, again(dueAt[index] ?? 0))),
    });
    assert.equal((await deliveryTo(store, id, 2)).dueAt, 5_000);
    const none = await turn(store, held, { claim: 3, now: 4_999 });
    assert.deepEqual([none.claimed, none.nextDueAt], [[], 5_000]);
    const two = await turn(store, held, { claim: 3, now: 6_000 });
    assert.deepEqual([claimedKeys(two), two.nextDueAt], [[keyOf(2), keyOf(3)], 7_000]);
    const last = await turn(store, held, { claim: 3, now: 8_000 });
    assert.deepEqual([claimedKeys(last), last.nextDueAt], [[keyOf(1)], null]);
  },
  "what is left over and due already is said to be due": async (store) => {
    await create(store, campaign("ntf_1"), [1, 2]);
    const result = await turn(store, await hold(store), { claim: 1 });
    assert.ok(result.nextDueAt !== null && result.nextDueAt <= 2_000);
  },
  "urgent comes before normal, and normal before bulk": async (store) => {
    await create(store, campaign("a", { priority: "bulk" }), [1, 2]);
    await create(store, campaign("b", { priority: "normal" }), [3, 4]);
    await create(store, campaign("c", { priority: "urgent" }), [5]);
    const held = await hold(store);
    const first = await turn(store, held, { claim: 2 });
    assert.deepEqual(claimedKeys(first), [keyOf(5), keyOf(3)]);
    assert.deepEqual(
      first.claimed.map((one) => one.priority),
      ["urgent", "normal"],
    );
    const second = await turn(store, held, { claim: 9 });
    assert.deepEqual(claimedKeys(second), [keyOf(4), keyOf(1), keyOf(2)]);
  },
  "answers to people come before urgent ones, and say so": async (store) => {
    await create(store, campaign("a", { priority: "urgent" }), [1]);
    await create(store, campaign("b", { priority: "interactive" }), [2]);
    const { claimed } = await turn(store, await hold(store), { claim: 2 });
    assert.deepEqual(
      claimed.map((one) => [one.recipient.key, one.priority]),
      [
        [keyOf(2), "interactive"],
        [keyOf(1), "urgent"],
      ],
    );
    assert.equal((await store.ledger.getCampaign(campaign("b").id))?.priority, "interactive");
  },
  "rows of a class come beyond the claim where that would leave it fewer, and has them due": async (
    store,
  ) => {
    await create(store, campaign("a", { priority: "urgent" }), numbers(1, 50));
    await create(store, campaign("b", { priority: "normal" }), numbers(101, 102));
    const bulk = await create(store, campaign("c", { priority: "bulk" }), numbers(201, 250));
    const held = await hold(store);
    const counts = async (over: Partial<TurnRequest>) => {
      const { claimed } = await turn(store, held, over);
      return (["urgent", "normal", "bulk"] as const).map(
        (priority) => claimed.filter((one) => one.priority === priority).length,
      );
    };
    assert.deepEqual(await counts({ claim: 10 }), [10, 0, 0]);
    const atLeast = { urgent: 1, normal: 1, bulk: 3 };
    assert.deepEqual(await counts({ claim: 10, atLeast }), [10, 1, 3]);
    assert.deepEqual(await counts({ claim: 0, atLeast }), [0, 0, 0], "nothing where none is asked");
    assert.deepEqual(await counts({ claim: 1, atLeast: { bulk: 4 } }), [1, 0, 4]);
    assert.deepEqual(await counts({ claim: 5, atLeast: { urgent: 7 } }), [7, 0, 0]);
    assert.deepEqual(await counts({ claim: 5, atLeast: { normal: 5 } }), [5, 1, 0]);
    assert.deepEqual(await counts({ claim: 5, atLeast, held: [bulk] }), [5, 0, 0]);
    assert.deepEqual(await counts({ claim: 14, atLeast }), [12, 0, 3], "what urgency gave counts");
    assert.deepEqual(await counts({ claim: 2, atLeast }), [0, 0, 3]);
  },
  "a class gets what is its own from its campaigns in turns, however many there are": async (
    store,
  ) => {
    const urgent = numbers(1, 9);
    await create(store, campaign("a", { priority: "urgent" }), urgent);
    const ids = ["b", "c", "d", "e"];
    for (const [index, id] of ids.entries())
      await create(
        store,
        campaign(id, { priority: "bulk" }),
        numbers(index * 10 + 11, index * 10 + 15),
      );
    const held = await hold(store);
    const order: string[] = [];
    for (const _ of urgent.slice(0, 4)) {
      const { claimed } = await turn(store, held, { claim: 1, atLeast: { bulk: 3 } });
      assert.deepEqual(
        claimed.map((one) => one.priority),
        ["urgent", "bulk", "bulk", "bulk"],
      );
      order.push(...claimed.slice(1).map((one) => one.campaignId));
    }
    for (const from of [0, 4, 8]) assert.deepEqual(order.slice(from, from + 4).sort(), ids);
  },
  "campaigns of the same priority share a claim evenly, and what one leaves goes to the others":
    async (store) => {
      await create(store, campaign("a"), numbers(1, 20));
      await create(store, campaign("b"), numbers(101, 103));
      await create(store, campaign("c"), numbers(201, 220));
      const held = await hold(store);
      const shares = async (claim: number) => {
        const count = new Map<string, number>();
        for (const { campaignId } of (await turn(store, held, { claim })).claimed)
          count.set(campaignId, (count.get(campaignId) ?? 0) + 1);
        return ["a", "b", "c"].map((id) => count.get(id) ?? 0);
      };
      assert.deepEqual(await shares(6), [2, 2, 2]);
      assert.deepEqual(await shares(12), [6, 1, 5]);
      assert.deepEqual(await shares(40), [12, 0, 13]);
    },
  "a campaign waits for no more than one turn of each of the others": async (store) => {
    const ids = ["a", "b", "c", "d", "e"];
    for (const [index, id] of ids.entries())
      await create(store, campaign(id), numbers(index * 10 + 1, index * 10 + 4));
    const held = await hold(store);
    const order: string[] = [];
    for (let count = 0; count < 10; count++)
      for (const { campaignId } of (await turn(store, held, { claim: 2 })).claimed)
        order.push(campaignId);
    for (let round = 0; round < 4; round++)
      assert.deepEqual([...order.slice(round * 5, round * 5 + 5)].sort(), ids);
  },
  "a small campaign does not wait for a big one that came before it": async (store) => {
    await create(store, campaign("a_big"), numbers(1, 100));
    const held = await hold(store);
    await turn(store, held, { claim: 10 });
    await create(store, campaign("b_small"), [200]);
    assert.ok(claimedKeys(await turn(store, held, { claim: 10 })).includes(keyOf(200)));
  },
  "what a more urgent campaign has that is not due yet keeps nobody waiting": async (store) => {
    const urgent = await create(store, campaign("a", { priority: "urgent" }), [1, 2, 3]);
    const other = await create(store, campaign("b", { priority: "bulk" }), [4]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1 });
    const settlements = claimed.map((one) => settled(one, again(9_000)));
    const next = await turn(store, held, { settlements, claim: 3 });
    assert.deepEqual(
      next.claimed.map((one) => one.campaignId),
      [urgent, urgent, other],
    );
  },
  "what a more urgent campaign has that is not due yet leaves its room to the others in turns":
    async (store) => {
      await create(store, campaign("a", { priority: "urgent" }), [1, 2, 3, 4]);
      const held = await hold(store);
      const { claimed } = await turn(store, held, { claim: 1 });
      const settlements = claimed.map((one) => settled(one, again(9_000)));
      await turn(store, held, { settlements });
      for (const [index, id] of ["b", "c"].entries())
        await create(
          store,
          campaign(id, { priority: "bulk" }),
          numbers(index * 10 + 11, index * 10 + 15),
        );
      const next = await turn(store, held, { claim: 5, atLeast: { bulk: 1 } });
      assert.deepEqual(next.claimed.map((one) => one.campaignId).sort(), ["a", "a", "a", "b", "c"]);
    },
  "held campaigns are passed over, and their rows still count as due": async (store) => {
    const id = await create(store, campaign("a"), [1, 2]);
    await create(store, campaign("b"), [3]);
    const held = await hold(store);
    const result = await turn(store, held, { claim: 5, held: [id] });
    assert.deepEqual(claimedKeys(result), [keyOf(3)]);
    const idle = await turn(store, held, { claim: 5, held: [id] });
    assert.deepEqual(idle.claimed, []);
    assert.ok(idle.nextDueAt !== null && idle.nextDueAt <= 1_000);
    assert.equal((await turn(store, held, { claim: 5 })).claimed.length, 2);
  },
  "drafts, scheduled, paused, cancelled and other lanes' campaigns are not claimed from": async (
    store,
  ) => {
    for (const state of ["draft", "scheduled", "paused", "cancelled"] as const)
      await create(store, campaign(state, { state, sendAt: 1 }), [1]);
    await create(store, campaign("tenant", { tenantId: otherTenant }), [1]);
    await create(store, campaign("bot", { botId: botId("other") }), [1]);
    const result = await turn(store, await hold(store), { claim: 9 });
    assert.deepEqual([result.claimed, result.nextDueAt], [[], null]);
  },
  "data, attempts and resends come with the next claim": async (store) => {
    const { recipient } = to(1);
    const data = { order: { number: 7 } };
    await store.ledger.createCampaign({
      campaign: campaign("ntf_1"),
      deliveries: [{ recipient, data }],
    });
    const held = await hold(store);
    const first = await turn(store, held, { claim: 1 });
    assert.deepEqual(first.claimed[0]?.data, data);
    await retry(store, held, first.claimed[0], { requests: 2, firstAttemptAt: 2_001 });
    const second = await turn(store, held, { claim: 1, now: 5_000 });
    const [one] = second.claimed;
    assert.deepEqual([one?.attempts, one?.resent, one?.firstAttemptAt], [2, 1, 2_001]);
    await retry(store, held, one, { requests: 1, firstAttemptAt: 5_001 });
    const third = await turn(store, held, { claim: 1, now: 6_000 });
    const [last] = third.claimed;
    assert.deepEqual([last?.attempts, last?.resent, last?.firstAttemptAt], [3, 2, 2_001]);
    assert.deepEqual(last?.data, data);
  },
};

function numbers(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

async function retry(
  store: Store,
  held: Awaited<ReturnType<typeof hold>>,
  claimed: Parameters<typeof settled>[0] | undefined,
  over: Parameters<typeof settled>[2],
): Promise<void> {
  assert.ok(claimed !== undefined);
  await turn(store, held, { settlements: [settled(claimed, again(3_000, true), over)] });
}

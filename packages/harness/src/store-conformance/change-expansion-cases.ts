import assert from "node:assert/strict";
import { type CampaignId, conversationId } from "../../../server/src/domain/ids.ts";
import type { Settlement } from "../../../server/src/engine/ports/store.ts";
import { changeOf, expandAll, lateMs, made, now, posted, sent, start } from "./change-fixtures.ts";
import {
  again,
  type Cases,
  campaign,
  claimedKeys,
  counted,
  create,
  deliveriesOf,
  deliveryTo,
  failed,
  fieldsOf,
  hold,
  keyOf,
  recovered,
  settled,
  stateOf,
  tenant,
  to,
  turn,
} from "./fixtures.ts";

/** From the messages that a campaign has brought to the deliveries of a change, and what becomes of those. */
export const changeExpansionCases: Cases = {
  "a change has a delivery for each message that was accepted, with its ids": async (store) => {
    const id = await sent(store, "ntf_1", { 1: posted(1), 2: failed, 3: posted(3), 4: failed });
    const change = await made(store, changeOf(id, 1));
    assert.equal(await expandAll(store, change, 1), 2);
    assert.equal(await stateOf(store, change), "sending");
    const counts = await counted(store, change);
    assert.deepEqual([counts.total, counts.pending], [2, 2]);
    const { claimed } = await turn(store, await hold(store), { claim: 9 });
    assert.deepEqual(
      claimed.map(({ recipient, posted, revision }) => ({ key: recipient.key, revision, posted })),
      [1, 3].map((n) => ({
        key: keyOf(n),
        revision: 1,
        posted: { activityId: `17000000${n}`, conversationId: `a:${n}` },
      })),
    );
  },
  "a change's deliveries have the recipient and the data of those they change": async (store) => {
    const { ledger } = store;
    const channel = {
      kind: "channel",
      key: "channel:19:c",
      channelId: conversationId("19:c"),
    } as const;
    const recipient = { ...channel, key: channel.key as ReturnType<typeof keyOf> };
    const stored = campaign("ntf_1");
    const deliveries = [{ recipient }, { ...to(1), data: { shift: "early" } }];
    await ledger.createCampaign({ campaign: stored, deliveries });
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 9 });
    await turn(store, held, { settlements: claimed.map((one) => settled(one, posted(1))) });
    const change = await made(store, changeOf(stored.id, 1));
    await expandAll(store, change);
    const again = await turn(store, held, { claim: 9 });
    assert.deepEqual(
      again.claimed.map((one) => [one.recipient, one.data]),
      [
        [recipient, null],
        [to(1).recipient, { shift: "early" }],
      ],
    );
  },
  "what was accepted without ids, or may have arrived, is a failed row that says why": async (
    store,
  ) => {
    const { ledger } = store;
    const noId = { ...posted(1), activityId: null } as Settlement["to"];
    const unknown = { state: "uncertain", code: "TEAMS_UNCERTAIN", detail: null } as const;
    const id = await sent(store, "ntf_1", {
      1: noId,
      2: unknown,
      3: again(2_000, true),
      4: failed,
    });
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 9 });
    await turn(store, held, { settlements: claimed.map((one) => settled(one, failed)) });
    const change = await made(store, changeOf(id, 1, { kind: "recall" }));
    assert.equal(await expandAll(store, change), 3);
    assert.equal(await stateOf(store, change), "finished");
    const rows = await deliveriesOf(store, change);
    assert.deepEqual(
      rows.map((row) => [row.recipient, row.state, row.code]),
      [1, 2, 3].map((n) => [keyOf(n), "failed", "DELIVERY_ID_UNKNOWN"]),
    );
    assert.match(rows[0]?.detail ?? "", /gave no id/);
    assert.match(rows[1]?.detail ?? "", /not known/);
    assert.deepEqual(await ledger.countsByCode(change), [
      { state: "failed", code: "DELIVERY_ID_UNKNOWN", count: 3 },
    ]);
    await counted(store, change);
  },
  "what will be sent again in its new edition is no matter of an edit, and of a recall it is":
    async (store) => {
      const { ledger } = store;
      const id = await create(store, campaign("ntf_1"), [1]);
      const held = await hold(store);
      const { claimed } = await turn(store, held, { claim: 1 });
      await turn(store, held, {
        settlements: claimed.map((one) => settled(one, again(9_000, true))),
      });
      const edit = await made(store, changeOf(id, 1), "sending");
      assert.equal(await expandAll(store, edit), 0);
      assert.equal(await stateOf(store, edit), "finished");
      const recall = await made(store, changeOf(id, 2, { kind: "recall" }), "sending");
      assert.equal(await expandAll(store, recall), 1);
      await ledger.cancelPending(id, 9, now);
      assert.equal((await deliveryTo(store, id, 1)).state, "uncertain");
    },
  "an edit leaves alone what was claimed with it or after it": async (store) => {
    const id = await create(store, campaign("ntf_1"), [1, 2]);
    const held = await hold(store);
    const first = await turn(store, held, { claim: 1 });
    const edit = await made(store, changeOf(id, 1), "sending");
    const second = await turn(store, held, { claim: 1 });
    const claimed = [...first.claimed, ...second.claimed];
    const settlements = claimed.map((one) => settled(one, posted(1)));
    await turn(store, held, { settlements });
    assert.equal(await expandAll(store, edit), 1);
    assert.deepEqual(
      (await deliveriesOf(store, edit)).map((row) => row.recipient),
      [first.claimed[0]?.recipient.key],
    );
  },
  "a change waits for requests that came before it, and not for those after it": async (store) => {
    const { ledger } = store;
    const id = await create(store, campaign("ntf_1"), [1, 2, 3]);
    const held = await hold(store);
    const before = await turn(store, held, { claim: 1 });
    const edit = await made(store, changeOf(id, 1), "sending");
    const after = await turn(store, held, { claim: 1 });
    assert.equal(after.claimed.length, 1);
    const step = { id: edit, from: start, limit: 9, now, lateMs };
    assert.equal(await ledger.expandChange(step), "under-way");
    assert.deepEqual((await ledger.getCampaign(edit))?.expansion, start);
    await turn(store, held, { settlements: before.claimed.map((one) => settled(one, posted(1))) });
    assert.deepEqual(await ledger.expandChange(step), { added: 1, after: keyOf(3) });
  },
  "a change waits for requests of the changes before it": async (store) => {
    const { ledger } = store;
    const id = await sent(store, "ntf_1", { 1: posted(1), 2: posted(2) });
    const first = await made(store, changeOf(id, 1));
    await expandAll(store, first);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1 });
    assert.deepEqual(claimedKeys({ claimed } as never), [keyOf(1)]);
    const second = await made(store, changeOf(id, 2));
    const step = { id: second, from: start, limit: 9, now, lateMs };
    assert.equal(await ledger.expandChange(step), "under-way");
    await turn(store, held, { settlements: claimed.map((one) => settled(one, posted(1))) });
    assert.deepEqual(await ledger.expandChange(step), { added: 2, after: keyOf(2) });
  },
  "an edit is due after what an earlier one may still do to the same message, and a recall is not":
    async (store) => {
      const { ledger } = store;
      const id = await sent(store, "ntf_1", { 1: posted(1), 2: posted(2), 3: posted(3) });
      const first = await made(store, changeOf(id, 1));
      await expandAll(store, first);
      const held = await hold(store);
      const { claimed } = await turn(store, held, { claim: 3 });
      const ends = [again(2_100, true), posted(2), again(2_100, true)];
      const settlements = claimed.map((one, n) => settled(one, ends[n] ?? failed));
      await turn(store, held, { settlements, now: 2_050 });
      const repeated = await turn(store, held, { claim: 1, now: 2_200 });
      await turn(store, held, {
        settlements: repeated.claimed.map((one) => settled(one, posted(1))),
        now: 2_300,
      });
      const second = await made(store, changeOf(id, 2, { createdAt: 2_400 }));
      const step = { id: second, from: start, limit: 9, now: 2_400, lateMs };
      assert.deepEqual(await ledger.expandChange(step), { added: 3, after: keyOf(3) });
      const due = async (change: CampaignId) =>
        (await deliveriesOf(store, change)).map(({ dueAt }) => dueAt);
      assert.deepEqual(await due(second), [2_300 + lateMs, 2_400, 2_050 + lateMs]);
      await ledger.finishExpansion(second, 2_400);
      const turns = await turn(store, held, { claim: 9, now: 2_400 });
      assert.deepEqual(claimedKeys(turns), [keyOf(2)]);
      assert.equal(turns.nextDueAt, 2_050 + lateMs);
      const ended = turns.claimed.map((one) => settled(one, posted(2)));
      await turn(store, held, { settlements: ended, now: 2_400 });
      const third = await made(store, changeOf(id, 3, { createdAt: 2_500 }));
      await ledger.expandChange({ ...step, id: third, now: 2_050 + lateMs });
      assert.deepEqual(await due(third), [2_300 + lateMs, 2_050 + lateMs, 2_050 + lateMs]);
      const recall = await made(store, changeOf(id, 4, { kind: "recall" }));
      await ledger.expandChange({ ...step, id: recall });
      assert.deepEqual(await due(recall), [2_400, 2_400, 2_400]);
    },
  "an edit is due after what an earlier one may still do by the lane's clock, also where that was set back":
    async (store) => {
      const { ledger } = store;
      const id = await sent(store, "ntf_1", { 1: posted(1) });
      const first = await made(store, changeOf(id, 1));
      await expandAll(store, first);
      const held = await hold(store);
      const { claimed } = await turn(store, held, { claim: 1, now: 602_000 });
      const settlements = claimed.map((one) => settled(one, again(602_100, true)));
      await turn(store, held, { settlements, now: 602_000 });
      const step = { from: start, limit: 9, lateMs };
      const dueOf = async (n: number, expandedAt: number) => {
        const change = await made(store, changeOf(id, n));
        await ledger.expandChange({ ...step, id: change, now: expandedAt });
        const [row] = await deliveriesOf(store, change);
        return row?.dueAt;
      };
      assert.equal(await dueOf(2, 900_000), 602_000 + lateMs, "by a clock that is ahead");
      await turn(store, held, { now: 2_000 });
      assert.equal(await dueOf(3, 2_100), 2_000 + lateMs);
    },
  "a step from another place, or of a change that is not expanding, is refused": async (store) => {
    const { ledger } = store;
    const id = await sent(store, "ntf_1", { 1: posted(1) });
    const edit = await made(store, changeOf(id, 1));
    const limit = 9;
    const other = { ...start, after: keyOf(1) };
    assert.equal(await ledger.expandChange({ id: edit, from: other, limit, now, lateMs }), null);
    assert.equal(await ledger.expandChange({ id, from: start, limit, now, lateMs }), null);
    await ledger.moveCampaign({ id: edit, from: ["expanding"], to: "paused", now });
    assert.equal(await ledger.expandChange({ id: edit, from: start, limit, now, lateMs }), null);
    assert.equal((await counted(store, edit)).total, 0);
  },
  "a second recall takes what the first has not deleted": async (store) => {
    const id = await sent(store, "ntf_1", { 1: posted(1), 2: posted(2), 3: posted(3) });
    const first = await made(store, changeOf(id, 1, { kind: "recall" }));
    await expandAll(store, first);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 9 });
    const settlements = claimed.map((one, n) => settled(one, n === 1 ? failed : posted(n + 1)));
    await turn(store, held, { settlements });
    assert.equal(await stateOf(store, first), "finished");
    const second = await made(store, changeOf(id, 2, { kind: "recall" }));
    assert.equal(await expandAll(store, second), 1);
    assert.deepEqual(
      (await deliveriesOf(store, second)).map((row) => row.recipient),
      [keyOf(2)],
    );
  },
  "who was reached is told what the newest change of it came to": async (store) => {
    const { ledger } = store;
    const ends = { 1: posted(1), 2: posted(2), 3: failed, 4: posted(4) };
    const id = await sent(store, "ntf_1", ends);
    const first = await made(store, changeOf(id, 1, { kind: "recall" }));
    await expandAll(store, first);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 9 });
    const gone = { ...posted(1), detail: "Gone." };
    const settlements = claimed.map((one, n) => settled(one, [gone, failed, posted(4)][n] ?? gone));
    await turn(store, held, { settlements });
    const second = await made(store, changeOf(id, 2, { kind: "recall" }));
    await expandAll(store, second);
    const told = await ledger.changesTo(id, [1, 2, 3].map(keyOf));
    assert.deepEqual(
      [...told].sort((a, b) => (a.recipient < b.recipient ? -1 : 1)),
      [
        {
          recipient: keyOf(1),
          id: first,
          kind: "recall",
          state: "accepted",
          code: null,
          detail: "Gone.",
        },
        {
          recipient: keyOf(2),
          id: second,
          kind: "recall",
          state: "pending",
          code: null,
          detail: null,
        },
      ],
    );
    assert.deepEqual(await ledger.changesTo(id, []), []);
  },
  "a dead worker's change is made again, and counted as such": async (store) => {
    const id = await sent(store, "ntf_1", { 1: posted(1) });
    for (const [revision, kind, operation] of [
      [1, "edit", "update"],
      [2, "recall", "delete"],
    ] as const) {
      const change = await made(store, changeOf(id, revision, { kind }));
      await expandAll(store, change);
      const dead = await hold(store, `dead ${revision}`, 20_000 * revision);
      await turn(store, dead, { claim: 1, now: 20_000 * revision });
      const at = 20_000 * revision + 10_000;
      const held = await hold(store, `next ${revision}`, at);
      const lost = await recovered(store, held, 9, at);
      assert.deepEqual(lost, { resent: 1, held: 0 });
      const [attempt] = await store.ledger.attemptsOf(change, keyOf(1));
      assert.equal(attempt?.operation, operation);
      assert.deepEqual(attempt?.outcome, { kind: "uncertain", reason: "worker-died" });
      const { claimed } = await turn(store, held, { claim: 1, now: at });
      assert.equal(claimed[0]?.posted?.activityId, "170000001");
      const settlements = claimed.map((one) => settled(one, posted(1)));
      await turn(store, held, { settlements, now: at });
      assert.equal(await stateOf(store, change), "finished");
      await store.ledger.releaseLane(held, 0);
    }
  },
  "who got a message under two ids has both of them changed": async (store) => {
    const old = { fact: "person-seen", tenantId: tenant, person: { teamsId: "29:1" } } as const;
    await store.directory.learn(campaign("x").botId, [old], 1);
    const id = await create(store, campaign("ntf_1"), [1]);
    const former = { ...to(1).recipient, key: "user:29:1", personId: "29:1", memberId: "29:1" };
    const stored = campaign("ntf_2");
    const deliveries = [to(1), { recipient: former as ReturnType<typeof to>["recipient"] }];
    await store.ledger.createCampaign({ campaign: stored, deliveries });
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 9 });
    await turn(store, held, { settlements: claimed.map((one) => settled(one, posted(1))) });
    assert.equal(await stateOf(store, id), "finished");
    const change = await made(store, changeOf(stored.id, 1));
    await expandAll(store, change);
    const joined = { fact: "person-seen", tenantId: tenant, person: fieldsOf(1) } as const;
    await store.directory.learn(campaign("x").botId, [joined], 2);
    const counts = await counted(store, change);
    assert.deepEqual([counts.pending, counts.skipped], [2, 0]);
  },
};

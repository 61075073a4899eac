import assert from "node:assert/strict";
import { campaignId } from "../../../server/src/domain/ids.ts";
import {
  bot,
  type Cases,
  campaign,
  claimedKeys,
  counted,
  create,
  deliveriesOf,
  expanding,
  fieldsOf,
  hold,
  keyOf,
  knowPeople,
  objectId,
  otherTenant,
  settled,
  stateOf,
  tenant,
  to,
  turn,
} from "./fixtures.ts";

const start = { part: "include", item: 0, after: null } as const;
const exclude = { part: "exclude", item: 0, after: null } as const;
const next = { part: "include", item: 1, after: null } as const;
const now = 2_000;

/** From an audience to rows of the ledger. */
export const expansionCases: Cases = {
  "recipients are added once, and the place in the audience moves with them": async (store) => {
    const { ledger } = store;
    const id = await create(store, expanding("cmp_1"));
    const to1 = { ...start, after: "page 2" };
    const add = { kind: "recipients", deliveries: [to(1), to(2), to(1)] } as const;
    assert.equal(await ledger.expand({ id, from: start, to: to1, now, add }), 2);
    assert.deepEqual((await ledger.getCampaign(id))?.expansion, to1);
    const more = { kind: "recipients", deliveries: [to(2), to(3)] } as const;
    assert.equal(await ledger.expand({ id, from: to1, to: next, now, add: more }), 1);
    assert.deepEqual((await ledger.getCampaign(id))?.expansion, next);
    const counts = await counted(store, id);
    assert.deepEqual([counts.total, counts.pending], [3, 3]);
    const [row] = await deliveriesOf(store, id);
    assert.deepEqual([row?.dueAt, row?.updatedAt], [now, now]);
  },
  "recipients who were refused are rows of their own, final from the start": async (store) => {
    const id = await create(store, expanding("cmp_1"));
    const refused = { state: "failed", code: "RECIPIENT_UNKNOWN", detail: "Who?" } as const;
    const add = { kind: "recipients", deliveries: [to(1), { ...to(2), refused }] } as const;
    assert.equal(await store.ledger.expand({ id, from: start, to: next, now, add }), 2);
    const counts = await counted(store, id);
    assert.deepEqual([counts.pending, counts.failed], [1, 1]);
  },
  "rows that are due at once are claimed in the order in which they were added": async (store) => {
    await knowPeople(store, 2);
    const id = await create(store, expanding("cmp_1"));
    const named = { kind: "recipients", deliveries: [to(9), to(5)] } as const;
    await store.ledger.expand({ id, from: start, to: start, now, add: named });
    await store.ledger.expandEveryone({ id, from: start, limit: 10, now });
    const result = await turn(store, await hold(store), { claim: 9 });
    assert.deepEqual(claimedKeys(result), [9, 5, 1, 2].map(keyOf));
  },
  "a step from another place than the stored one is refused and changes nothing": async (store) => {
    const { ledger } = store;
    const id = await create(store, expanding("cmp_1"));
    const add = { kind: "recipients", deliveries: [to(1)] } as const;
    for (const from of [next, exclude, { ...start, after: "x" }]) {
      assert.equal(await ledger.expand({ id, from, to: next, now, add }), null);
      assert.equal(await ledger.expandEveryone({ id, from, limit: 10, now }), null);
    }
    assert.deepEqual((await ledger.getCampaign(id))?.expansion, start);
    assert.equal((await counted(store, id)).total, 0);
    const unknown = campaignId("cmp_2");
    assert.equal(await ledger.expand({ id: unknown, from: start, to: next, now, add }), null);
  },
  "a campaign that is paused or cancelled is not expanded": async (store) => {
    const { ledger } = store;
    const id = await create(store, expanding("cmp_1"));
    const add = { kind: "recipients", deliveries: [to(1)] } as const;
    for (const [from, state] of [
      ["expanding", "paused"],
      ["paused", "cancelled"],
    ] as const) {
      await ledger.moveCampaign({ id, from: [from], to: state, now });
      assert.equal(await ledger.expand({ id, from: start, to: next, now, add }), null);
      assert.equal(await ledger.expandEveryone({ id, from: start, limit: 10, now }), null);
      assert.equal(await ledger.finishExpansion(id, now), null);
    }
  },
  "excluded recipients are left out, by whatever way they come": async (store) => {
    const { ledger } = store;
    await knowPeople(store, 4);
    const id = await create(store, expanding("cmp_1", { expansion: exclude }));
    const keys = { kind: "exclusions", keys: [keyOf(1), keyOf(3), keyOf(1)] } as const;
    assert.equal(await ledger.expand({ id, from: exclude, to: start, now, add: keys }), 2);
    const all = await ledger.expandEveryone({ id, from: start, limit: 10, now });
    assert.deepEqual(all, { added: 2, after: objectId(4) });
    const from = { ...start, after: objectId(4) };
    const add = { kind: "recipients", deliveries: [to(1), to(5)] } as const;
    assert.equal(await ledger.expand({ id, from, to: next, now, add }), 1);
    const rows = await deliveriesOf(store, id);
    assert.deepEqual(
      rows.map((row) => row.recipient),
      [keyOf(2), keyOf(4), keyOf(5)],
    );
  },
  "everyone may be excluded": async (store) => {
    const { ledger } = store;
    await knowPeople(store, 3);
    const id = await create(store, expanding("cmp_1", { expansion: exclude }));
    const walked = await ledger.expandEveryone({ id, from: exclude, limit: 10, now });
    assert.deepEqual(walked, { added: 3, after: objectId(3) });
    const from = { ...exclude, after: objectId(3) };
    const none = { kind: "exclusions", keys: [] } as const;
    assert.equal(await ledger.expand({ id, from, to: start, now, add: none }), 0);
    assert.deepEqual(await ledger.expandEveryone({ id, from: start, limit: 10, now }), {
      added: 0,
      after: objectId(3),
    });
    assert.equal((await counted(store, id)).total, 0);
  },
  "everyone is walked in chunks by person id, the blocked, the removed and the guests too": async (
    store,
  ) => {
    const { ledger, directory } = store;
    await knowPeople(store, 5);
    await directory.learn(
      bot,
      [
        { fact: "person-install", tenantId: tenant, person: fieldsOf(2), install: "removed" },
        {
          fact: "person-blocked",
          tenantId: tenant,
          personId: to(3).recipient.key.slice(5) as never,
        }, // a person's key ends in their id
        { fact: "person-seen", tenantId: tenant, person: { ...fieldsOf(6), userRole: "guest" } },
        { fact: "person-seen", tenantId: otherTenant, person: fieldsOf(7) },
      ],
      1,
    );
    const id = await create(store, expanding("cmp_1"));
    const seen: unknown[] = [];
    for (let after: string | null = null; ; ) {
      const from: typeof start | { part: "include"; item: 0; after: string | null } = {
        ...start,
        after,
      };
      const chunk = await ledger.expandEveryone({ id, from, limit: 4, now });
      seen.push(chunk);
      if (chunk === null || chunk.after === null) break;
      after = chunk.after;
    }
    assert.deepEqual(seen, [
      { added: 4, after: objectId(4) },
      { added: 2, after: objectId(6) },
      { added: 0, after: null },
    ]);
    assert.equal((await counted(store, id)).pending, 6);
    assert.deepEqual((await ledger.getCampaign(id))?.expansion, { ...start, after: objectId(6) });
  },
  "rows are claimed while the expansion goes on, in the order in which they came": async (
    store,
  ) => {
    await knowPeople(store, 6);
    const id = await create(store, expanding("cmp_1"));
    const held = await hold(store);
    await store.ledger.expandEveryone({ id, from: start, limit: 3, now });
    const first = await turn(store, held, { claim: 2 });
    assert.deepEqual(claimedKeys(first), [keyOf(1), keyOf(2)]);
    const from = { ...start, after: objectId(3) };
    await store.ledger.expandEveryone({ id, from, limit: 3, now });
    const second = await turn(store, held, {
      claim: 2,
      settlements: first.claimed.map((one) => settled(one)),
    });
    assert.deepEqual(claimedKeys(second), [keyOf(3), keyOf(4)]);
    assert.deepEqual(second.finished, []);
    assert.equal(await stateOf(store, id), "expanding");
  },
  "an expanding campaign whose rows are all final is not finished before its expansion is": async (
    store,
  ) => {
    const id = await create(store, expanding("cmp_1"));
    const add = { kind: "recipients", deliveries: [to(1)] } as const;
    await store.ledger.expand({ id, from: start, to: next, now, add });
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 5 });
    const after = await turn(store, held, { settlements: claimed.map((one) => settled(one)) });
    assert.deepEqual(after.finished, []);
    const done = await store.ledger.finishExpansion(id, 5_000);
    assert.deepEqual([done?.state, done?.finishedAt, done?.expansion], ["finished", 5_000, null]);
  },
  "an expansion that ends leaves the campaign sending, or finished when there is nobody": async (
    store,
  ) => {
    const { ledger } = store;
    const id = await create(store, expanding("cmp_1"));
    const add = { kind: "recipients", deliveries: [to(1)] } as const;
    await ledger.expand({ id, from: start, to: next, now, add });
    const sending = await ledger.finishExpansion(id, 5_000);
    assert.deepEqual(
      [sending?.state, sending?.finishedAt, sending?.expansion],
      ["sending", null, null],
    );
    assert.equal(await ledger.finishExpansion(id, 5_001), null);
    const empty = await create(store, expanding("cmp_2"));
    assert.equal((await ledger.finishExpansion(empty, 5_000))?.state, "finished");
    const sent = await create(store, campaign("ntf_1"), [1]);
    assert.equal(await ledger.finishExpansion(sent, 5_000), null);
  },
};

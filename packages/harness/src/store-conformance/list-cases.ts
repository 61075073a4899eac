import assert from "node:assert/strict";
import { ProblemError } from "../../../server/src/domain/errors.ts";
import { campaignId } from "../../../server/src/domain/ids.ts";
import type { Page } from "../../../server/src/engine/ports/store.ts";
import {
  accepted,
  again,
  bot,
  type Cases,
  campaign,
  create,
  deliveriesOf,
  everyItem,
  failed,
  hold,
  keyOf,
  knowPeople,
  objectId,
  scope,
  settled,
  turn,
} from "./fixtures.ts";

/** Lists of deliveries, and cursors. */
export const listCases: Cases = {
  "deliveries are listed once each, in every state and by state, across pages": async (store) => {
    const people = Array.from({ length: 40 }, (_, index) => index + 1);
    const id = await create(store, campaign("ntf_1"), people);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 30 });
    await turn(store, held, {
      settlements: claimed
        .slice(0, 25)
        .map((one, index) =>
          settled(one, [undefined, failed, again(9_000 - index), undefined, failed][index % 5]),
        ),
    });
    const all = await deliveriesOf(store, id);
    assert.equal(new Set(all.map((row) => row.recipient)).size, 40);
    const expected = { accepted: 10, failed: 10, pending: 15, sending: 5, skipped: 0 } as const;
    for (const [state, count] of Object.entries(expected)) {
      const rows = await deliveriesOf(store, id, state as keyof typeof expected); // the keys just above
      assert.equal(rows.length, count, state);
      assert.equal(new Set(rows.map((row) => row.recipient)).size, count);
      assert.ok(rows.every((row) => row.state === state));
    }
    const due = (await deliveriesOf(store, id, "pending")).map((row) => row.dueAt ?? 0);
    assert.deepEqual(
      due,
      [...due].sort((a, b) => a - b),
    );
  },
  "a few accepted deliveries are found behind thousands of others": async (store) => {
    const people = Array.from({ length: 11_000 }, (_, index) => index + 1);
    const id = await create(store, campaign("ntf_1"), people);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: people.length });
    const isLate = (index: number) => index % 5_000 === 4_999;
    const settlements = claimed.map((one, index) =>
      settled(one, isLate(index) ? accepted : failed),
    );
    await turn(store, held, { settlements });
    assert.deepEqual(
      (await deliveriesOf(store, id, "accepted")).map((row) => row.recipient),
      [5_000, 10_000].map(keyOf),
    );
  },
  "a search that many people match goes by id like any other": async (store) => {
    const { directory } = store;
    const facts = Array.from({ length: 1_200 }, (_, index) => ({
      fact: "person-seen" as const,
      tenantId: scope.tenantId,
      person: { aadObjectId: objectId(index), name: index % 2 === 0 ? "Ana" : "Bob" },
    }));
    await directory.learn(bot, facts, 1);
    const found = await everyItem(
      (page) => directory.listPeople(scope, { ...page, search: "aN" }),
      100,
    );
    assert.deepEqual(
      found.map((person) => person.id),
      Array.from({ length: 600 }, (_, index) => objectId(index * 2)),
    );
  },
  "an unknown campaign has no deliveries, counts or requests": async ({ ledger }) => {
    const id = campaignId("cmp_none");
    assert.deepEqual(await ledger.listDeliveries(id, { limit: 5 }), { items: [] });
    assert.equal((await ledger.counts(id)).counts.total, 0);
    assert.deepEqual(await ledger.countsByCode(id), []);
  },
  "a list that fits a page has no next one": async (store) => {
    const id = await create(store, campaign("ntf_1"), [1, 2, 3]);
    const page = await store.ledger.listDeliveries(id, { limit: 3 });
    assert.deepEqual([page.items.length, page.next], [3, undefined]);
  },
  "a cursor can stand in a URL, and one that no list answered is refused": async (store) => {
    await knowPeople(store, 3);
    const id = await create(store, campaign("ntf_1"), [1, 2, 3]);
    await create(store, campaign("ntf_2"), [1]);
    await store.directory.learn(
      bot,
      ["19:a", "19:b"].map((teamId) => ({
        fact: "team-seen",
        tenantId: scope.tenantId,
        teamId: teamId as never, // any text is a team's id here
        serviceUrl: "https://smba.example/",
      })),
      1,
    );
    const lists: Readonly<Record<string, (cursor?: string) => Promise<Page<unknown>>>> = {
      deliveries: (cursor) => store.ledger.listDeliveries(id, page(cursor)),
      pending: (cursor) => store.ledger.listDeliveries(id, { ...page(cursor), state: "pending" }),
      people: (cursor) => store.directory.listPeople(scope, page(cursor)),
      teams: (cursor) => store.directory.listTeams(scope, page(cursor)),
      campaigns: (cursor) => store.ledger.listCampaigns({ ...page(cursor), kind: "notification" }),
    };
    const cursors = new Map<string, string>();
    for (const [name, list] of Object.entries(lists)) {
      const { next } = await list();
      assert.match(next ?? "", /^[\w-]+$/, name);
      cursors.set(name, next ?? "");
    }
    for (const [name, list] of Object.entries(lists)) {
      const strange = [...cursors].filter(([other]) => other !== name).map(([, next]) => next);
      for (const cursor of ["", "x", "!!", "bnVsbA", ...strange])
        await assert.rejects(list(cursor), isRefusal, `${name} ${cursor}`);
    }
  },
};

function page(cursor: string | undefined) {
  return cursor === undefined ? { limit: 1 } : { limit: 1, cursor };
}

function isRefusal(error: unknown): boolean {
  return error instanceof ProblemError && error.code === "REQUEST_INVALID";
}

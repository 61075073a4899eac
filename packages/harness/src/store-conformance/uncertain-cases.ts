import assert from "node:assert/strict";
import { botId, type CampaignId, campaignId } from "../../../server/src/domain/ids.ts";
import { leftUncertain } from "../../../server/src/domain/retry-request.ts";
import type { Campaign, Settlement, Store } from "../../../server/src/engine/ports/store.ts";
import {
  accepted,
  bot,
  type Cases,
  campaign,
  counted,
  create,
  deliveryTo,
  failed,
  hold,
  keyOf,
  settled,
  turn,
} from "./fixtures.ts";

const lost: Settlement["to"] = { state: "uncertain", code: "TEAMS_UNCERTAIN", detail: "Lost." };

/** A campaign whose deliveries to people 1, 2, … ended so. */
async function endedSo(
  store: Store,
  id: string,
  ends: readonly Settlement["to"][],
  over: Partial<Campaign> = {},
): Promise<CampaignId> {
  const made = await create(
    store,
    campaign(id, over),
    ends.map((_, index) => index + 1),
  );
  const held = await hold(store);
  const { claimed } = await turn(store, held, { claim: ends.length });
  const settlements = claimed.map((one, index) => settled(one, ends[index]));
  await turn(store, held, { settlements, now: 3_000 });
  return made;
}

/** The whole list, read in pages: whose, and to whom. */
async function listed(store: Store, limit = 100): Promise<readonly string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 50; page += 1) {
    const { items, next } = await store.ledger.listUncertain({
      ...{ botId: bot, limit },
      ...(cursor !== undefined && { cursor }),
    });
    assert.ok(items.length <= limit);
    assert.ok(items.length > 0 || next === undefined, "no page but the last one is empty");
    for (const { campaign: of, delivery } of items) {
      assert.equal(of.id, delivery.campaignId);
      assert.equal(delivery.state, "uncertain");
      found.push(`${of.id} ${Number(delivery.recipient.slice(-12))}`);
    }
    if (next === undefined) return found;
    cursor = next;
  }
  return assert.fail("it does not end");
}

const leave = (store: Store, id: CampaignId, after = "", limit = 100) =>
  store.ledger.leaveUncertain({ id, which: { after, limit }, now: 5_000 });

/** What nobody knows, and somebody decides about. */
export const uncertainCases: Cases = {
  "what may have arrived is listed, whosever it is, the newest first, in pages of any size": async (
    store,
  ) => {
    await endedSo(store, "ntf_1", [lost], { createdAt: 1_000 });
    await endedSo(store, "cmp_2", [lost, accepted, lost, failed, lost], {
      kind: "campaign",
      createdAt: 1_500,
    });
    await endedSo(store, "ntf_3", [accepted], { createdAt: 1_600 });
    await endedSo(store, "ntf_4", [lost], { createdAt: 1_700 });
    await endedSo(store, "ntf_5", [lost], { createdAt: 1_700 });
    const all = ["ntf_5 1", "ntf_4 1", "cmp_2 1", "cmp_2 3", "cmp_2 5", "ntf_1 1"];
    for (const limit of [1, 2, 3, 4, 5, 6, 100])
      assert.deepEqual(await listed(store, limit), all, `pages of ${limit}`);
    const [newest] = (await store.ledger.listUncertain({ botId: bot, limit: 1 })).items;
    const { kind, name, state, createdAt } = newest?.campaign ?? assert.fail("none");
    assert.deepEqual([kind, name, state, createdAt], ["notification", "ntf_5", "finished", 1_700]);
    assert.deepEqual(
      [newest?.delivery.code, newest?.delivery.detail],
      ["TEAMS_UNCERTAIN", "Lost."],
    );
    const other = await store.ledger.listUncertain({ botId: botId("other"), limit: 10 });
    assert.deepEqual(other.items, []);
  },
  "what is left as it is stays uncertain with a code of its own, and is listed no more": async (
    store,
  ) => {
    const id = await endedSo(store, "cmp_1", [lost, failed, lost, accepted, lost]);
    const other = await endedSo(store, "cmp_2", [lost]);
    const first = await leave(store, id, "", 2);
    assert.deepEqual(first, { left: 2, after: keyOf(3) });
    assert.deepEqual(await leave(store, id, first.after ?? "", 2), { left: 1, after: null });
    const row = await deliveryTo(store, id, 1);
    assert.deepEqual(
      [row.state, row.code, row.detail, row.updatedAt, row.attempts],
      ["uncertain", leftUncertain, "Lost.", 5_000, 1],
    );
    assert.equal((await counted(store, id)).uncertain, 3);
    assert.deepEqual(await store.ledger.countsByCode(id), [
      { state: "uncertain", code: leftUncertain, count: 3 },
      { state: "failed", code: "TEAMS_REJECTED", count: 1 },
    ]);
    assert.deepEqual(await listed(store, 1), [`${other} 1`]);
    assert.deepEqual(await leave(store, id), { left: 0, after: null }, "again changes nothing");
    assert.deepEqual(await leave(store, campaignId("cmp_9")), { left: 0, after: null });
  },
  "one recipient's is left alone, and only where it is uncertain": async (store) => {
    const id = await endedSo(store, "cmp_1", [lost, failed, lost, accepted]);
    const one = (n: number) =>
      store.ledger.leaveUncertain({ id, which: { recipient: keyOf(n) }, now: 5_000 });
    assert.deepEqual(await one(3), { left: 1, after: null });
    for (const n of [2, 3, 4, 9]) assert.deepEqual(await one(n), { left: 0, after: null });
    assert.deepEqual(await listed(store), [`${id} 1`]);
    assert.equal((await deliveryTo(store, id, 2)).code, "TEAMS_REJECTED");
    await counted(store, id);
  },
  "a retry of what is uncertain passes over what was left, unless that is named": async (store) => {
    const { ledger } = store;
    const id = await endedSo(store, "cmp_1", [lost, lost, lost]);
    await ledger.leaveUncertain({ id, which: { recipient: keyOf(2) }, now: 4_000 });
    const ask = (codes: readonly (typeof leftUncertain)[] | null) =>
      ledger.requestRetry({
        ...{ id, from: ["finished", "sending"], now: 5_000 },
        retry: { states: ["uncertain"], codes },
      });
    assert.equal(await ask(null), "asked");
    assert.deepEqual(await ledger.retryRows(id, 100, 5_000), { retried: 2, isDone: true });
    assert.equal(await ask(null), "nothing");
    assert.equal(await ask([leftUncertain]), "asked");
    assert.deepEqual(await ledger.retryRows(id, 100, 5_000), { retried: 1, isDone: true });
    assert.equal((await counted(store, id)).pending, 3);
    assert.equal((await ledger.counts(id)).resent, 3);
    assert.deepEqual(await ledger.countsByCode(id), []);
  },
  "two who leave them at once count each once": async (store) => {
    const ends = Array.from({ length: 12 }, () => lost);
    const id = await endedSo(store, "cmp_1", ends);
    const [one, other] = await Promise.all([leave(store, id), leave(store, id)]);
    assert.equal((one?.left ?? 0) + (other?.left ?? 0), 12);
    assert.deepEqual(await store.ledger.countsByCode(id), [
      { state: "uncertain", code: leftUncertain, count: 12 },
    ]);
  },
  "what is not kept any more is not asked about": async (store) => {
    const { ledger } = store;
    const id = await endedSo(store, "cmp_1", [lost, lost], { kind: "campaign" });
    await endedSo(store, "ntf_2", [lost]);
    await ledger.forget({ id, what: "recipients", limit: 1, now: 6_000 });
    for (const limit of [1, 2, 100]) assert.deepEqual(await listed(store, limit), ["ntf_2 1"]);
  },
};

import assert from "node:assert/strict";
import fc from "fast-check";
import { botId, type CampaignId, campaignId } from "../../../server/src/domain/ids.ts";
import { noAnswer } from "../../../server/src/domain/outcome.ts";
import type {
  Forgettable,
  ForgettableCampaign,
} from "../../../server/src/engine/ports/retention-store.ts";
import type { Store } from "../../../server/src/engine/ports/store.ts";
import { changeOf, made } from "./change-fixtures.ts";
import {
  bot,
  type Cases,
  campaign,
  create,
  deliveriesOf,
  failed,
  hold,
  keyOf,
  knowPeople,
  settled,
  stateOf,
  turn,
} from "./fixtures.ts";
import { knownMax, ledgerEvents } from "./random-commands.ts";
import { LedgerModel, type ModelCampaign } from "./random-model.ts";

/** What is older than it is to be kept. */
export const retentionCases: Cases = {
  "what is over, with nothing left to happen to it, may be forgotten: the longest ended first":
    async (store) => {
      const first = await ended(store, "cmp_1", 5_000);
      const second = await ended(store, "ntf_2", 4_000);
      await create(store, campaign("ntf_3"), [1]);
      await create(store, campaign("cmp_4", { state: "draft", finishedAt: 1 }), [1]);
      const unrecalled = { state: "finished", finishedAt: 1, recallAt: 99_000 } as const;
      await create(store, campaign("cmp_5", unrecalled));
      assert.deepEqual(await due(store, "recipients", { before: 4_000 }), []);
      assert.deepEqual(await due(store, "recipients", { before: 4_001 }), [second]);
      for (const what of ["attempts", "recipients"] as const)
        assert.deepEqual(await due(store, what), [second, first]);
      assert.deepEqual(await due(store, "attempts", { limit: 1 }), [second]);
      assert.deepEqual(await due(store, "attempts", { botId: botId("other") }), []);
    },
  "those that ended are walked through, each once, also of many that ended in one instant": async (
    store,
  ) => {
    const names = ["cmp_3", "cmp_1", "cmp_4", "cmp_2"];
    for (const [index, name] of names.entries())
      await create(store, campaign(name, { state: "finished", finishedAt: index < 3 ? 9 : 5 }));
    for (const what of ["attempts", "recipients"] as const) {
      const walked: ForgettableCampaign[] = [];
      for (let step = 0; step < names.length; step += 1) {
        const after = walked.at(-1);
        const [next, ...more] = await store.ledger.campaignsToForget({
          ...{ botId: bot, what, before: 9_000, limit: 1 },
          ...(after && { after }),
        });
        assert.deepEqual(more, []);
        assert.ok(next);
        walked.push(next);
      }
      assert.deepEqual(
        walked.map(({ id, finishedAt }) => `${id} ${finishedAt}`),
        ["cmp_2 5", "cmp_1 9", "cmp_3 9", "cmp_4 9"],
      );
      const after = walked.at(-1);
      assert.deepEqual(await due(store, what, after && { after }), []);
    }
  },
  "attempts are removed in parts, and rows, counters and reasons stay": async (store) => {
    const { ledger } = store;
    const id = await ended(store, "cmp_1", 5_000);
    const before = [await ledger.counts(id), await ledger.countsByCode(id)];
    assert.deepEqual(await ledger.forgottenAt(id), { attempts: null, recipients: null });
    assert.equal((await ledger.attemptsOf(id, keyOf(1))).length, 2);
    assert.deepEqual(await parts(store, id, "attempts", 3), [3, 3, 0]);
    assert.deepEqual(await ledger.forgottenAt(id), { attempts: 70_000, recipients: null });
    assert.deepEqual(await ledger.attemptsOf(id, keyOf(1)), []);
    assert.equal((await deliveriesOf(store, id)).length, 3);
    assert.deepEqual([await ledger.counts(id), await ledger.countsByCode(id)], before);
    assert.deepEqual(await due(store, "attempts"), []);
    assert.deepEqual(await due(store, "recipients"), [id]);
  },
  "recipients are removed with all that is theirs, and the campaign stays with its counters":
    async (store) => {
      const { ledger } = store;
      const id = await ended(store, "cmp_1", 5_000);
      const other = await ended(store, "cmp_2", 5_000);
      const before = [await ledger.counts(id), await ledger.countsByCode(id)];
      assert.deepEqual(await parts(store, id, "recipients", 4), [4, 4, 1]);
      assert.deepEqual(await ledger.forgottenAt(id), { attempts: 70_000, recipients: 70_000 });
      assert.deepEqual(await deliveriesOf(store, id), []);
      assert.deepEqual([await ledger.counts(id), await ledger.countsByCode(id)], before);
      assert.equal(await stateOf(store, id), "finished");
      assert.equal((await deliveriesOf(store, other)).length, 3);
      assert.equal((await ledger.attemptsOf(other, keyOf(1))).length, 2);
      for (const what of ["attempts", "recipients"] as const)
        assert.deepEqual(await due(store, what), [other]);
    },
  "a notification goes as a whole": async (store) => {
    const id = await ended(store, "ntf_1", 5_000);
    assert.deepEqual(await parts(store, id, "recipients", 100), [9]);
    assert.equal(await store.ledger.getCampaign(id), null);
    assert.deepEqual(await store.ledger.countsByCode(id), []);
    const list = await store.ledger.listCampaigns({ kind: "notification", limit: 9 });
    assert.deepEqual(list.items, []);
    assert.deepEqual(await store.ledger.forgottenAt(id), { attempts: null, recipients: null });
  },
  "what a change did to a message is kept as long as that message, and goes with it": async (
    store,
  ) => {
    const { ledger } = store;
    const changed = await ended(store, "cmp_1", 5_000);
    const told = await ended(store, "ntf_2", 5_000);
    const over = { state: "finished", finishedAt: 4_000, expansion: null } as const;
    const edit = await made(store, changeOf(changed, 1, { ...over, id: campaignId("chg_1") }));
    const recall = await made(
      store,
      changeOf(told, 1, { ...over, id: campaignId("chg_2"), kind: "recall" }),
    );
    assert.deepEqual(await due(store, "recipients"), [changed, told]);
    assert.deepEqual(await due(store, "attempts"), [edit, recall, changed, told]);
    assert.deepEqual(await parts(store, edit, "recipients", 100), [0]);
    assert.deepEqual(await ledger.forgottenAt(edit), { attempts: null, recipients: null });
    for (const id of [changed, told])
      assert.deepEqual(await parts(store, id, "recipients", 100), [9]);
    assert.deepEqual(await due(store, "recipients"), [edit, recall]);
    for (const id of [edit, recall])
      assert.deepEqual(await parts(store, id, "recipients", 100), [0]);
    assert.equal((await ledger.getCampaign(edit))?.state, "finished");
    assert.equal(await ledger.getCampaign(recall), null, "what it recalled is gone");
  },
  "a campaign that is tried again after its attempts went has attempts again, which go later":
    async (store) => {
      const { ledger } = store;
      const id = await ended(store, "cmp_1", 5_000);
      await parts(store, id, "attempts", 100);
      const retry = { states: ["failed"], codes: null } as const;
      const request = { id, from: ["finished"] as const, retry, now: 60_000 };
      assert.equal(await ledger.requestRetry(request), "asked");
      assert.deepEqual(await due(store, "attempts"), []);
      for (let step = 0; step < 5; step += 1)
        if ((await ledger.retryRows(id, 9, 60_000)).isDone) break;
      await settleAll(store, 61_000);
      assert.equal(await stateOf(store, id), "finished");
      assert.deepEqual(await due(store, "attempts", { before: 61_001 }), [id]);
      assert.deepEqual(await parts(store, id, "attempts", 100), [2]);
      assert.deepEqual(await due(store, "attempts", { before: 61_001 }), []);
    },
  "of what was removed nothing is tried again, edited or recalled": async (store) => {
    const { ledger } = store;
    const id = await ended(store, "cmp_1", 5_000);
    assert.deepEqual(await ledger.forget({ id, what: "recipients", limit: 1, now: 70_000 }), {
      removed: 1,
      isDone: false,
    });
    const retry = { states: ["failed"], codes: null } as const;
    const request = { id, from: ["finished"] as const, retry, now: 71_000 };
    assert.equal(await ledger.requestRetry(request), "refused");
    const change = changeOf(id, 1, { kind: "recall" });
    assert.equal(await ledger.createChange({ change, state: "finished" }), null);
    assert.equal(await stateOf(store, id), "finished");
  },
  "whatever happened, only what is over is removed, in parts that end, and no counter changes":
    async (_, opened, open) => {
      const ledger = fc.array(fc.oneof(...ledgerEvents()), { maxLength: 30, size: "max" });
      const limits = fc.integer({ min: 1, max: 5 });
      const property = fc.asyncProperty(ledger, limits, async (events, limit) => {
        const fresh = await open();
        try {
          await knowPeople(fresh.store, knownMax);
          const model = new LedgerModel();
          for (const one of events) {
            await one.happen(model, fresh.store);
            model.finish();
          }
          for (const one of model.campaigns) await forgetsWhatIsOver(fresh.store, one, limit);
        } finally {
          await fresh.cleanup();
        }
      });
      const numRuns = opened.randomRuns ?? (opened.reopen === undefined ? 60 : 5);
      await fc.assert(property, { numRuns: Math.ceil(numRuns / 2) });
    },
  "nothing is removed of what is not over, or not known": async (store) => {
    const { ledger } = store;
    const finished = await ended(store, "cmp_2", 5_000);
    const id = await create(store, campaign("ntf_1"), [1]);
    for (const one of [id, campaign("nobody").id])
      assert.deepEqual(
        await ledger.forget({ id: one, what: "recipients", limit: 9, now: 70_000 }),
        { removed: 0, isDone: true },
      );
    assert.deepEqual(await ledger.forgottenAt(id), { attempts: null, recipients: null });
    const retry = { states: ["failed"], codes: null } as const;
    const from = ["finished"] as const;
    assert.equal(await ledger.requestRetry({ id: finished, from, retry, now: 60_000 }), "asked");
    assert.deepEqual(
      await ledger.forget({ id: finished, what: "recipients", limit: 9, now: 70_000 }),
      { removed: 0, isDone: true },
    );
    assert.equal((await deliveriesOf(store, finished)).length, 3);
  },
  "old idempotency keys are removed, the oldest first, and are as new after that": async (
    store,
  ) => {
    const { ledger } = store;
    const use = (key: string, createdAt: number, id: string) =>
      ledger.createCampaign({
        campaign: campaign(id, { createdAt }),
        idempotency: { key, fingerprint: "same" },
      });
    for (const [index, at] of [3_000, 1_000, 2_000].entries())
      await use(`key ${at}`, at, `ntf_${index}`);
    assert.equal(await ledger.forgetIdempotencyKeys(botId("other"), 9_000, 9), 0);
    assert.equal(await ledger.forgetIdempotencyKeys(bot, 3_000, 1), 1);
    assert.equal((await use("key 2000", 4_000, "ntf_4")).result, "repeated");
    assert.equal(await ledger.forgetIdempotencyKeys(bot, 3_000, 9), 1);
    assert.equal((await use("key 2000", 4_000, "ntf_5")).result, "created");
    assert.equal((await use("key 3000", 4_000, "ntf_6")).result, "repeated");
  },
};

/** A campaign (or notification) that ended at `at`: three recipients, two requests for each, and one that failed. */
async function ended(store: Store, name: string, at: number): Promise<CampaignId> {
  const kind = name.startsWith("cmp") ? "campaign" : "notification";
  const id = await create(store, campaign(name, { kind }), [1, 2, 3]);
  await settleAll(store, at);
  assert.equal(await stateOf(store, id), "finished");
  return id;
}

/** Settles what is to be sent at `at`: two requests for each, and the first one fails. */
async function settleAll(store: Store, at: number): Promise<void> {
  const held = await hold(store, "w1", at - 10);
  const { claimed } = await turn(store, held, { claim: 3, now: at - 5 });
  const attempt = (number: number) =>
    ({
      number,
      operation: "send",
      at: at - 5,
      outcome: { kind: "uncertain", reason: "timeout" },
      evidence: noAnswer("no answer", 5),
      decision: "tried again",
    }) as const;
  const settlements = claimed.map((one, index) =>
    settled(one, index === 0 ? failed : undefined, {
      attempts: [attempt(1), attempt(2)],
      requests: 2,
    }),
  );
  await turn(store, held, { settlements, now: at });
  await store.ledger.releaseLane(held, 0);
}

type Asked = Parameters<Store["ledger"]["campaignsToForget"]>[0];

/** The campaigns of which something may be removed. */
async function due(
  store: Store,
  what: Forgettable,
  over: Partial<Asked> = {},
): Promise<readonly CampaignId[]> {
  const request = { botId: bot, what, before: 9_000, limit: 9, ...over };
  return (await store.ledger.campaignsToForget(request)).map(({ id }) => id);
}

/** Removes what may be removed of one campaign of a random ledger, and holds what is left against what was there. */
async function forgetsWhatIsOver(
  store: Store,
  { id, state, rows }: ModelCampaign,
  limit: number,
): Promise<void> {
  const { ledger } = store;
  const facts = async () => [await ledger.counts(id), await ledger.countsByCode(id)];
  const before = await facts();
  const there = await ledger.getCampaign(id);
  const isOver = state === "finished" || state === "cancelled";
  const isOpen = [...rows.values()].some((row) => ["pending", "sending"].includes(row.state));
  for (const what of ["attempts", "recipients"] as const) {
    const removed = await parts(store, id, what, limit);
    assert.ok(removed.every((count) => count <= limit));
    const left = await deliveriesOf(store, id);
    const isGone = what === "recipients" && isOver && !isOpen;
    assert.equal(left.length, isGone ? 0 : rows.size);
    if (isGone && there?.kind === "notification") assert.equal(await ledger.getCampaign(id), null);
    else assert.deepEqual(await facts(), before);
  }
}

/** Forgets part by part; answers how many rows each removed. */
async function parts(
  store: Store,
  id: CampaignId,
  what: Forgettable,
  limit: number,
): Promise<readonly number[]> {
  const removed: number[] = [];
  for (let part = 0; part < 60; part += 1) {
    const done = await store.ledger.forget({ id, what, limit, now: 70_000 + part });
    removed.push(done.removed);
    if (done.isDone) return removed;
  }
  throw new Error("it does not end");
}

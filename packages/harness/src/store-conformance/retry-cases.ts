import assert from "node:assert/strict";
import { type CampaignId, conversationId, recipientKey } from "../../../server/src/domain/ids.ts";
import type { Attempt, Settlement, Store } from "../../../server/src/engine/ports/store.ts";
import {
  accepted,
  type Cases,
  campaign,
  counted,
  create,
  deliveriesOf,
  deliveryTo,
  failed,
  hold,
  keyOf,
  scope,
  settled,
  stateOf,
  to,
  turn,
} from "./fixtures.ts";

type Request = Parameters<Store["ledger"]["requestRetry"]>[0];

const uncertain: Settlement["to"] = {
  state: "uncertain",
  code: "TEAMS_UNCERTAIN",
  detail: "Lost.",
};
const skipped: Settlement["to"] = { state: "skipped", code: "TEAMS_APP_REMOVED", detail: null };
const tooBig: Settlement["to"] = { state: "failed", code: "TEAMS_TOO_BIG", detail: null };
const anyFailed: Request["retry"] = { states: ["failed"], codes: null };
const attempt: Attempt = {
  number: 1,
  operation: "send",
  at: 2_000,
  outcome: { kind: "rejected", reason: "bad-request" },
  evidence: {
    status: 400,
    platformCode: "BadSyntax",
    subCode: null,
    detail: null,
    requestId: "cv.1",
    retryAfterMs: null,
    latencyMs: 9,
  },
  decision: "refused for good (bad-request)",
};

/** A campaign whose deliveries to people 1, 2, … ended so; they were written at 3,000. */
async function endedSo(
  store: Store,
  ends: readonly Settlement["to"][],
  over: Parameters<typeof campaign>[1] = {},
): Promise<CampaignId> {
  const people = ends.map((_, index) => index + 1);
  const id = await create(store, campaign("cmp_1", { kind: "campaign", ...over }), people);
  const held = await hold(store);
  const { claimed } = await turn(store, held, { claim: ends.length });
  const settlements = claimed.map((one, index) => {
    const end = ends[index] ?? accepted;
    return settled(one, end, { attempts: end === accepted ? [] : [attempt] });
  });
  await turn(store, held, { settlements, now: 3_000 });
  return id;
}

function ask(store: Store, id: CampaignId, over: Partial<Request> = {}) {
  const from = ["expanding", "sending", "paused", "finished"] as const;
  return store.ledger.requestRetry({ id, from, retry: anyFailed, now: 5_000, ...over });
}

/** Walks all that was asked for, `limit` rows at a time; answers how many were retried. */
async function walked(store: Store, id: CampaignId, limit = 100, now = 5_000): Promise<number> {
  let sum = 0;
  for (let call = 0; call < 50; call += 1) {
    const { retried, isDone } = await store.ledger.retryRows(id, limit, now);
    assert.ok(retried <= limit);
    sum += retried;
    if (isDone) return sum;
  }
  return assert.fail("it does not end");
}

/** Deliveries that somebody asks to be tried again. */
export const retryCases: Cases = {
  "failed rows of a finished campaign are pending again in portions, and nothing else is": async (
    store,
  ) => {
    const { ledger } = store;
    const id = await endedSo(store, [failed, accepted, failed, uncertain, failed, skipped]);
    assert.equal(await stateOf(store, id), "finished");
    assert.equal(await ask(store, id), "asked");
    const open = await ledger.getCampaign(id);
    assert.deepEqual([open?.state, open?.finishedAt], ["sending", null]);
    assert.deepEqual(await ledger.campaignsToRetry(5), [id]);
    // It is not finished before the request is carried out, whatever else happens.
    const held = await hold(store);
    assert.deepEqual((await turn(store, held, { now: 4_000 })).finished, []);
    assert.equal(await walked(store, id, 2), 3);
    assert.deepEqual(await ledger.campaignsToRetry(5), []);
    const counts = await counted(store, id);
    assert.deepEqual(
      [counts.pending, counts.failed, counts.accepted, counts.uncertain, counts.skipped],
      [3, 0, 1, 1, 1],
    );
    assert.deepEqual(await deliveryTo(store, id, 1), {
      campaignId: id,
      recipient: keyOf(1),
      state: "pending",
      attempts: 1,
      code: null,
      detail: null,
      conversationId: null,
      activityId: null,
      resent: 0,
      dueAt: 5_000,
      updatedAt: 5_000,
      firstAttemptAt: null,
      retriedAt: 5_000,
      status: null,
      latencyMs: null,
      requestId: null,
    });
  },
  "a retried row keeps its attempts, goes on numbering, and its deadline begins anew": async (
    store,
  ) => {
    const id = await endedSo(store, [failed]);
    await ask(store, id);
    await walked(store, id);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 5, now: 5_000 });
    assert.deepEqual(
      claimed.map((one) => [one.attempts, one.firstAttemptAt, one.resent]),
      [[1, null, 0]],
    );
    const attempts = [{ ...attempt, number: 2, at: 5_500 }];
    const settlements = claimed.map((one) =>
      settled(one, accepted, { attempts, firstAttemptAt: 5_500 }),
    );
    const end = await turn(store, held, { settlements, now: 6_000 });
    assert.deepEqual(end.finished, [id]);
    const row = await deliveryTo(store, id, 1);
    assert.deepEqual(
      [row.state, row.attempts, row.firstAttemptAt, row.retriedAt],
      ["accepted", 2, 5_500, 5_000],
    );
    const numbers = (await store.ledger.attemptsOf(id, keyOf(1))).map(({ number }) => number);
    assert.deepEqual(numbers, [1, 2]);
    await counted(store, id);
    assert.deepEqual(await store.ledger.countsByCode(id), []);
  },
  "a retry means the states and codes that it names": async (store) => {
    const id = await endedSo(store, [failed, tooBig, uncertain, skipped, tooBig]);
    await ask(store, id, { retry: { states: ["failed"], codes: ["TEAMS_TOO_BIG"] } });
    assert.equal(await walked(store, id), 2);
    await ask(store, id, { retry: { states: ["skipped", "uncertain"], codes: null } });
    assert.equal(await walked(store, id, 1), 2);
    const counts = await counted(store, id);
    assert.deepEqual([counts.failed, counts.pending], [1, 4]);
  },
  "an uncertain row that is retried counts as resent, and a failed one does not": async (store) => {
    const id = await endedSo(store, [uncertain, failed]);
    await ask(store, id, { retry: { states: ["failed", "uncertain"], codes: null } });
    assert.equal(await walked(store, id), 2);
    const resent = [1, 2].map(async (n) => (await deliveryTo(store, id, n)).resent);
    assert.deepEqual(await Promise.all(resent), [1, 0]);
    assert.equal((await store.ledger.counts(id)).resent, 1);
    await counted(store, id);
  },
  "nobody is retried who was no recipient, or has another delivery that counts": async (store) => {
    const refused = (code: "RECIPIENT_UNKNOWN" | "TARGET_UNSUPPORTED") =>
      ({ state: "failed", code }) as const;
    const duplicate = { state: "skipped", code: "DELIVERY_DUPLICATE" } as const;
    const team = conversationId("19:team@thread.tacv2");
    const { id } = campaign("cmp_1");
    await store.ledger.createCampaign({
      campaign: campaign("cmp_1", { kind: "campaign" }),
      deliveries: [
        { ...to(1), refused: refused("RECIPIENT_UNKNOWN") },
        { ...to(2), refused: refused("TARGET_UNSUPPORTED") },
        { ...to(3), refused: duplicate },
        {
          recipient: {
            kind: "conversation",
            key: recipientKey(`team:${team}`),
            conversationId: team,
          },
          refused: { state: "failed", code: "TEAMS_NOT_IN_CONVERSATION" },
        },
      ],
    });
    const every = { states: ["failed", "skipped", "uncertain"], codes: null } as const;
    await ask(store, id, { retry: every });
    assert.equal(await walked(store, id), 0);
    assert.equal(await stateOf(store, id), "finished", "nobody was left");
    const rows = await deliveriesOf(store, id);
    for (const { recipient } of rows)
      assert.equal(await ask(store, id, { retry: every, recipient }), "nothing");
    assert.equal((await counted(store, id)).pending, 0);
  },
  "a row that was written after the request is left to the next one": async (store) => {
    const id = await endedSo(store, [failed, failed, failed]);
    await ask(store, id, { now: 5_000 });
    assert.equal((await store.ledger.retryRows(id, 1, 5_000)).retried, 1);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 5, now: 5_100 });
    const settlements = claimed.map((one) => settled(one, failed));
    await turn(store, held, { settlements, now: 6_000 });
    assert.equal(await walked(store, id, 100, 6_100), 2, "each once");
    assert.equal((await counted(store, id)).failed, 1);
    assert.equal(await ask(store, id, { now: 7_000 }), "asked");
    assert.equal(await walked(store, id, 100, 7_000), 1);
  },
  "rows that a process with a clock ahead of ours wrote are not left out": async (store) => {
    const id = await endedSo(store, [failed, failed]);
    assert.equal(await ask(store, id, { now: 1_000 }), "asked");
    assert.equal(await walked(store, id), 2);
  },
  "the same request twice is carried out once, and finds nobody after it": async (store) => {
    const id = await endedSo(store, [failed, failed]);
    const results = await Promise.all([ask(store, id), ask(store, id)]);
    assert.deepEqual(results, ["asked", "asked"]);
    assert.equal(await walked(store, id), 2);
    assert.equal(await ask(store, id, { now: 5_001 }), "nothing");
    assert.equal((await counted(store, id)).pending, 2);
  },
  "two who carry it out at once retry each row once": async (store) => {
    const id = await endedSo(
      store,
      Array.from({ length: 20 }, () => uncertain),
    );
    await ask(store, id, { retry: { states: ["uncertain"], codes: null } });
    const [one, other] = await Promise.all([walked(store, id, 3), walked(store, id, 3)]);
    assert.equal(one + other, 20);
    assert.equal((await store.ledger.counts(id)).resent, 20);
    await counted(store, id);
  },
  "different requests wait for one another, up to a bound": async (store) => {
    const id = await endedSo(store, [failed, tooBig, skipped]);
    const one = { states: ["failed"], codes: ["TEAMS_TOO_BIG"] } as const;
    const two = { states: ["skipped"], codes: null } as const;
    assert.equal(await ask(store, id, { retry: one }), "asked");
    assert.equal(await ask(store, id, { retry: two }), "asked");
    assert.equal((await store.ledger.retryRows(id, 100, 5_000)).isDone, false);
    assert.equal(await walked(store, id), 1);
    assert.equal((await counted(store, id)).pending, 2);
    const results = [];
    const codes = [
      "TEAMS_REJECTED",
      "TEAMS_TOO_BIG",
      "TEAMS_THROTTLED",
      "TEAMS_UNAVAILABLE",
    ] as const;
    for (let mask = 1; mask < 2 ** codes.length; mask += 2) {
      const some = codes.filter((_, bit) => (mask & (2 ** bit)) > 0);
      results.push(await ask(store, id, { retry: { states: ["failed"], codes: some } }));
    }
    results.push(await ask(store, id, { retry: anyFailed }));
    assert.deepEqual([results.at(-2), results.at(-1)], ["asked", "full"]);
  },
  "one recipient is pending at once, and only from a state that was named": async (store) => {
    const id = await endedSo(store, [failed, failed, accepted]);
    const one = { recipient: keyOf(2) };
    const skippedOnly = { states: ["skipped"], codes: null } as const;
    assert.equal(await ask(store, id, { ...one, retry: skippedOnly }), "nothing");
    assert.equal(await ask(store, id, { recipient: keyOf(3) }), "nothing");
    assert.equal(await ask(store, id, { recipient: keyOf(9) }), "nothing");
    assert.equal(await stateOf(store, id), "finished");
    assert.equal(await ask(store, id, one), "asked");
    assert.equal(await stateOf(store, id), "sending");
    assert.deepEqual(await store.ledger.campaignsToRetry(5), []);
    const rows = await deliveriesOf(store, id);
    assert.deepEqual(
      rows.map((row) => row.state),
      ["failed", "pending", "accepted"],
    );
    assert.equal(await ask(store, id, one), "nothing", "it is pending");
    await counted(store, id);
  },
  "a campaign in none of the named states is left alone": async (store) => {
    const id = await endedSo(store, [failed]);
    assert.equal(await ask(store, id, { from: ["sending", "paused"] }), "refused");
    assert.equal(await stateOf(store, id), "finished");
    assert.equal(await ask(store, campaign("cmp_unknown").id), "refused");
    assert.deepEqual(await store.ledger.retryRows(id, 10, 5_000), { retried: 0, isDone: true });
  },
  "rows of a paused campaign are pending, and wait for it": async (store) => {
    const { ledger } = store;
    const id = await endedSo(store, [failed, failed], { state: "expanding", expansion: someplace });
    const patch = { pausedFrom: "expanding" } as const;
    await ledger.moveCampaign({ id, from: ["expanding"], to: "paused", patch, now: 4_000 });
    assert.equal(await ask(store, id), "asked");
    assert.equal(await walked(store, id), 2);
    assert.equal(await stateOf(store, id), "paused");
    const held = await hold(store);
    assert.deepEqual((await turn(store, held, { claim: 5, now: 6_000 })).claimed, []);
    await ledger.moveCampaign({ id, from: ["paused"], to: "expanding", now: 7_000 });
    assert.equal((await turn(store, held, { claim: 5, now: 7_000 })).claimed.length, 2);
  },
  "a campaign that is cancelled meanwhile retries nobody more": async (store) => {
    const { ledger } = store;
    const id = await endedSo(store, [uncertain, uncertain, uncertain]);
    await ask(store, id, { retry: { states: ["uncertain"], codes: null } });
    assert.equal((await ledger.retryRows(id, 1, 5_000)).retried, 1);
    await ledger.moveCampaign({ id, from: ["sending"], to: "cancelled", now: 5_100 });
    assert.deepEqual(await ledger.campaignsToRetry(5), []);
    assert.deepEqual(await ledger.retryRows(id, 10, 5_200), { retried: 0, isDone: true });
    assert.equal(await ledger.cancelPending(id, 10, 5_200), 1);
    assert.equal((await counted(store, id)).uncertain, 3, "what may have arrived stays uncertain");
  },
  "an idempotency key asks once, and is refused for another request": async (store) => {
    const id = await endedSo(store, [failed]);
    const asked = (fingerprint: string, over: Partial<Request> = {}) =>
      ask(store, id, { idempotency: { key: "k", fingerprint }, ...over });
    assert.equal(await asked("f", { from: ["paused"] }), "refused");
    assert.equal(await asked("f"), "asked");
    await walked(store, id);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 5, now: 5_100 });
    const settlements = claimed.map((one) => settled(one, failed));
    await turn(store, held, { settlements, now: 6_000 });
    assert.equal(await asked("f", { now: 7_000 }), "repeated");
    assert.equal(await asked("g", { now: 7_000 }), "conflict");
    assert.equal(await stateOf(store, id), "finished");
  },
  "a request is carried out by whoever opens the store next": async (store, opened) => {
    if (opened.reopen === undefined) return;
    const id = await endedSo(store, [failed, failed, failed]);
    await ask(store, id);
    assert.equal((await store.ledger.retryRows(id, 1, 5_000)).retried, 1);
    await store.close();
    const next = await opened.reopen();
    assert.deepEqual(await next.ledger.campaignsToRetry(5), [id]);
    assert.equal(await walked(next, id), 2);
    assert.equal((await counted(next, id)).pending, 3);
  },
  "the last deliveries to a person are found by any of their keys, newest campaign first": async (
    store,
  ) => {
    const { ledger } = store;
    const former = recipientKey("user:29:former");
    const made = (id: string, createdAt: number, kind: "campaign" | "notification") =>
      campaign(id, { createdAt, kind });
    await ledger.createCampaign({
      campaign: made("cmp_old", 1, "campaign"),
      deliveries: [{ recipient: { ...to(1).recipient, key: former } }],
    });
    await ledger.createCampaign({
      campaign: made("ntf_new", 9, "notification"),
      deliveries: [to(1)],
    });
    await ledger.createCampaign({
      campaign: made("cmp_other", 5, "campaign"),
      deliveries: [to(2)],
    });
    await ledger.createCampaign({ campaign: made("cmp_mid", 4, "campaign"), deliveries: [to(1)] });
    const find = async (limit: number, campaignsMax = 100) =>
      (
        await ledger.deliveriesTo({ scope, recipients: [keyOf(1), former], limit, campaignsMax })
      ).map(({ campaign: one, delivery }) => [one.id, one.kind, delivery.recipient]);
    const all = [
      ["ntf_new", "notification", keyOf(1)],
      ["cmp_mid", "campaign", keyOf(1)],
      ["cmp_old", "campaign", former],
    ];
    assert.deepEqual(await find(10), all);
    assert.deepEqual(await find(2), all.slice(0, 2));
    assert.deepEqual(await find(10, 2), all.slice(0, 1), "only the two newest are asked");
  },
};

const someplace = { part: "include", item: 1, after: null } as const;

import assert from "node:assert/strict";
import { botId, conversationId, personId } from "../../../server/src/domain/ids.ts";
import type { Attempt } from "../../../server/src/engine/ports/store.ts";
import {
  accepted,
  again,
  type Cases,
  campaign,
  counted,
  create,
  deliveryTo,
  failed,
  hold,
  installed,
  keyOf,
  objectId,
  scope,
  settled,
  stateOf,
  tenant,
  tryHold,
  turn,
} from "./fixtures.ts";

/** What a turn writes of what became of claimed rows. */
export const settlementCases: Cases = {
  "each end of a delivery is written as it was told": async (store) => {
    const id = await create(store, campaign("ntf_1"), [1, 2, 3, 4, 5, 6]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 6 });
    const ends = [
      accepted,
      failed,
      { state: "skipped", code: "TEAMS_APP_REMOVED", detail: null },
      { state: "cancelled", code: "DELIVERY_CANCELLED", detail: null },
      { state: "uncertain", code: "TEAMS_UNCERTAIN", detail: "Lost." },
      { state: "pending", dueAt: 9_000, resend: false, code: "TEAMS_THROTTLED", detail: "Slow." },
    ] as const;
    const settlements = claimed.map((one, index) => settled(one, ends[index] ?? failed));
    const result = await turn(store, held, { settlements, now: 3_000 });
    assert.deepEqual([result.finished, result.ignored, result.nextDueAt], [[], 0, 9_000]);
    assert.deepEqual(await deliveryTo(store, id, 1), {
      campaignId: id,
      recipient: keyOf(1),
      state: "accepted",
      attempts: 1,
      code: null,
      detail: null,
      conversationId: "a:1",
      activityId: "1700000000001",
      resent: 0,
      dueAt: null,
      updatedAt: 3_000,
      firstAttemptAt: 2_000,
      retriedAt: null,
      status: 201,
      latencyMs: 25,
      requestId: "cv.1",
    });
    const rows = await Promise.all([2, 3, 4, 5, 6].map((n) => deliveryTo(store, id, n)));
    assert.deepEqual(
      rows.map((row) => [row.state, row.code, row.detail, row.dueAt]),
      [
        ["failed", "TEAMS_REJECTED", "It said no.", null],
        ["skipped", "TEAMS_APP_REMOVED", null, null],
        ["cancelled", "DELIVERY_CANCELLED", null, null],
        ["uncertain", "TEAMS_UNCERTAIN", "Lost.", null],
        ["pending", "TEAMS_THROTTLED", "Slow.", 9_000],
      ],
    );
    await counted(store, id);
    assert.deepEqual(await store.ledger.countsByCode(id), [
      { state: "failed", code: "TEAMS_REJECTED", count: 1 },
      { state: "skipped", code: "TEAMS_APP_REMOVED", count: 1 },
      { state: "uncertain", code: "TEAMS_UNCERTAIN", count: 1 },
    ]);
  },
  "an acceptance after trouble leaves no code behind": async (store) => {
    const id = await create(store, campaign("ntf_1"), [1]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1 });
    const throttled = { ...again(3_000), code: "TEAMS_THROTTLED", detail: "Slow." } as const;
    await turn(store, held, { settlements: claimed.map((one) => settled(one, throttled)) });
    const next = await turn(store, held, { claim: 1, now: 3_000 });
    await turn(store, held, { settlements: next.claimed.map((one) => settled(one)) });
    const row = await deliveryTo(store, id, 1);
    assert.deepEqual([row.state, row.attempts, row.code, row.detail], ["accepted", 2, null, null]);
  },
  "the last settlement finishes its campaign, and an unfinished one goes on": async (store) => {
    const a = await create(store, campaign("a"), [1, 2]);
    const b = await create(store, campaign("b"), [3]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 3 });
    const settlements = claimed.slice(0, 2).map((one) => settled(one));
    const first = await turn(store, held, { settlements, now: 3_000 });
    const second = await turn(store, held, {
      settlements: claimed.slice(2).map((one) => settled(one, failed)),
      now: 4_000,
    });
    assert.deepEqual([...first.finished, ...second.finished].sort(), [a, b]);
    for (const id of [a, b]) {
      const stored = await store.ledger.getCampaign(id);
      assert.equal(stored?.state, "finished");
      assert.ok(stored.finishedAt === 3_000 || stored.finishedAt === 4_000);
    }
  },
  "a settlement and the next claim of the same row may share a turn": async (store) => {
    await create(store, campaign("ntf_1"), [1]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1 });
    const settlements = claimed.map((one) => settled(one, again(3_000)));
    const result = await turn(store, held, { settlements, claim: 1, now: 3_000 });
    assert.equal(result.claimed[0]?.attempts, 1);
  },
  "a row given back unsent has no attempt": async (store) => {
    const id = await create(store, campaign("ntf_1"), [1]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1 });
    const unsent = { requests: 0, firstAttemptAt: null };
    const settlements = claimed.map((one) => settled(one, again(2_000), unsent));
    await turn(store, held, { settlements });
    const { attempts, resent, state } = await deliveryTo(store, id, 1);
    assert.deepEqual([attempts, resent, state], [0, 0, "pending"]);
    const next = await turn(store, held, { claim: 1 });
    assert.equal(next.claimed[0]?.firstAttemptAt, null);
  },
  "a row under way when its campaign is cancelled settles as it ends": async (store) => {
    const id = await create(store, campaign("ntf_1"), [1, 2, 3]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 3 });
    await store.ledger.moveCampaign({ id, from: ["sending"], to: "cancelled", now: 2_500 });
    const ends = [accepted, again(9_000), again(9_000, true)];
    const settlements = claimed.map((one, index) => settled(one, ends[index] ?? failed));
    await turn(store, held, { settlements, now: 3_000 });
    assert.deepEqual(
      [
        (await deliveryTo(store, id, 1)).state,
        (await deliveryTo(store, id, 2)).state,
        (await deliveryTo(store, id, 3)).state,
      ],
      ["accepted", "pending", "uncertain"],
    );
    assert.deepEqual(await store.ledger.campaignsToCancel(5), [id]);
    await counted(store, id);
    assert.equal(await stateOf(store, id), "cancelled");
  },
  "a paused campaign whose last row settles stays paused": async (store) => {
    const id = await create(store, campaign("ntf_1"), [1]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1 });
    await store.ledger.moveCampaign({ id, from: ["sending"], to: "paused", now: 2_500 });
    const settlements = claimed.map((one) => settled(one));
    assert.deepEqual((await turn(store, held, { settlements })).finished, []);
    assert.equal(await stateOf(store, id), "paused");
    const resumed = await store.ledger.moveCampaign({
      id,
      from: ["paused"],
      to: "sending",
      now: 9_000,
    });
    assert.equal(resumed?.state, "finished");
  },
  "recorded requests are kept in order, as they were": async (store) => {
    const id = await create(store, campaign("ntf_1"), [1, 2]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 2 });
    const [one] = claimed;
    assert.ok(one !== undefined);
    const attempts = [attempt(1, "create-conversation"), attempt(2, "send")];
    await turn(store, held, {
      settlements: [settled(one, again(3_000), { attempts, requests: 2 })],
    });
    const next = await turn(store, held, { claim: 1, now: 3_000 });
    const more = [attempt(3, "send")];
    const settlements = next.claimed.map((row) => settled(row, accepted, { attempts: more }));
    await turn(store, held, { settlements });
    assert.deepEqual(await store.ledger.attemptsOf(id, keyOf(1)), [...attempts, ...more]);
    assert.deepEqual(await store.ledger.attemptsOf(id, keyOf(2)), []);
    assert.equal((await deliveryTo(store, id, 1)).attempts, 3);
  },
  "facts learnt while sending are applied in the same turn": async (store) => {
    await store.directory.learn(scope.botId, installed(1), 1);
    await create(store, campaign("a"), [1]);
    await create(store, campaign("b"), [1]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1 });
    const result = await turn(store, held, {
      settlements: claimed.map((one) => settled(one)),
      facts: [
        { fact: "person-blocked", tenantId: tenant, personId: personId(objectId(1)) },
        {
          fact: "conversation-gone",
          tenantId: tenant,
          conversationId: conversationId("a:1"),
          reason: "conversation-gone",
        },
      ],
      claim: 1,
      now: 3_000,
    });
    const person = result.claimed[0]?.person;
    assert.deepEqual([person?.blockedAt, person?.conversationId], [3_000, null]);
  },
  "another lane's rows are not settled, even under the same fence": async (store) => {
    const other = { ...scope, botId: botId("other") };
    const id = await create(store, campaign("ntf_1", { botId: other.botId }), [1]);
    const theirs = await tryHold(store, "w1", 1_000, other);
    const ours = await hold(store);
    assert.ok(theirs !== null && theirs.fence === ours.fence);
    const { claimed } = await turn(store, theirs, { claim: 1 });
    const settlements = claimed.map((one) => settled(one));
    assert.equal((await turn(store, ours, { settlements })).ignored, 1);
    assert.equal((await deliveryTo(store, id, 1)).state, "sending");
  },
  "a campaign whose expansion is not complete is not finished": async (store) => {
    const expansion = { part: "include", item: 1, after: null } as const;
    const id = await create(store, campaign("ntf_1", { expansion }), [1]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1 });
    await turn(store, held, { settlements: claimed.map((one) => settled(one)) });
    assert.equal(await stateOf(store, id), "sending");
  },
  "settlements of rows that were not claimed so are ignored, counted, and change nothing": async (
    store,
  ) => {
    const id = await create(store, campaign("ntf_1"), [1, 2]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1 });
    const [one] = claimed;
    assert.ok(one !== undefined);
    const settlements = [
      settled(one),
      settled(one, failed),
      settled({ ...one, recipient: { ...one.recipient, key: keyOf(2) } }),
      settled({ ...one, recipient: { ...one.recipient, key: keyOf(9) } }),
      settled({ ...one, campaignId: campaign("cmp_none").id }),
    ];
    const attempts = [attempt(1, "send")];
    const result = await turn(store, held, {
      settlements: settlements.map((each, index) => (index === 0 ? each : { ...each, attempts })),
    });
    assert.equal(result.ignored, 4);
    assert.equal((await deliveryTo(store, id, 1)).state, "accepted");
    assert.equal((await deliveryTo(store, id, 2)).state, "pending");
    assert.deepEqual(await store.ledger.attemptsOf(id, keyOf(1)), []);
    await counted(store, id);
  },
};

function attempt(number: number, operation: Attempt["operation"]): Attempt {
  return {
    number,
    operation,
    at: 2_000 + number,
    outcome: { kind: "throttled", retryAfterMs: 500, scope: "lane" },
    evidence: {
      status: 429,
      platformCode: "TooManyRequests",
      subCode: null,
      detail: "Zu viele, bitte später.",
      requestId: "cv.1",
      retryAfterMs: 500,
      latencyMs: 12,
    },
    decision: "Tried again after 0.5 s, as Teams asked.",
  };
}

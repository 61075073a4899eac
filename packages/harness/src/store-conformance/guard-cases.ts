import assert from "node:assert/strict";
import type { Canary, CanaryThen } from "../../../server/src/domain/canary.ts";
import type { DirectoryFact } from "../../../server/src/domain/directory.ts";
import { personId, recipientKey } from "../../../server/src/domain/ids.ts";
import type { Campaign, Settlement, Store } from "../../../server/src/engine/ports/store.ts";
import {
  accepted,
  again,
  bot,
  type Cases,
  campaign,
  claimedKeys,
  counted,
  create,
  deliveryTo,
  expanding,
  failed,
  hold,
  installed,
  keyOf,
  objectId,
  settled,
  stateOf,
  tenant,
  to,
  turn,
} from "./fixtures.ts";

function countOf(count: number, then: CanaryThen): Canary {
  return { count, then };
}

function shareOf(percent: number, then: CanaryThen): Canary {
  return { percent, then };
}

/** A campaign under way whose first deliveries go before all others. */
function withCanary(count: number, then: "continue" | "wait", over: Partial<Campaign> = {}) {
  return campaign("cmp_1", {
    kind: "campaign",
    canary: countOf(count, then),
    canaryLeft: count,
    ...over,
  });
}

/** A campaign under way that stops when more than half of at least four failed. */
function withLimit(over: Partial<Campaign> = {}) {
  const stopWhen = { failedPercent: 50, atLeast: 4 };
  return campaign("cmp_1", { kind: "campaign", stopWhen, ...over });
}

const skipped: Settlement["to"] = { state: "skipped", code: "TEAMS_APP_REMOVED", detail: null };
const uncertain: Settlement["to"] = { state: "uncertain", code: "TEAMS_UNCERTAIN", detail: null };

/** Claims as many rows as there are ends, settles them so in one turn, and answers that turn. */
async function settleSo(
  store: Store,
  held: Awaited<ReturnType<typeof hold>>,
  ends: readonly Settlement["to"][],
  over: { readonly claim?: number; readonly now?: number } = {},
) {
  const { claimed } = await turn(store, held, { claim: ends.length });
  assert.equal(claimed.length, ends.length);
  const settlements = claimed.map((one, index) => settled(one, ends[index]));
  return turn(store, held, { settlements, now: 3_000, ...over });
}

const resumed = { to: "sending", from: ["paused"], now: 4_000 } as const;

/** What holds a campaign back by itself: its first deliveries, and too many failures. */
export const guardCases: Cases = {
  "a canary lets its first deliveries through, and not one more, however many are asked for":
    async (store) => {
      const id = await create(store, withCanary(2, "wait"), [1, 2, 3, 4, 5]);
      assert.equal((await store.ledger.counts(id)).held, 5);
      const held = await hold(store);
      const first = await turn(store, held, { claim: 1 });
      assert.equal(first.nextDueAt !== null && first.nextDueAt <= 2_000, true);
      const second = await turn(store, held, { claim: 10 });
      assert.deepEqual([...claimedKeys(first), ...claimedKeys(second)], [keyOf(1), keyOf(2)]);
      const third = await turn(store, held, { claim: 10 });
      assert.deepEqual([third.claimed, third.nextDueAt, third.paused], [[], null, []]);
      assert.equal((await store.ledger.getCampaign(id))?.canaryLeft, 0);
      await counted(store, id);
    },
  "what comes beyond a claim is no more than the canary lets through": async (store) => {
    await create(store, campaign("a", { priority: "urgent" }), [1, 2, 3]);
    await create(store, withCanary(2, "wait", { priority: "bulk" }), [4, 5, 6]);
    const held = await hold(store);
    const first = await turn(store, held, { claim: 1, atLeast: { bulk: 1 } });
    assert.deepEqual(claimedKeys(first), [keyOf(1), keyOf(4)]);
    const second = await turn(store, held, { claim: 1, atLeast: { bulk: 2 } });
    assert.deepEqual(claimedKeys(second), [keyOf(2), keyOf(5)]);
  },
  "what one canary does not let through, another campaign's gives": async (store) => {
    // Of four asked for, each of the two would give two, if one of them could.
    const first = await create(store, withCanary(3, "wait"), [1, 2, 3]);
    const other = campaign("cmp_2", { canary: countOf(1, "continue"), canaryLeft: 1 });
    const second = await create(store, other, [1, 2]);
    const { claimed } = await turn(store, await hold(store), { claim: 4 });
    assert.deepEqual(claimed.map((one) => one.campaignId).sort(), [first, first, first, second]);
    for (const id of [first, second]) await counted(store, id);
  },
  "a first delivery that is to be tried again is not replaced by another": async (store) => {
    const id = await create(store, withCanary(2, "wait"), [1, 2, 3]);
    const held = await hold(store);
    const waits = await settleSo(store, held, [accepted, again(9_000)], { claim: 10 });
    assert.deepEqual([waits.claimed, waits.nextDueAt, waits.paused], [[], 9_000, []]);
    const next = await turn(store, held, { claim: 10, now: 9_000 });
    assert.deepEqual(claimedKeys(next), [keyOf(2)]);
    await counted(store, id);
  },
  "once its first deliveries are settled it pauses and says so, and goes on when it is let go":
    async (store) => {
      const { ledger } = store;
      const id = await create(store, withCanary(3, "wait"), [1, 2, 3, 4, 5]);
      const held = await hold(store);
      const end = await settleSo(store, held, [accepted, failed, skipped], { claim: 10 });
      assert.deepEqual(
        [end.paused, end.finished, end.claimed, end.nextDueAt],
        [[id], [], [], null],
      );
      const paused = await ledger.getCampaign(id);
      assert.deepEqual([paused?.state, paused?.pausedFrom], ["paused", "sending"]);
      assert.deepEqual(paused?.pausedBecause, {
        code: "CAMPAIGN_CANARY_DONE",
        at: 3_000,
        accepted: 1,
        failed: 1,
        skipped: 1,
        uncertain: 0,
        held: 2,
      });
      assert.deepEqual((await turn(store, held, { claim: 10, now: 3_500 })).claimed, []);
      const patch = { pausedFrom: null, canaryLeft: null } as const;
      const moved = await ledger.moveCampaign({ id, ...resumed, patch });
      assert.deepEqual(
        [moved?.state, moved?.pausedBecause, moved?.canaryLeft],
        ["sending", null, null],
      );
      const rest = await turn(store, held, { claim: 10, now: 4_000 });
      assert.deepEqual(claimedKeys(rest), [keyOf(4), keyOf(5)]);
      const settlements = rest.claimed.map((one) => settled(one));
      const last = await turn(store, held, { settlements, now: 5_000 });
      assert.deepEqual([last.paused, last.finished], [[], [id]]);
      await counted(store, id);
    },
  "one that is not waited for goes on in the turn that settles its first deliveries": async (
    store,
  ) => {
    const id = await create(store, withCanary(1, "continue"), [1, 2, 3]);
    const held = await hold(store);
    const on = await settleSo(store, held, [accepted], { claim: 10 });
    assert.deepEqual([on.paused, claimedKeys(on)], [[], [keyOf(2), keyOf(3)]]);
    assert.equal((await store.ledger.getCampaign(id))?.canaryLeft, null);
    await counted(store, id);
  },
  "a share of all is let through once everybody is known, rounded up, and nothing before": async (
    store,
  ) => {
    const { ledger } = store;
    const canary = shareOf(30, "wait");
    const id = await create(store, expanding("cmp_1", { canary, canaryLeft: 0 }));
    const from = { part: "include", item: 0, after: null } as const;
    const end = { ...from, item: 1 };
    const refused = { state: "failed", code: "RECIPIENT_UNKNOWN" } as const;
    const deliveries = [...[1, 2, 3, 4].map(to), { ...to(5), refused }];
    const add = { kind: "recipients", deliveries } as const;
    assert.equal(await ledger.expand({ id, from, to: end, now: 1_500, add }), 5);
    const held = await hold(store);
    const before = await turn(store, held, { claim: 10 });
    assert.deepEqual([before.claimed, before.paused], [[], []]);
    const complete = await ledger.finishExpansion(id, 2_000);
    assert.deepEqual([complete?.state, complete?.canaryLeft], ["sending", 2]);
    const first = await turn(store, held, { claim: 10 });
    assert.deepEqual(claimedKeys(first), [keyOf(1), keyOf(2)]);
    await counted(store, id);
  },
  "one that is larger than the audience holds nothing back and pauses nothing": async (store) => {
    const id = await create(store, withCanary(9, "wait"), [1, 2]);
    const end = await settleSo(store, await hold(store), [accepted, failed]);
    assert.deepEqual([end.paused, end.finished], [[], [id]]);
  },
  "a person's pause in the middle of it does not let the others go": async (store) => {
    const { ledger } = store;
    const id = await create(store, withCanary(2, "wait"), [1, 2, 3]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1 });
    const patch = { pausedFrom: "sending" } as const;
    await ledger.moveCampaign({ id, from: ["sending"], to: "paused", patch, now: 2_100 });
    assert.equal((await ledger.getCampaign(id))?.pausedBecause, null);
    const on = await ledger.moveCampaign({ id, ...resumed, patch: { pausedFrom: null } });
    assert.deepEqual([on?.state, on?.canaryLeft], ["sending", 1]);
    const next = await turn(store, held, { claim: 10, now: 4_000 });
    assert.deepEqual(claimedKeys(next), [keyOf(2)]);
    // Its last deliveries end while it is paused: resumed, it waits for a person at once.
    await ledger.moveCampaign({ id, from: ["sending"], to: "paused", patch, now: 4_100 });
    const settlements = [...claimed, ...next.claimed].map((one) => settled(one));
    assert.deepEqual((await turn(store, held, { settlements, now: 4_200 })).paused, []);
    const waiting = await ledger.moveCampaign({ id, ...resumed, patch: { pausedFrom: null } });
    assert.deepEqual([waiting?.state, waiting?.pausedFrom], ["paused", "sending"]);
    assert.equal(waiting?.pausedBecause?.code, "CAMPAIGN_CANARY_DONE");
    await counted(store, id);
  },
  "what another worker had claimed of it is found by the next, and counts once": async (store) => {
    const id = await create(store, withCanary(2, "wait"), [1, 2, 3]);
    await turn(store, await hold(store), { claim: 2 });
    const next = await hold(store, "w2", 50_000);
    assert.equal((await store.ledger.recoverLane(next, 10, 50_000)).resent, 2);
    const { claimed } = await turn(store, next, { claim: 10, now: 50_000 });
    assert.deepEqual(claimed.map((one) => one.recipient.key).sort(), [keyOf(1), keyOf(2)]);
    assert.equal((await store.ledger.getCampaign(id))?.canaryLeft, 0);
    await counted(store, id);
  },
  "what waits for it can be cancelled, can expire, and can turn out to be one too many": async (
    store,
  ) => {
    const { ledger } = store;
    const a = await create(store, withCanary(1, "wait", { id: campaign("a").id }), [1, 2, 3]);
    const b = await create(
      store,
      withCanary(1, "wait", { id: campaign("b").id, expiresAt: 5_000 }),
      [1, 2, 3],
    );
    await ledger.moveCampaign({ id: a, from: ["sending"], to: "cancelled", now: 3_000 });
    assert.equal(await ledger.cancelPending(a, 10, 3_000), 3);
    assert.equal(await ledger.expirePending(5_000, 10), 3);
    for (const id of [a, b]) {
      assert.equal((await ledger.counts(id)).held, 0);
      await counted(store, id);
    }
    assert.equal(await stateOf(store, b), "finished");

    const seen = (person: { teamsId?: string; aadObjectId?: string }): DirectoryFact => ({
      ...{ fact: "person-seen", tenantId: tenant, person },
    });
    await store.directory.learn(bot, [seen({ teamsId: "29:x" })], 6_000);
    await store.directory.learn(bot, installed(4), 6_000);
    const stand = personId("29:x");
    const key = recipientKey("user:29:x");
    const twice = {
      recipient: { kind: "person", key, personId: stand, memberId: "29:x" },
    } as const;
    const c = withCanary(1, "wait", { id: campaign("c").id });
    await ledger.createCampaign({ campaign: c, deliveries: [to(1), twice, to(5)] });
    const known = seen({ teamsId: "29:x", aadObjectId: objectId(5) });
    await store.directory.learn(bot, [seen({ aadObjectId: objectId(5) }), known], 7_000);
    const counts = await counted(store, c.id);
    assert.deepEqual([counts.skipped, counts.pending], [1, 2]);
  },
  "one that waits for a person holds back also whom the audience brings later, and waits once all are known":
    async (store) => {
      const { ledger } = store;
      const id = await create(
        store,
        expanding("cmp_1", { canary: countOf(1, "wait"), canaryLeft: 1 }),
      );
      const from = { part: "include", item: 0, after: null } as const;
      const [middle, end] = [
        { ...from, item: 1 },
        { ...from, item: 2 },
      ];
      const person = (n: number) => ({ kind: "recipients", deliveries: [to(n)] }) as const;
      await ledger.expand({ id, from, to: middle, now: 1_500, add: person(1) });
      const held = await hold(store);
      assert.deepEqual((await settleSo(store, held, [accepted])).paused, []);
      await ledger.expand({ id, from: middle, to: end, now: 3_100, add: person(2) });
      assert.deepEqual((await turn(store, held, { claim: 5, now: 3_200 })).claimed, []);
      const whole = await ledger.finishExpansion(id, 3_300);
      assert.deepEqual(
        [whole?.state, whole?.pausedFrom, whole?.pausedBecause?.code],
        ["paused", "sending", "CAMPAIGN_CANARY_DONE"],
      );
      await counted(store, id);
    },
  "one that goes on by itself while the audience grows lets what is added later go at once": async (
    store,
  ) => {
    const { ledger } = store;
    const canary = countOf(1, "continue");
    const id = await create(store, expanding("cmp_1", { canary, canaryLeft: 1 }));
    const from = { part: "include", item: 0, after: null } as const;
    const middle = { ...from, item: 1 };
    const people = (...numbers: readonly number[]) =>
      ({ kind: "recipients", deliveries: numbers.map(to) }) as const;
    await ledger.expand({ id, from, to: middle, now: 1_500, add: people(1, 2) });
    const held = await hold(store);
    const on = await settleSo(store, held, [accepted], { claim: 1 });
    assert.deepEqual(claimedKeys(on), [keyOf(2)]);
    const end = { ...from, item: 2 };
    await ledger.expand({ id, from: middle, to: end, now: 3_100, add: people(3) });
    assert.equal((await deliveryTo(store, id, 3)).dueAt, 3_100);
    assert.deepEqual(claimedKeys(await turn(store, held, { claim: 5, now: 3_100 })), [keyOf(3)]);
  },
  "when more failed than is allowed it pauses in that turn, says which, and none more is claimed":
    async (store) => {
      const { ledger } = store;
      const other = await create(store, campaign("ntf_1"), [7]);
      const id = await create(store, withLimit(), [1, 2, 3, 4, 5, 6]);
      const held = await hold(store);
      const { claimed } = await turn(store, held, { claim: 6, held: [other] });
      const ends = [accepted, failed, failed, uncertain];
      const settlements = claimed.slice(0, 4).map((one, index) => settled(one, ends[index]));
      const end = await turn(store, held, { settlements, claim: 10, now: 3_000 });
      assert.deepEqual([end.paused, claimedKeys(end)], [[id], [keyOf(7)]]);
      const paused = await ledger.getCampaign(id);
      assert.deepEqual([paused?.state, paused?.pausedFrom], ["paused", "sending"]);
      assert.deepEqual(paused?.pausedBecause, {
        code: "CAMPAIGN_FAILURES_PASSED",
        at: 3_000,
        tried: 4,
        failedPercent: 50,
        failed: [
          { code: "TEAMS_REJECTED", count: 2 },
          { code: "TEAMS_UNCERTAIN", count: 1 },
        ],
      });
      // What was under way still ends.
      const rest = claimed.slice(4).map((one) => settled(one));
      assert.deepEqual((await turn(store, held, { settlements: rest, now: 3_100 })).paused, []);
      assert.equal((await counted(store, id)).accepted, 3);
    },
  "failures that are not more than is allowed, or too few to say so, stop nothing": async (
    store,
  ) => {
    const id = await create(store, withLimit(), [1, 2, 3, 4, 5, 6, 7]);
    const held = await hold(store);
    const few = await settleSo(store, held, [failed, failed, failed]);
    assert.deepEqual(few.paused, [], "three were tried");
    const half = await settleSo(store, held, [accepted, accepted, accepted]);
    assert.deepEqual(half.paused, [], "half of six failed");
    assert.deepEqual((await settleSo(store, held, [again(9_000)])).paused, []);
    assert.equal(await stateOf(store, id), "sending");
  },
  "what was skipped, what expired, and whom nobody knew was not tried": async (store) => {
    const refused = { state: "failed", code: "RECIPIENT_UNKNOWN" } as const;
    const deliveries = [1, 2, 3, 4, 5, 6].map((n) => (n > 4 ? { ...to(n), refused } : to(n)));
    const { id } = withLimit();
    await store.ledger.createCampaign({
      campaign: withLimit(),
      deliveries: [...deliveries, to(7)],
    });
    const expired = { state: "failed", code: "DELIVERY_EXPIRED", detail: null } as const;
    const end = await settleSo(store, await hold(store), [skipped, skipped, expired, expired]);
    assert.deepEqual([end.paused, await stateOf(store, id)], [[], "sending"]);
  },
  "resumed, it counts anew, and stops again when it has to": async (store) => {
    const { ledger } = store;
    const id = await create(store, withLimit(), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const held = await hold(store);
    const all = [failed, failed, failed, failed];
    assert.deepEqual((await settleSo(store, held, all)).paused, [id]);
    const on = await ledger.moveCampaign({ id, ...resumed, patch: { pausedFrom: null } });
    assert.deepEqual([on?.state, on?.pausedBecause], ["sending", null]);
    assert.deepEqual((await settleSo(store, held, [failed])).paused, []);
    assert.deepEqual((await settleSo(store, held, [failed, accepted, failed])).paused, [id]);
    const { pausedBecause } = (await ledger.getCampaign(id)) ?? {};
    assert.equal(pausedBecause?.code === "CAMPAIGN_FAILURES_PASSED" && pausedBecause.tried, 4);
  },
  "one whose last delivery fails is finished, not paused": async (store) => {
    const id = await create(store, withLimit(), [1, 2, 3, 4]);
    const end = await settleSo(store, await hold(store), [failed, failed, failed, failed]);
    assert.deepEqual([end.paused, end.finished], [[], [id]]);
  },
  "a recovery that leaves too many uncertain pauses it, and says so": async (store) => {
    const over = { onUncertain: "hold" } as const;
    const id = await create(store, withLimit(over), [1, 2, 3, 4, 5]);
    await turn(store, await hold(store), { claim: 4 });
    const next = await hold(store, "w2", 50_000);
    const { held, paused, finished } = await store.ledger.recoverLane(next, 10, 50_000);
    assert.deepEqual([held, paused, finished], [4, [id], []]);
    assert.equal(await stateOf(store, id), "paused");
  },
  "a recovery that ends the last delivery says that the campaign is finished": async (store) => {
    const id = await create(store, campaign("ntf_1", { onUncertain: "hold" }), [1]);
    await turn(store, await hold(store), { claim: 1 });
    const next = await hold(store, "w2", 50_000);
    assert.deepEqual((await store.ledger.recoverLane(next, 10, 50_000)).finished, [id]);
  },
};

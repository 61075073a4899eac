import assert from "node:assert/strict";
import { workerId } from "../../../server/src/domain/ids.ts";
import type { LaneHolder } from "../../../server/src/engine/ports/store.ts";
import {
  accepted,
  again,
  bot,
  type Cases,
  campaign,
  counted,
  create,
  deliveriesOf,
  deliveryTo,
  expanding,
  hold,
  keyOf,
  otherTenant,
  recovered,
  scope,
  settled,
  stateOf,
  to,
  tryHold,
  turn,
} from "./fixtures.ts";

/** Who holds a lane, and what the next holder finds. */
export const laneCases: Cases = {
  "a lane has one holder, and each new holder a greater fence": async (store) => {
    const { ledger } = store;
    const take = (worker: string, leaseUntil: number, from?: LaneHolder) =>
      ledger.acquireLane({ scope, worker: workerId(worker), leaseUntil, ...(from && { from }) });
    const first = await take("w1", 5_000);
    assert.ok("hold" in first);
    assert.deepEqual([first.hold.scope, first.hold.worker], [scope, "w1"]);
    const refused = await take("w2", 90_000);
    assert.ok("holder" in refused);
    const { fence } = first.hold;
    assert.deepEqual(refused.holder, { worker: "w1", fence, turn: 0, leaseUntil: 5_000 });
    const second = await take("w2", 9_000, refused.holder);
    assert.ok("hold" in second && second.hold.fence > fence);
    const late = await take("w1", 9_001);
    assert.ok("holder" in late && late.holder.worker === "w2");
    const elsewhere = { ...scope, tenantId: otherTenant };
    const other = await ledger.acquireLane({
      scope: elsewhere,
      worker: workerId("w1"),
      leaseUntil: 1,
    });
    assert.ok("hold" in other);
  },
  "a lane is taken only from the holder as it was seen: not from one who took a turn since, nor from the next":
    async (store) => {
      const held = await hold(store, "w1", 1_000);
      const { worker, fence } = held;
      const seen = { worker, fence, turn: 0, leaseUntil: 5_000 };
      const take = (from: LaneHolder) =>
        store.ledger.acquireLane({ scope, worker: workerId("w2"), leaseUntil: 99_000, from });
      await turn(store, held, { now: 1_000 });
      const holder = { ...seen, turn: 1 };
      assert.deepEqual(await take(seen), { holder });
      assert.deepEqual(await take({ ...holder, worker: workerId("w3") }), { holder });
      assert.deepEqual(await take({ ...holder, fence: 99 }), { holder });
      assert.ok("hold" in (await take(holder)));
    },
  "the holder that asks again keeps its fence, and its lease is renewed": async (store) => {
    const first = await hold(store, "w1", 1_000);
    assert.deepEqual(await hold(store, "w1", 4_000), first);
    assert.equal(await tryHold(store, "w2", 6_000), null);
  },
  "a lane given back is free at once, and giving back another's does nothing": async (store) => {
    const first = await hold(store, "w1");
    await store.ledger.releaseLane(first, 0);
    const second = await hold(store, "w2");
    assert.ok(second.fence > first.fence);
    await store.ledger.releaseLane(first, 0);
    assert.equal(await tryHold(store, "w3", 1_001), null);
  },
  "the quiet that a lane was asked for outlives its holder, and the later instant counts": async (
    store,
  ) => {
    assert.equal(await store.ledger.laneQuietUntil(scope), null);
    await store.ledger.quietLane(scope, 9_000);
    await store.ledger.quietLane(scope, 7_000);
    const first = await hold(store, "w1");
    assert.equal(await store.ledger.laneQuietUntil(scope), 9_000);
    await store.ledger.releaseLane(first, 0);
    await store.ledger.quietLane(scope, 12_000);
    assert.equal(await store.ledger.laneQuietUntil(scope), 12_000);
    assert.equal(await store.ledger.laneQuietUntil({ ...scope, tenantId: otherTenant }), null);
  },
  "a lane tells when its last turn was where something waits for an instant, and nothing else":
    async (store) => {
      const turnedAt = () => store.ledger.laneTurnedAt(scope);
      assert.equal(await turnedAt(), null);
      await create(store, campaign("ntf_1", { createdAt: 90_000 }), [1]);
      const held = await hold(store);
      const { claimed } = await turn(store, held, { claim: 1, now: 7_000 });
      assert.equal(await turnedAt(), null, "nothing waits");
      const settlements = claimed.map((one) => settled(one, again(60_000)));
      await turn(store, held, { settlements, now: 8_000 });
      assert.equal(await turnedAt(), 8_000);
      await create(store, campaign("ntf_2"), [2]);
      await store.ledger.releaseLane(held, 0);
      assert.equal(await turnedAt(), 8_000, "what is due at once does not hide it");
      assert.equal(await store.ledger.laneTurnedAt({ ...scope, tenantId: otherTenant }), null);
    },
  "a lane tells when its last turn was where what waits is behind what is due at once": async (
    store,
  ) => {
    const start = expanding("cmp_1");
    await store.ledger.createCampaign({ campaign: start });
    const from = { part: "include", item: 0, after: null } as const;
    const add = (n: number) =>
      store.ledger.expand({
        ...{ id: start.id, from, to: from, now: 1_000 },
        add: { kind: "recipients", deliveries: [to(n)] },
      });
    await add(1);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1, now: 7_000 });
    const settlements = claimed.map((one) => settled(one, again(60_000)));
    await turn(store, held, { settlements, now: 8_000 });
    await add(2);
    assert.equal(await store.ledger.laneTurnedAt(scope), 8_000);
  },
  "a lane tells when its last turn was where it, or a conversation, is asked for quiet": async (
    store,
  ) => {
    const held = await hold(store);
    await turn(store, held, { now: 7_000 });
    await store.ledger.quietLane(scope, 9_000);
    assert.equal(await store.ledger.laneTurnedAt(scope), 7_000);
    await turn(store, held, { now: 9_000 });
    assert.equal(await store.ledger.laneTurnedAt(scope), null);
    const quiet = [{ use: "send", conversation: "a:1", until: 12_000 }] as const;
    await turn(store, held, { now: 9_100, quiet });
    assert.equal(await store.ledger.laneTurnedAt(scope), 9_100);
  },
  "a turn renews the lease": async (store) => {
    const held = await hold(store, "w1", 1_000);
    await turn(store, held, { now: 4_900, leaseUntil: 8_900 });
    assert.equal(await tryHold(store, "w2", 8_899), null);
    assert.ok((await tryHold(store, "w2", 8_900)) !== null);
  },
  "a lease that ran out and that nobody took is still the holder's": async (store) => {
    await create(store, campaign("ntf_1"), [1]);
    const held = await hold(store, "w1", 1_000);
    const late = await turn(store, held, { claim: 1, now: 60_000 });
    assert.deepEqual([late.held, late.claimed.length], [true, 1]);
  },
  "nothing of a turn is applied once another worker holds the lane": async (store) => {
    const id = await create(store, campaign("ntf_1"), [1, 2]);
    const old = await hold(store, "w1", 1_000);
    const { claimed } = await turn(store, old, { claim: 1 });
    await hold(store, "w2", 60_000);
    const late = await turn(store, old, {
      settlements: claimed.map((one) => settled(one)),
      facts: [{ fact: "person-seen", tenantId: scope.tenantId, person: { aadObjectId: "late" } }],
      claim: 1,
      now: 60_001,
    });
    const silence = { asks: [], lent: 0, quietUntil: null };
    const nothing = {
      claimed: [],
      finished: [],
      paused: [],
      nextDueAt: null,
      ignored: 0,
      ...silence,
    };
    assert.deepEqual(late, { held: false, ...nothing });
    assert.equal((await deliveryTo(store, id, 1)).state, "sending");
    assert.equal((await deliveryTo(store, id, 2)).state, "pending");
    assert.equal((await store.directory.countPeople(scope)).people, 0);
  },
  "nothing is recovered by one who does not hold the lane any more": async (store) => {
    const id = await create(store, campaign("ntf_1"), [1]);
    const old = await hold(store, "w1", 1_000);
    const held = await hold(store, "w2", 60_000);
    await turn(store, held, { claim: 1, now: 60_000 });
    assert.deepEqual(await recovered(store, old, 10, 60_001), { resent: 0, held: 0 });
    assert.equal((await deliveryTo(store, id, 1)).state, "sending");
  },
  "a settlement of a row that another holder claimed is ignored": async (store) => {
    const id = await create(store, campaign("ntf_1"), [1]);
    const old = await hold(store, "w1", 1_000);
    const { claimed } = await turn(store, old, { claim: 1 });
    const next = await hold(store, "w2", 60_000);
    const settlements = claimed.map((one) => settled(one));
    assert.equal((await turn(store, next, { settlements, now: 60_000 })).ignored, 1);
    assert.equal((await deliveryTo(store, id, 1)).state, "sending");
  },
  "rows left in flight are sent again where the policy is resend, and recorded as lost": async (
    store,
  ) => {
    const id = await create(store, campaign("ntf_1"), [1, 2, 3]);
    const old = await hold(store, "w1", 1_000);
    const { claimed } = await turn(store, old, { claim: 2 });
    const [, second] = claimed;
    assert.ok(second !== undefined);
    await turn(store, old, { settlements: [settled(second)] });
    const held = await hold(store, "w2", 60_000);
    assert.deepEqual(await recovered(store, held, 10, 60_000), { resent: 1, held: 0 });
    assert.deepEqual(await recovered(store, held, 10, 60_000), { resent: 0, held: 0 });
    const row = await deliveryTo(store, id, 1);
    assert.deepEqual(
      [row.state, row.resent, row.attempts, row.code, row.dueAt],
      ["pending", 1, 1, "TEAMS_UNCERTAIN", 60_000],
    );
    const [attempt, ...others] = await store.ledger.attemptsOf(id, keyOf(1));
    assert.deepEqual(others, []);
    assert.deepEqual(
      [attempt?.number, attempt?.outcome],
      [1, { kind: "uncertain", reason: "worker-died" }],
    );
    assert.ok((attempt?.decision ?? "").length > 10);
    await counted(store, id);
    const next = await turn(store, held, { claim: 5, now: 60_000 });
    assert.deepEqual(
      next.claimed.map((one) => [one.recipient.key, one.resent, one.attempts]),
      [
        [keyOf(3), 0, 0],
        [keyOf(1), 1, 1],
      ],
    );
  },
  "rows left in flight stay uncertain where the policy is hold, and their campaign may finish":
    async (store) => {
      const id = await create(store, campaign("ntf_1", { onUncertain: "hold" }), [1]);
      await turn(store, await hold(store, "w1", 1_000), { claim: 1 });
      const held = await hold(store, "w2", 60_000);
      assert.deepEqual(await recovered(store, held, 10, 60_000), { resent: 0, held: 1 });
      const row = await deliveryTo(store, id, 1);
      assert.deepEqual([row.state, row.resent, row.code], ["uncertain", 0, "TEAMS_UNCERTAIN"]);
      assert.deepEqual(await store.ledger.countsByCode(id), [
        { state: "uncertain", code: "TEAMS_UNCERTAIN", count: 1 },
      ]);
      assert.equal(await stateOf(store, id), "finished");
      await counted(store, id);
    },
  "rows of a cancelled campaign left in flight stay uncertain, those of a paused one wait": async (
    store,
  ) => {
    const a = await create(store, campaign("a"), [1]);
    const b = await create(store, campaign("b"), [2]);
    await turn(store, await hold(store, "w1", 1_000), { claim: 2 });
    await store.ledger.moveCampaign({ id: a, from: ["sending"], to: "cancelled", now: 3_000 });
    await store.ledger.moveCampaign({ id: b, from: ["sending"], to: "paused", now: 3_000 });
    const held = await hold(store, "w2", 60_000);
    assert.deepEqual(await recovered(store, held, 10, 60_000), { resent: 1, held: 1 });
    assert.equal((await deliveryTo(store, a, 1)).state, "uncertain");
    assert.equal((await deliveryTo(store, b, 2)).state, "pending");
    assert.deepEqual((await turn(store, held, { claim: 5, now: 60_000 })).claimed, []);
  },
  "recovery goes in portions, over campaigns, and leaves the holder's own rows": async (store) => {
    const ids = [];
    for (const [id, people] of [
      ["a", [1, 2, 3]],
      ["b", [4]],
      ["c", [5, 6]],
    ] as const)
      ids.push(await create(store, campaign(id), people));
    await turn(store, await hold(store, "w1", 1_000), { claim: 5 });
    const held = await hold(store, "w2", 60_000);
    const own = await turn(store, held, { claim: 1, now: 60_000 });
    assert.equal(own.claimed.length, 1);
    const portions = [];
    for (let left = 5; left > 0; left -= 2)
      portions.push((await store.ledger.recoverLane(held, 2, 60_000)).resent);
    assert.deepEqual(portions, [2, 2, 1]);
    const inFlight = (
      await Promise.all(ids.map((id) => deliveriesOf(store, id, "sending")))
    ).flat();
    assert.deepEqual(
      inFlight.map((row) => row.recipient),
      own.claimed.map((one) => one.recipient.key),
    );
    for (const id of ids) await counted(store, id);
  },
  "open lanes are those with campaigns under way or rows in flight": async (store) => {
    const open = async () => (await store.ledger.openLanes(bot)).map((lane) => lane.tenantId);
    assert.deepEqual(await open(), []);
    await create(store, campaign("draft", { state: "draft", tenantId: otherTenant }), [1]);
    const id = await create(store, campaign("ntf_1"), [1]);
    assert.deepEqual(await open(), [scope.tenantId]);
    await create(store, expanding("cmp_1", { tenantId: otherTenant }));
    assert.deepEqual(await open(), [scope.tenantId, otherTenant]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1 });
    await store.ledger.moveCampaign({ id, from: ["sending"], to: "cancelled", now: 3_000 });
    assert.deepEqual(await open(), [scope.tenantId, otherTenant]);
    await turn(store, held, { settlements: claimed.map((one) => settled(one, accepted)) });
    assert.deepEqual(await open(), [otherTenant]);
    await store.ledger.finishExpansion(expanding("cmp_1").id, 4_000);
    assert.deepEqual(await open(), []);
  },
  "open lanes say who holds them, and which was their last turn": async (store) => {
    await create(store, campaign("ntf_1"), [1]);
    const holder = async () => (await store.ledger.openLanes(bot))[0]?.holder;
    assert.equal(await holder(), null);
    await store.ledger.quietLane(scope, 9_000);
    assert.equal(await holder(), null);
    const held = await hold(store, "w1", 1_000);
    const { worker, fence } = held;
    assert.deepEqual(await holder(), { worker, fence, turn: 0, leaseUntil: 5_000 });
    await turn(store, held, { now: 2_000 });
    assert.deepEqual(await holder(), { worker, fence, turn: 1, leaseUntil: 6_000 });
    await store.ledger.releaseLane(held, 0);
    assert.equal(await holder(), null);
  },
  "a lane waits with rows that are due later": async (store) => {
    await create(store, campaign("ntf_1"), [1]);
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 1 });
    await turn(store, held, { settlements: claimed.map((one) => settled(one, again(90_000))) });
    assert.equal((await store.ledger.openLanes(bot)).length, 1);
  },
};

import assert from "node:assert/strict";
import { campaignId, workerId } from "../../../server/src/domain/ids.ts";
import { type SlotAsk, slotKeptMs } from "../../../server/src/engine/ports/slot-store.ts";
import type { Store } from "../../../server/src/engine/ports/store.ts";
import {
  again,
  bot,
  type Cases,
  campaign,
  create,
  expanding,
  hold,
  keyOf,
  otherTenant,
  recovered,
  scope,
  settled,
  turn,
} from "./fixtures.ts";

const ask: SlotAsk = { id: "s1", use: "members", conversation: "19:a", trafficClass: "urgent" };
const elsewhere = { ...scope, tenantId: otherTenant };

function known(store: Store, id: string) {
  return store.ledger.slotOf(scope, id);
}

/** What the processes of a lane tell each other. */
export const slotCases: Cases = {
  "an ask is heard with each turn until it is granted, and is forgotten at its end": async (
    store,
  ) => {
    const { ledger } = store;
    const held = await hold(store);
    await ledger.askSlot(scope, ask);
    await ledger.askSlot(scope, { ...ask, trafficClass: "bulk" });
    await ledger.askSlot(elsewhere, { ...ask, id: "s2" });
    for (const now of [2_000, 2_001]) {
      const { asks, lent } = await turn(store, held, { now });
      assert.deepEqual([asks, lent], [[ask], 0]);
    }
    assert.deepEqual(await known(store, "s1"), { isGranted: false, isQuiet: false });
    const { asks, lent } = await turn(store, held, { grants: ["s1", "never asked"] });
    assert.deepEqual([asks, lent], [[], 1]);
    assert.deepEqual(await known(store, "s1"), { isGranted: true, isQuiet: false });
    assert.equal(await known(store, "never asked"), null);
    await ledger.endSlot(scope, "s1", null);
    assert.equal(await known(store, "s1"), null);
    assert.equal((await turn(store, held)).lent, 0);
    assert.deepEqual(await ledger.slotOf(elsewhere, "s2"), { isGranted: false, isQuiet: false });
  },
  "asks are heard sixteen at a time, the oldest first": async (store) => {
    const held = await hold(store);
    for (let n = 0; n < 20; n += 1) {
      await store.ledger.askSlot(scope, { ...ask, id: `s${119 - n}` });
      await turn(store, held, { now: 2_000 + n });
    }
    const { asks } = await turn(store, held, { now: 2_020 });
    const oldest = Array.from({ length: 16 }, (_, n) => `s${119 - n}`);
    assert.deepEqual(
      asks.map(({ id }) => id),
      oldest,
    );
    const next = await turn(store, held, { grants: oldest, now: 2_021 });
    assert.deepEqual([next.asks.length, next.lent], [4, 16]);
  },
  "an ask that nobody ends is forgotten after a minute": async (store) => {
    const held = await hold(store);
    await turn(store, held, { now: 82_000 });
    await store.ledger.askSlot(scope, ask);
    await turn(store, held, { now: 83_000, grants: ["s1"] });
    await store.ledger.askSlot(scope, { ...ask, id: "s2" });
    const { asks, lent } = await turn(store, held, { now: 82_000 + slotKeptMs });
    assert.deepEqual([asks.length, lent], [1, 0]);
    assert.equal(await known(store, "s1"), null);
  },
  "what a lost lane's holder grants is not granted": async (store) => {
    const held = await hold(store);
    await store.ledger.askSlot(scope, ask);
    await store.ledger.releaseLane(held, 0);
    await hold(store, "w2");
    const quiet = [{ use: "send", conversation: "a:1", until: 9_000 }] as const;
    assert.equal((await turn(store, held, { grants: ["s1"], quiet })).held, false);
    assert.deepEqual(await known(store, "s1"), { isGranted: false, isQuiet: false });
    assert.deepEqual((await store.ledger.laneMemory(scope, 0)).quiet, []);
  },
  "quiet that the end of an ask tells of begins with the next turn, which hears it, and the later end counts":
    async (store) => {
      const { ledger } = store;
      const held = await hold(store);
      await ledger.askSlot(scope, ask);
      assert.equal((await turn(store, held, { now: 2_000 })).quietUntil, null);
      await ledger.askSlot(scope, { ...ask, id: "s2" });
      const isQuiet = async () => (await known(store, "s2"))?.isQuiet;
      assert.equal(await isQuiet(), false);
      await ledger.endSlot(scope, "s1", 7_000);
      await ledger.endSlot(scope, "unknown", 5_000);
      assert.equal(await isQuiet(), true);
      assert.equal((await turn(store, held, { now: 2_500 })).quietUntil, 9_500);
      await ledger.quietLane(scope, 12_000);
      assert.equal((await turn(store, held, { now: 3_000 })).quietUntil, 12_000);
      await ledger.endSlot(scope, "unknown", 5_000);
      assert.equal((await turn(store, held, { now: 4_000 })).quietUntil, 12_000);
      assert.equal(await isQuiet(), true);
      await turn(store, held, { now: 12_000 });
      assert.equal(await isQuiet(), false);
      assert.equal(await ledger.laneQuietUntil(elsewhere), null);
    },
  "a lane with asks is open, also where nobody ever held it": async (store) => {
    const tenants = async () => (await store.ledger.openLanes(bot)).map(({ tenantId }) => tenantId);
    assert.deepEqual(await tenants(), []);
    await store.ledger.askSlot(elsewhere, ask);
    assert.deepEqual(await tenants(), [otherTenant]);
    await create(store, campaign("ntf_1"), [1]);
    await store.ledger.askSlot(scope, ask);
    assert.deepEqual(await tenants(), [scope.tenantId, otherTenant]);
    await store.ledger.endSlot(elsewhere, ask.id, null);
    assert.deepEqual(await tenants(), [scope.tenantId]);
  },
  "the next holder hears until when the last one's requests count, if that one gave the lane back":
    async (store) => {
      const take = async (name: string) => {
        const worker = workerId(name);
        const lane = await store.ledger.acquireLane({ scope, worker, leaseUntil: 5_000 });
        assert.ok("hold" in lane);
        return lane;
      };
      const first = await take("w1");
      assert.equal(first.leftUntil, null);
      await store.ledger.releaseLane(first.hold, 3_300);
      const second = await take("w2");
      assert.equal(second.leftUntil, 3_300);
      assert.equal((await take("w2")).leftUntil, null);
    },
  "conversations that were asked for quiet are told to the next holder, each until the later instant":
    async (store) => {
      const held = await hold(store);
      const place = { use: "send", conversation: "a:1", until: 9_000 } as const;
      const quiet = [place, { ...place, until: 8_000 }, { ...place, use: "create" } as const];
      await turn(store, held, { now: 2_000, quiet });
      await turn(store, held, { quiet: [{ ...place, conversation: "a:2", until: 4_000 }] });
      const memory = async (now: number) =>
        (await store.ledger.laneMemory(scope, now)).quiet
          .map(({ use, conversation, until }) => `${use} ${conversation} ${until}`)
          .sort();
      assert.deepEqual(await memory(2_000), ["create a:1 9000", "send a:1 9000", "send a:2 4000"]);
      assert.deepEqual(await memory(4_000), ["create a:1 9000", "send a:1 9000"]);
      assert.deepEqual((await store.ledger.laneMemory(elsewhere, 0)).quiet, []);
    },
  "deliveries that were put off untried are told to the next holder, in the order in which their campaigns were stored":
    async (store) => {
      const ids = ["ntf_3", "chg_2", "cmp_1"];
      for (const [n, id] of ids.entries())
        await create(store, campaign(id, { createdAt: 500 - n }), [1]);
      await create(store, campaign("ntf_tried"), [1]);
      await create(store, campaign("ntf_urgent", { priority: "urgent" }), [2]);
      await create(store, campaign("ntf_paused"), [1]);
      const held = await hold(store);
      const { claimed } = await turn(store, held, { claim: 9 });
      assert.equal(claimed.length, 6);
      const settlements = claimed.map((one) => {
        const isTried = one.campaignId === "ntf_tried";
        return settled(one, again(9_000), { requests: isTried ? 1 : 0, firstAttemptAt: null });
      });
      await turn(store, held, { settlements });
      const id = campaignId("ntf_paused");
      await store.ledger.moveCampaign({ id, from: ["sending"], to: "paused", now: 3_000 });
      const { postponed } = await store.ledger.laneMemory(scope, 3_000);
      const [urgent, ...normal] = postponed;
      assert.deepEqual(
        [urgent?.campaignId, urgent?.priority, urgent?.recipient.key, urgent?.dueAt],
        ["ntf_urgent", "urgent", keyOf(2), 9_000],
      );
      assert.deepEqual(
        normal.map((one) => one.campaignId),
        ["ntf_3", "chg_2", "cmp_1"],
      );
      const entries = normal.map((one) => one.entry);
      assert.deepEqual(
        claimed.slice(1, 4).map((one) => one.entry),
        entries,
      );
      assert.deepEqual((await store.ledger.laneMemory(scope, 9_000)).postponed, []);
    },
  "what a process died with is not put off": async (store) => {
    await create(store, expanding("cmp_1"), [1]);
    const held = await hold(store);
    await turn(store, held, { claim: 1 });
    await store.ledger.releaseLane(held, 0);
    const next = await hold(store, "w2");
    assert.deepEqual(await recovered(store, next, 9, 3_000), { resent: 1, held: 0 });
    assert.deepEqual((await store.ledger.laneMemory(scope, 2_000)).postponed, []);
  },
};

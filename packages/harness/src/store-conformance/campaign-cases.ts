import assert from "node:assert/strict";
import { botId, campaignId } from "../../../server/src/domain/ids.ts";
import {
  bot,
  type Cases,
  campaign,
  counted,
  create,
  deliveriesOf,
  everyItem,
  expanding,
  hold,
  keyOf,
  settled,
  stateOf,
  to,
  turn,
} from "./fixtures.ts";

/** Campaigns as rows: storing, idempotency, moving, and what is due. */
export const campaignCases: Cases = {
  "a campaign is read back as it was stored": async ({ ledger }) => {
    const then = "wait";
    const canary = { percent: 12.5, then } as const;
    const stored = campaign("cmp_1", {
      kind: "campaign",
      state: "draft",
      name: "Zum Testen",
      message: {
        card: { type: "AdaptiveCard", body: [] },
        summary: "Grüße",
        data: { a: [1, null] },
      },
      audience: { include: [{ everyone: true }], exclude: [{ user: "x@contoso.example" }] },
      topic: "news",
      priority: "urgent",
      sendAt: 5_000,
      expiresAt: 9_000,
      onUncertain: "hold",
      ratePerSecond: 0.5,
      expansion: { part: "exclude", item: 2, after: "token" },
      pausedFrom: "sending",
      canary,
      canaryLeft: 3,
      stopWhen: { failedPercent: 2.5, atLeast: 20 },
      pausedBecause: {
        code: "CAMPAIGN_FAILURES_PASSED",
        at: 3_000,
        tried: 40,
        failedPercent: 2.5,
        failed: [{ code: "TEAMS_REJECTED", count: 2 }],
      },
      startedAt: 4_000,
      finishedAt: 4_500,
    });
    await ledger.createCampaign({ campaign: stored });
    assert.deepEqual(await ledger.getCampaign(stored.id), stored);
    assert.equal(await ledger.getCampaign(campaignId("cmp_2")), null);
  },
  "campaigns under way are seen at a glance, the newest first, and neither drafts nor what is over":
    async (store) => {
      const states = ["draft", "scheduled", "expanding", "sending", "paused", "cancelled"] as const;
      for (const [index, state] of states.entries())
        await create(
          store,
          campaign(`cmp_${state}`, { kind: "campaign", state, createdAt: 1_000 + index }),
          [1, 2],
        );
      await create(store, campaign("ntf_1"), [1]);
      const seen = await store.ledger.campaignsUnderWay(bot, 10);
      const names = ["paused", "sending", "expanding", "scheduled"];
      assert.deepEqual(
        seen.map(({ id, state }) => [id, state]),
        names.map((state) => [`cmp_${state}`, state]),
      );
      assert.deepEqual(seen[1]?.counts, await counted(store, campaignId("cmp_sending")));
      const [newest, ...others] = await store.ledger.campaignsUnderWay(bot, 1);
      assert.deepEqual([newest?.state, others.length], ["paused", 0]);
      assert.deepEqual(await store.ledger.campaignsUnderWay(botId("other"), 10), []);
    },
  "campaigns that paused by themselves are told with why, and those that somebody paused are not":
    async (store) => {
      const { ledger } = store;
      const then = "wait";
      for (const [index, id] of ["cmp_1", "cmp_2", "cmp_3"].entries()) {
        const canary = { count: 1, then } as const;
        const over = { canary, canaryLeft: 1, createdAt: 1_000 + index };
        await create(store, campaign(id, { kind: "campaign", ...over }), [1, 2]);
      }
      const from = ["sending"] as const;
      await ledger.moveCampaign({ id: campaignId("cmp_2"), from, to: "paused", now: 1_500 });
      const held = await hold(store);
      const { claimed } = await turn(store, held, { claim: 10 });
      const settlements = claimed.map((one) => settled(one));
      assert.equal((await turn(store, held, { settlements, now: 3_000 })).paused.length, 2);
      const stopped = await ledger.campaignsStopped(bot, 10);
      assert.deepEqual(
        stopped.map(({ id, state, pausedBecause }) => [id, state, pausedBecause?.code]),
        ["cmp_3", "cmp_1"].map((id) => [id, "paused", "CAMPAIGN_CANARY_DONE"]),
      );
      assert.equal((await ledger.campaignsStopped(bot, 1)).length, 1);
      assert.deepEqual(await ledger.campaignsStopped(botId("other"), 10), []);
      const patch = { canaryLeft: null };
      const resumed = { id: campaignId("cmp_3"), from: ["paused"], to: "sending", patch } as const;
      await ledger.moveCampaign({ ...resumed, now: 4_000 });
      const ids = (await ledger.campaignsStopped(bot, 10)).map(({ id }) => id);
      assert.deepEqual(ids, ["cmp_1"]);
    },
  "a notification is stored with its deliveries, refused ones final from the start": async (
    store,
  ) => {
    const id = campaignId("ntf_1");
    const refused = { state: "failed", code: "RECIPIENT_UNKNOWN", detail: "Who?" } as const;
    const made = await store.ledger.createCampaign({
      campaign: campaign("ntf_1"),
      deliveries: [to(1), { ...to(2), refused }, to(1)],
    });
    assert.deepEqual(made, { result: "created", id });
    const counts = await counted(store, id);
    assert.deepEqual([counts.total, counts.pending, counts.failed], [2, 1, 1]);
    const [first, second] = await deliveriesOf(store, id);
    assert.deepEqual(first, {
      campaignId: id,
      recipient: keyOf(1),
      state: "pending",
      attempts: 0,
      code: null,
      detail: null,
      conversationId: null,
      activityId: null,
      resent: 0,
      dueAt: 1_000,
      updatedAt: 1_000,
      firstAttemptAt: null,
      retriedAt: null,
      status: null,
      latencyMs: null,
      requestId: null,
    });
    assert.deepEqual(
      [second?.state, second?.code, second?.detail, second?.dueAt],
      ["failed", "RECIPIENT_UNKNOWN", "Who?", null],
    );
    assert.deepEqual(await store.ledger.countsByCode(id), [
      { state: "failed", code: "RECIPIENT_UNKNOWN", count: 1 },
    ]);
  },
  "a notification with nobody left to send to is finished at once": async (store) => {
    const refused = { state: "skipped", code: "TEAMS_APP_REMOVED" } as const;
    const deliveries = [{ ...to(1), refused }];
    await store.ledger.createCampaign({ campaign: campaign("ntf_1"), deliveries });
    const stored = await store.ledger.getCampaign(campaignId("ntf_1"));
    assert.deepEqual([stored?.state, stored?.finishedAt], ["finished", 1_000]);
  },
  "campaigns are counted by state, notifications and what is beyond the newest 5,000 left out":
    async (store) => {
      assert.deepEqual(await store.ledger.countCampaigns(), []);
      const countsByState = async () =>
        Object.fromEntries(
          (await store.ledger.countCampaigns()).map(({ state, count }) => [state, count]),
        );
      const many = Array.from({ length: 4_999 }, (_, n) =>
        campaign(`cmp_${String(n + 10).padStart(5, "0")}`, { kind: "campaign", state: "draft" }),
      );
      await create(store, campaign("cmp_00001", { kind: "campaign", state: "cancelled" }));
      await create(store, expanding("cmp_00002"));
      await create(store, campaign("ntf_1"), [1]);
      await Promise.all(many.slice(0, 3).map((one) => create(store, one)));
      assert.deepEqual(await countsByState(), { cancelled: 1, expanding: 1, draft: 3 });
      await Promise.all(many.slice(3).map((one) => create(store, one)));
      assert.deepEqual(await countsByState(), { expanding: 1, draft: 4_999 });
    },
  "deliveries of a notification for later are due then": async (store) => {
    const id = await create(store, campaign("ntf_1", { sendAt: 7_000 }), [1]);
    const [row] = await deliveriesOf(store, id);
    assert.equal(row?.dueAt, 7_000);
  },
  "the same idempotency key answers the first campaign, or a conflict for another body": async ({
    ledger,
  }) => {
    const idempotency = { key: "k", fingerprint: "f" };
    const request = (id: string, fingerprint = "f", key = "k") =>
      ledger.createCampaign({ campaign: campaign(id), idempotency: { key, fingerprint } });
    const id = campaignId("ntf_1");
    assert.deepEqual(await request("ntf_1"), { result: "created", id });
    assert.deepEqual(await request("ntf_2"), { result: "repeated", id });
    assert.deepEqual(await request("ntf_3", "g"), { result: "conflict", id });
    assert.equal(await ledger.getCampaign(campaignId("ntf_2")), null);
    assert.equal((await request("ntf_4", "f", "other")).result, "created");
    const twice = await Promise.all([
      ledger.createCampaign({
        campaign: campaign("ntf_5"),
        idempotency: { ...idempotency, key: "2" },
      }),
      ledger.createCampaign({
        campaign: campaign("ntf_6"),
        idempotency: { ...idempotency, key: "2" },
      }),
    ]);
    assert.deepEqual(
      twice.map((one) => one.result),
      ["created", "repeated"],
    );
  },
  "a campaign that could not be stored leaves no idempotency key behind": async ({ ledger }) => {
    await ledger.createCampaign({ campaign: campaign("ntf_1") });
    const idempotency = { key: "k", fingerprint: "f" };
    await assert.rejects(ledger.createCampaign({ campaign: campaign("ntf_1"), idempotency }));
    const made = await ledger.createCampaign({ campaign: campaign("ntf_2"), idempotency });
    assert.equal(made.result, "created");
  },
  "a campaign moves only from one of the named states, with its patch": async ({ ledger }) => {
    const { id } = campaign("cmp_1");
    const expansion = { part: "exclude", item: 0, after: null } as const;
    await ledger.createCampaign({ campaign: campaign("cmp_1", { state: "draft", sendAt: 3 }) });
    const refused = await ledger.moveCampaign({ id, from: ["sending"], to: "paused", now: 5 });
    assert.equal(refused, null);
    assert.equal((await ledger.getCampaign(id))?.updatedAt, 1_000);
    const patch = { sendAt: null, startedAt: 6_000, expansion };
    const from = ["scheduled", "draft"] as const;
    const moved = await ledger.moveCampaign({ id, from, to: "expanding", patch, now: 6_000 });
    assert.deepEqual(moved, {
      ...campaign("cmp_1"),
      state: "expanding",
      ...patch,
      updatedAt: 6_000,
    });
    assert.deepEqual(await ledger.getCampaign(id), moved);
    const unknown = { id: campaignId("cmp_2"), from, to: "paused", now: 5 } as const;
    assert.equal(await ledger.moveCampaign(unknown), null);
  },
  "a paused campaign is not claimed from, and goes on where it stood": async (store) => {
    const { ledger } = store;
    const id = await create(store, campaign("ntf_1"), [1, 2]);
    const held = await hold(store);
    await ledger.moveCampaign({
      id,
      from: ["sending"],
      to: "paused",
      patch: { pausedFrom: "sending" },
      now: 1_500,
    });
    const idle = await turn(store, held, { claim: 5 });
    assert.deepEqual([idle.claimed, idle.nextDueAt], [[], null]);
    const patch = { pausedFrom: null };
    await ledger.moveCampaign({ id, from: ["paused"], to: "sending", patch, now: 2_500 });
    const result = await turn(store, held, { claim: 5, now: 3_000 });
    assert.equal(result.claimed.length, 2);
  },
  "a campaign that goes on with nothing left to send is finished": async ({ ledger }) => {
    await ledger.createCampaign({ campaign: campaign("ntf_1", { state: "paused" }) });
    const { id } = campaign("ntf_1");
    const moved = await ledger.moveCampaign({ id, from: ["paused"], to: "sending", now: 7_000 });
    assert.deepEqual([moved?.state, moved?.finishedAt], ["finished", 7_000]);
  },
  "campaigns are listed by kind, newest first, across pages": async (store) => {
    const ages = [5, 1, 3, 3, 2];
    for (const [index, createdAt] of ages.entries())
      await create(store, expanding(`cmp_${index}`, { createdAt }));
    await create(store, campaign("ntf_1", { createdAt: 4 }), [1]);
    const list = (kind: "campaign" | "notification") =>
      everyItem((page) => store.ledger.listCampaigns({ ...page, kind }), 2);
    assert.deepEqual(
      (await list("campaign")).map((one) => one.id),
      ["cmp_0", "cmp_3", "cmp_2", "cmp_4", "cmp_1"],
    );
    assert.deepEqual(
      (await list("notification")).map((one) => one.id),
      ["ntf_1"],
    );
  },
  "what is to be expanded: scheduled campaigns that are due and expanding ones, soonest first":
    async (store) => {
      const { ledger } = store;
      assert.equal(await ledger.nextScheduledAt(), null);
      await create(store, expanding("cmp_later", { state: "scheduled", sendAt: 9_000 }));
      await create(store, expanding("cmp_due", { state: "scheduled", sendAt: 5_000 }));
      await create(store, expanding("cmp_open", { createdAt: 4_000 }));
      await create(store, expanding("cmp_draft", { state: "draft" }));
      await create(store, expanding("cmp_paused", { state: "paused", pausedFrom: "expanding" }));
      await create(store, campaign("ntf_1"), [1]);
      const due = async (now: number, limit = 10) =>
        (await ledger.campaignsToExpand(now, limit)).map((one) => one.id);
      assert.deepEqual(await due(4_999), ["cmp_open"]);
      assert.deepEqual(await due(5_000), ["cmp_open", "cmp_due"]);
      assert.deepEqual(await due(9_000, 2), ["cmp_open", "cmp_due"]);
      assert.equal(await ledger.nextScheduledAt(), 5_000);
      assert.equal(await stateOf(store, campaignId("cmp_due")), "scheduled");
    },
};

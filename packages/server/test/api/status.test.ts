import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Campaign, Status } from "@carillon/client";
import { attentionWords } from "../../src/domain/attention-words.ts";
import { campaignId } from "../../src/domain/ids.ts";
import type { LaneView } from "../../src/engine/engine.ts";
import { apiWorld, jsonOf, newCampaign } from "./api-world.ts";

const lane: LaneView = {
  tenantId: "8f5b1b0e-9d0b-4a4e-9a57-2f5cf6a4c0de",
  inFlight: 3,
  ratePerSecond: 12.5,
  ceilingPerSecond: 50,
  throttledUntil: Date.UTC(2026, 0, 1),
  attention: null,
  requests: 40,
  throttled: 1,
  holdsLost: 2,
  settlementsIgnored: 3,
};

describe("the status of the service", () => {
  it("has version, lanes and the directory counted", async () => {
    const { ask, engine } = apiWorld();
    engine.setLanes([lane]);
    assert.deepEqual(await jsonOf<Status>(await ask("/v1/status")), {
      version: "1.2.3",
      botId: engine.botId,
      counts: { people: 5, installed: 5, blocked: 1, removed: 0 },
      lanes: [{ ...lane, throttledUntil: "2026-01-01T00:00:00.000Z" }],
      graph: [],
      attention: [],
    });
  });

  it("has Graph in each tenant, and says why it is not asked", async () => {
    const { ask, engine } = apiWorld();
    const { tenantId } = lane;
    const since = Date.UTC(2026, 0, 1);
    const budget = { limit: "identity", unitsAllowed: 700, unitsCeiling: 875, unitsSpent: 3 };
    engine.setGraph([
      {
        ...{ tenantId, requests: 4, throttled: 1 },
        attention: { code: "GRAPH_REFUSED", detail: "Why.", since, retryAt: since + 60_000 },
        budgets: [{ ...budget, pausedUntil: since }],
      },
    ]);
    const { graph, attention } = await jsonOf<Status>(await ask("/v1/status"));
    const shown = {
      code: "GRAPH_REFUSED",
      detail: "Why.",
      next: attentionWords("GRAPH_REFUSED").next,
      since: "2026-01-01T00:00:00.000Z",
      retryAt: "2026-01-01T00:01:00.000Z",
    };
    assert.deepEqual(graph, [
      {
        ...{ tenantId, requests: 4, throttled: 1, attention: shown },
        budgets: [{ ...budget, pausedUntil: "2026-01-01T00:00:00.000Z" }],
      },
    ]);
    assert.deepEqual(attention, [{ ...shown, tenantId, campaignId: null }]);
  });

  it("gathers what lanes and campaigns wait for, until it is over", async () => {
    const { ask, post, engine, clock } = apiWorld();
    const attention = {
      code: "TEAMS_UNAUTHORIZED",
      detail: "Check it.",
      since: clock.now(),
      retryAt: null,
    } as const;
    const shown = {
      code: "TEAMS_UNAUTHORIZED",
      detail: "Check it.",
      next: attentionWords("TEAMS_UNAUTHORIZED").next,
      since: "2025-11-24T16:00:00.000Z",
      retryAt: null,
    };
    engine.setLanes([{ ...lane, attention }]);
    const { id } = await jsonOf<Campaign>(await post("/v1/campaigns", newCampaign));
    const now = async () => (await jsonOf<Status>(await ask("/v1/status"))).attention;
    engine.setAttention(id, attention);
    assert.deepEqual(await now(), [
      { ...shown, tenantId: lane.tenantId, campaignId: null },
      { ...shown, tenantId: null, campaignId: id },
    ]);
    engine.setLanes([lane]);
    engine.setAttention(id, null);
    assert.deepEqual(await now(), []);
    engine.setAttention(id, attention);
    engine.tell({ type: "campaign", id: campaignId(id), state: "cancelled" });
    assert.deepEqual(await now(), []);
  });

  it("names campaigns that paused by themselves as the store knows them, not as was told", async () => {
    const { ask, post, engine, clock } = apiWorld();
    const { id } = await jsonOf<Campaign>(await post("/v1/campaigns", newCampaign));
    await post(`/v1/campaigns/${id}/start`);
    const now = async () =>
      (await jsonOf<Status>(await ask("/v1/status"))).attention.map(({ campaignId }) => campaignId);
    const code = "CAMPAIGN_FAILURES_PASSED";
    const attention = { code, detail: "", since: clock.now(), retryAt: null } as const;
    engine.setAttention(id, attention);
    assert.deepEqual(await now(), [], "it goes on, whatever was told");
    await post(`/v1/campaigns/${id}/pause`);
    assert.deepEqual(await now(), [id]);
    await post(`/v1/campaigns/${id}/resume`);
    assert.deepEqual(await now(), []);
  });

  it("remembers a thousand campaigns at most", async () => {
    const { ask, engine, clock } = apiWorld();
    for (let number = 0; number < 1100; number += 1)
      engine.setAttention(`cmp_${number}`, {
        code: "STORE_FULL",
        detail: "",
        since: clock.now(),
        retryAt: null,
      });
    const { attention } = await jsonOf<Status>(await ask("/v1/status"));
    assert.equal(attention.length, 1000);
    assert.equal(attention.at(-1)?.campaignId, "cmp_1099");
  });
});

describe("health and readiness", () => {
  const open = async (path: string, ready?: Parameters<typeof apiWorld>[0]) => {
    const { api } = apiWorld(ready);
    const answer = await api.fetch(new Request(`http://service.example${path}`));
    return { status: answer.status, body: await answer.json() };
  };

  it("are told to everyone", async () => {
    assert.deepEqual(await open("/healthz"), { status: 200, body: { status: "ok" } });
    assert.deepEqual(await open("/readyz"), { status: 200, body: { status: "ready" } });
  });

  it("say why no work is taken", async () => {
    const ready = async () => ({ ok: false, reasons: ["The disk is full."] });
    assert.deepEqual(await open("/readyz", { ready }), {
      status: 503,
      body: { status: "not-ready", reason: "The disk is full." },
    });
    const waiting = async () => ({ ok: true, reasons: ["The bot's secret is wrong."] });
    assert.deepEqual(await open("/readyz", { ready: waiting }), {
      status: 200,
      body: { status: "attention", reason: "The bot's secret is wrong." },
    });
    const broken = async () => {
      throw new Error("secret");
    };
    assert.deepEqual(await open("/readyz", { ready: broken }), {
      status: 503,
      body: { status: "not-ready", reason: "It could not be found out." },
    });
  });
});

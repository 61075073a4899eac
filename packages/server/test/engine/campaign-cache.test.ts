import assert from "node:assert/strict";
import { test } from "node:test";
import type { CampaignState } from "../../src/domain/campaign.ts";
import { campaignId } from "../../src/domain/ids.ts";
import { CampaignCache } from "../../src/engine/campaign-cache.ts";
import type { Campaign, LedgerStore } from "../../src/engine/ports/store.ts";
import { bot, tenant } from "./engine-world.ts";

function row(n: number, state: CampaignState, updatedAt: number): Campaign {
  return {
    botId: bot,
    tenantId: tenant,
    id: campaignId(`cmp_${n}`),
    kind: "campaign",
    changeOf: null,
    originalMessage: null,
    revision: 0,
    recallAt: null,
    recalledAt: null,
    name: "test",
    state,
    message: { text: "hello" },
    audience: { include: [{ everyone: true }] },
    topic: null,
    priority: "bulk",
    sendAt: null,
    expiresAt: null,
    onUncertain: "resend",
    ratePerSecond: null,
    expansion: null,
    pausedFrom: null,
    canary: null,
    canaryLeft: null,
    stopWhen: null,
    pausedBecause: null,
    createdAt: 0,
    updatedAt,
    startedAt: null,
    finishedAt: null,
  };
}

/** A ledger of which only `getCampaign` is asked. */
function ledgerOf(getCampaign: LedgerStore["getCampaign"]): LedgerStore {
  return { getCampaign } as LedgerStore; // the cache asks for nothing else
}

test("a row that was read before a pause, and answered after it, does not undo the pause", async () => {
  let answer: (row: Campaign) => void = () => undefined;
  const ledger = ledgerOf(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const cache = new CampaignCache(ledger);
  const reading = cache.get(campaignId("cmp_1"), 0, 100);
  cache.put(row(1, "paused", 100), 100);
  answer(row(1, "sending", 90));
  assert.equal((await reading)?.row.state, "paused");
  assert.equal(cache.peek(campaignId("cmp_1"))?.row.state, "paused");
});

test("a change by another process is found when rows in use are read again", async () => {
  const cache = new CampaignCache(ledgerOf(async () => row(1, "paused", 200)));
  const entry = cache.put(row(1, "sending", 100), 100);
  entry.inMemory = 1;
  assert.deepEqual(await cache.refresh(500, 1000), []);
  const changed = await cache.refresh(1500, 1000);
  assert.deepEqual(
    changed.map((campaign) => campaign.row.state),
    ["paused"],
  );
});

test("a change by another process is found although the clock was set back before it", async () => {
  const cache = new CampaignCache(ledgerOf(async () => row(1, "cancelled", 100)));
  cache.put(row(1, "sending", 500), 500).inMemory = 1;
  const changed = await cache.refresh(2000, 1000);
  assert.deepEqual(
    changed.map((campaign) => campaign.row.state),
    ["cancelled"],
  );
});

test("campaigns at rest are forgotten, those in use are kept", () => {
  const cache = new CampaignCache(
    ledgerOf(async () => null),
    { idleMax: 10 },
  );
  const busy = cache.put(row(0, "sending", 0), 0);
  busy.inMemory = 1;
  for (let n = 1; n < 100; n += 1) cache.put(row(n, "sending", 0), 0);
  assert.equal(cache.peek(busy.id), busy);
  assert.equal(cache.peek(campaignId("cmp_50")), null);
  assert.notEqual(cache.peek(campaignId("cmp_99")), null);
});

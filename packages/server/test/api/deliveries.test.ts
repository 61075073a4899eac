import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Attempt, Campaign, Delivery, Page } from "@carillon/client";
import { apiWorld, jsonOf, newCampaign } from "./api-world.ts";

/** A campaign of five rows: one failed, with a text that a spreadsheet would run; two accepted; two open. */
async function campaignWorld() {
  const world = apiWorld();
  const { id } = await jsonOf<Campaign>(await world.post("/v1/campaigns", newCampaign));
  await world.post(`/v1/campaigns/${id}/start`);
  world.engine.settle(id, 1, {
    state: "failed",
    code: "TEAMS_REJECTED",
    detail: '=HYPERLINK("http://evil.example"), said Teams',
  });
  world.engine.settle(id, 2, { state: "accepted" });
  return { ...world, id };
}

describe("a campaign's deliveries over HTTP", () => {
  it("are rows with the names of the contract", async () => {
    const { ask, id } = await campaignWorld();
    const page = await jsonOf<Page<Delivery>>(await ask(`/v1/campaigns/${id}/deliveries?limit=1`));
    assert.deepEqual(page.items, [
      {
        recipient: "user:00000000-0000-4000-8000-000000000000",
        state: "failed",
        attempts: 1,
        code: "TEAMS_REJECTED",
        activityId: null,
        conversationId: null,
        updatedAt: "2025-11-24T16:00:00.000Z",
        detail: '=HYPERLINK("http://evil.example"), said Teams',
        resent: 0,
        dueAt: null,
        change: null,
      },
    ]);
    assert.ok(page.next);
  });

  it("can be listed by state", async () => {
    const { ask, id } = await campaignWorld();
    const count = async (state: string) =>
      (await jsonOf<Page<Delivery>>(await ask(`/v1/campaigns/${id}/deliveries?state=${state}`)))
        .items.length;
    assert.deepEqual(
      [
        await count("failed"),
        await count("accepted"),
        await count("pending"),
        await count("skipped"),
      ],
      [1, 2, 2, 0],
    );
    assert.equal((await ask(`/v1/campaigns/${id}/deliveries?state=sent`)).status, 400);
  });

  it("have their recorded requests", async () => {
    const { ask, engine, id, clock } = await campaignWorld();
    const recipient = "thread:19:a@thread.tacv2;messageid=5";
    engine.note(id, recipient, {
      number: 1,
      operation: "send",
      at: clock.now(),
      outcome: { kind: "throttled", retryAfterMs: 2000, scope: "lane" },
      evidence: {
        status: 429,
        platformCode: null,
        subCode: null,
        detail: null,
        requestId: "cv.1",
        retryAfterMs: 2000,
        latencyMs: 12,
      },
      decision: "Tried again after 2 s.",
    });
    const path = `/v1/campaigns/${id}/deliveries/${encodeURIComponent(recipient)}/attempts`;
    const { items } = await jsonOf<Page<Attempt>>(await ask(path));
    assert.equal(items.length, 1);
    assert.equal(items[0]?.at, "2025-11-24T16:00:00.000Z");
    assert.deepEqual(items[0]?.outcome, { kind: "throttled", retryAfterMs: 2000, scope: "lane" });
  });
});

describe("the export of a campaign", () => {
  it("is CSV with a header, where no cell is run as a formula", async () => {
    const { ask, id } = await campaignWorld();
    const answer = await ask(`/v1/campaigns/${id}/export`);
    assert.equal(answer.headers.get("content-type"), "text/csv; charset=utf-8; header=present");
    assert.equal(
      answer.headers.get("content-disposition"),
      `attachment; filename="deliveries-${id}.csv"`,
    );
    const lines = (await answer.text()).split("\r\n");
    assert.equal(
      lines[0],
      "recipient,state,attempts,code,activityId,conversationId,updatedAt,detail,resent,changeKind,changeState,changeCode",
    );
    assert.equal(
      lines[1],
      `user:00000000-0000-4000-8000-000000000000,failed,1,TEAMS_REJECTED,,,2025-11-24T16:00:00.000Z,"'=HYPERLINK(""http://evil.example""), said Teams",0,,,`,
    );
    assert.equal(lines.length, 1 + 5 + 1);
    assert.equal(lines.at(-1), "");
  });

  it("is a JSON array with the rows of the list", async () => {
    const { ask, id } = await campaignWorld();
    const rows = await jsonOf<readonly Delivery[]>(
      await ask(`/v1/campaigns/${id}/export?format=json`),
    );
    const { items } = await jsonOf<Page<Delivery>>(await ask(`/v1/campaigns/${id}/deliveries`));
    assert.deepEqual(rows, items);
  });

  it("of a campaign without rows is a header, or an empty array", async () => {
    const { ask, post } = apiWorld();
    const { id } = await jsonOf<Campaign>(await post("/v1/campaigns", newCampaign));
    assert.equal((await (await ask(`/v1/campaigns/${id}/export`)).text()).split("\r\n").length, 2);
    assert.deepEqual(await (await ask(`/v1/campaigns/${id}/export?format=json`)).json(), []);
  });

  it("reads a page when it is asked for one, and lets go when nobody reads on", async () => {
    const { ask, id, engine } = await campaignWorld();
    const answer = await ask(`/v1/campaigns/${id}/export`);
    assert.equal(engine.exportsOpen, 0);
    const reader = answer.body?.getReader();
    await reader?.read();
    await reader?.read();
    assert.equal(engine.exportsOpen, 1);
    await reader?.cancel();
    assert.equal(engine.exportsOpen, 0);
  });

  it("breaks off where the store fails, so that half of it is not taken for the whole", async () => {
    const { ask, id, engine, logged } = await campaignWorld();
    const answer = await ask(`/v1/campaigns/${id}/export`);
    const reader = answer.body?.getReader();
    await reader?.read();
    engine.breakWith(new Error("the disk is gone"));
    await assert.rejects(async () => reader?.read(), /the disk is gone/);
    assert.equal(logged[0]?.event, "api.failed");
    assert.equal(logged[0]?.fields.requestId, answer.headers.get("x-request-id"));
    assert.equal(logged[0]?.fields.route, "/v1/campaigns/:id/export");
  });

  it("is not begun for HEAD", async () => {
    const { ask, id, engine } = await campaignWorld();
    const answer = await ask(`/v1/campaigns/${id}/export`, { method: "HEAD" });
    assert.equal(answer.status, 200);
    assert.equal(engine.exportsOpen, 0);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Campaign, CampaignSummary, Page, Preflight } from "@carillon/client";
import { attentionWords } from "../../src/domain/attention-words.ts";
import { apiWorld, jsonOf, newCampaign, problemOf } from "./api-world.ts";

describe("campaigns over HTTP", () => {
  it("are drafts first, then started, paused, resumed and cancelled, each answered with how they stand", async () => {
    const { post, ask } = apiWorld();
    const created = await post("/v1/campaigns", {
      ...newCampaign,
      topic: "town-hall",
      ratePerSecond: 20,
      expiresAt: "2026-12-24T09:00:00+01:00",
    });
    assert.equal(created.status, 201);
    const draft = await jsonOf<Campaign>(created);
    assert.equal(created.headers.get("location"), `/v1/campaigns/${draft.id}`);
    assert.equal(draft.state, "draft");
    assert.equal(draft.rateCap, 20);
    assert.equal(draft.ratePerSecond, 0);
    assert.equal(draft.priority, "bulk");
    assert.equal(draft.expiresAt, "2026-12-24T08:00:00.000Z");
    assert.equal(draft.createdAt, "2025-11-24T16:00:00.000Z");
    assert.deepEqual(draft.message, newCampaign.message);
    assert.deepEqual(draft.audience, newCampaign.audience);
    for (const [move, state] of [
      ["start", "sending"],
      ["pause", "paused"],
      ["resume", "sending"],
      ["cancel", "cancelled"],
      ["cancel", "cancelled"],
    ]) {
      const moved = await post(`/v1/campaigns/${draft.id}/${move}`);
      assert.equal(moved.status, 202, move);
      assert.equal((await jsonOf<Campaign>(moved)).state, state);
    }
    const read = await jsonOf<Campaign>(await ask(`/v1/campaigns/${draft.id}`));
    assert.equal(read.counts.total, 5);
    assert.equal(read.finishedAt, "2025-11-24T16:00:00.000Z");
  });

  it("are refused a move that their state does not allow, with the state", async () => {
    const { post } = apiWorld();
    const { id } = await jsonOf<Campaign>(await post("/v1/campaigns", newCampaign));
    const refused = await post(`/v1/campaigns/${id}/resume`);
    assert.equal(refused.status, 409);
    const problem = await problemOf(refused);
    assert.equal(problem.code, "CAMPAIGN_STATE_CONFLICT");
    assert.equal(problem.state, "draft");
  });

  it("tell what they would do before they do it, and stay as they are", async () => {
    const { post, ask } = apiWorld();
    const { id } = await jsonOf<Campaign>(await post("/v1/campaigns", newCampaign));
    const answer = await post(`/v1/campaigns/${id}/preflight`);
    assert.equal(answer.status, 200);
    const preflight = await jsonOf<Preflight>(answer);
    assert.equal(preflight.recipients, 5);
    assert.deepEqual(preflight.expected, [{ code: "TEAMS_BLOCKED_BY_USER", count: 1 }]);
    assert.equal((await jsonOf<Campaign>(await ask(`/v1/campaigns/${id}`))).state, "draft");
  });

  it("are made once for one Idempotency-Key, and refused with another body", async () => {
    const { post, engine } = apiWorld();
    const key = { "Idempotency-Key": "town-hall-2026" };
    const first = await jsonOf<Campaign>(await post("/v1/campaigns", newCampaign, key));
    const again = await post("/v1/campaigns", newCampaign, key);
    assert.equal(again.status, 201);
    assert.equal((await jsonOf<Campaign>(again)).id, first.id);
    const other = await post("/v1/campaigns", { ...newCampaign, name: "Other" }, key);
    assert.equal(other.status, 409);
    assert.equal((await problemOf(other)).code, "IDEMPOTENCY_KEY_REUSED");
    assert.equal(engine.creates, 3);
  });

  it("are listed newest first, in pages, without message and audience", async () => {
    const { post, ask } = apiWorld();
    for (const name of ["one", "two", "three"])
      await post("/v1/campaigns", { ...newCampaign, name });
    const first = await jsonOf<Page<CampaignSummary>>(await ask("/v1/campaigns?limit=2"));
    assert.deepEqual(
      first.items.map(({ name }) => name),
      ["three", "two"],
    );
    assert.ok(first.items.every((item) => !("message" in item) && !("audience" in item)));
    const rest = await jsonOf<Page<CampaignSummary>>(
      await ask(`/v1/campaigns?limit=2&cursor=${first.next}`),
    );
    assert.deepEqual(
      rest.items.map(({ name }) => name),
      ["one"],
    );
    assert.ok(!("next" in rest));
  });

  it("count why deliveries ended as they did, and show what stands in the way", async () => {
    const { post, ask, engine, clock } = apiWorld();
    const { id } = await jsonOf<Campaign>(await post("/v1/campaigns", newCampaign));
    await post(`/v1/campaigns/${id}/start`);
    engine.settle(id, 2, { state: "failed", code: "TEAMS_BLOCKED_BY_USER" });
    engine.setAttention(id, {
      code: "TEAMS_UNAUTHORIZED",
      detail: "Check the secret.",
      since: clock.now(),
      retryAt: clock.now() + 60_000,
    });
    const { reasons, attention } = await jsonOf<Campaign>(await ask(`/v1/campaigns/${id}`));
    assert.deepEqual(reasons, [{ state: "failed", code: "TEAMS_BLOCKED_BY_USER", count: 2 }]);
    assert.deepEqual(attention, {
      code: "TEAMS_UNAUTHORIZED",
      detail: "Check the secret.",
      next: attentionWords("TEAMS_UNAUTHORIZED").next,
      since: "2025-11-24T16:00:00.000Z",
      retryAt: "2025-11-24T16:01:00.000Z",
    });
  });

  it("that are unknown answer 404 on every route", async () => {
    const { ask, post } = apiWorld();
    const answers = [
      await ask("/v1/campaigns/cmp_x"),
      await ask("/v1/campaigns/cmp_x/deliveries"),
      await ask("/v1/campaigns/cmp_x/deliveries/user:1/attempts"),
      await ask("/v1/campaigns/cmp_x/export"),
      await ask("/v1/stream?campaign=cmp_x"),
      await post("/v1/campaigns/cmp_x/preflight"),
      await post("/v1/campaigns/cmp_x/start"),
    ];
    for (const answer of answers) {
      assert.equal(answer.status, 404);
      assert.equal((await problemOf(answer)).code, "CAMPAIGN_UNKNOWN");
    }
  });
});

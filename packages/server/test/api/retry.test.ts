import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Campaign, Delivery, Notification, Page } from "@carillon/client";
import { apiWorld, jsonOf, newCampaign, problemOf } from "./api-world.ts";

/** A finished campaign of five rows: two failed, one was skipped, one is uncertain, one was accepted. */
async function endedWorld() {
  const world = apiWorld();
  const { id } = await jsonOf<Campaign>(await world.post("/v1/campaigns", newCampaign));
  await world.post(`/v1/campaigns/${id}/start`);
  world.engine.settle(id, 1, { state: "failed", code: "TEAMS_REJECTED" });
  world.engine.settle(id, 1, { state: "failed", code: "TEAMS_UNAVAILABLE" });
  world.engine.settle(id, 1, { state: "skipped", code: "TEAMS_APP_REMOVED" });
  world.engine.settle(id, 1, { state: "uncertain", code: "TEAMS_UNCERTAIN" });
  world.engine.settle(id, 1, { state: "accepted" });
  const path = `/v1/campaigns/${id}/retry`;
  const pending = async () =>
    (await jsonOf<Page<Delivery>>(await world.ask(`/v1/campaigns/${id}/deliveries?state=pending`)))
      .items.length;
  return { ...world, id, path, pending };
}

describe("a retry over HTTP", () => {
  it("answers 202 with the campaign, and means the failed ones where nothing is said", async () => {
    for (const body of [undefined, {}]) {
      const { post, path, pending } = await endedWorld();
      const answer = await post(path, body);
      assert.equal(answer.status, 202);
      const campaign = await jsonOf<Campaign>(answer);
      assert.deepEqual([campaign.state, campaign.counts.failed], ["sending", 0]);
      assert.equal(await pending(), 2);
    }
  });

  it("means the states, the codes and the one recipient that it names", async () => {
    const cases: readonly (readonly [body: object, pending: number])[] = [
      [{ states: ["skipped", "uncertain"] }, 2],
      [{ codes: ["TEAMS_UNAVAILABLE"] }, 1],
      [{ states: ["failed"], codes: ["TEAMS_REJECTED", "TEAMS_UNAVAILABLE"] }, 2],
      [{ recipient: "user:00000000-0000-4000-8000-000000000001" }, 1],
    ];
    for (const [body, wanted] of cases) {
      const { post, path, pending } = await endedWorld();
      assert.equal((await post(path, body)).status, 202);
      assert.equal(await pending(), wanted, JSON.stringify(body));
    }
  });

  it("is refused where its body is not of the form, and nothing is retried", async () => {
    const { post, ask, path, pending } = await endedWorld();
    for (const body of [
      { states: ["accepted"] },
      { states: [] },
      { state: "failed" },
      { codes: "TEAMS_REJECTED" },
    ]) {
      const problem = await problemOf(await post(path, body));
      assert.equal(problem.code, "REQUEST_INVALID", JSON.stringify(body));
    }
    assert.match((await problemOf(await post(path, { state: "failed" }))).detail, /"states"/);
    assert.equal((await problemOf(await post(path, "{"))).code, "REQUEST_JSON_MALFORMED");
    // Passed over, this would retry everybody.
    const form = await ask(path, { method: "POST", body: '{"recipient":"ana@contoso.example"}' });
    assert.equal((await problemOf(form)).code, "REQUEST_CONTENT_TYPE_WRONG");
    assert.equal(await pending(), 0);
  });

  it("with an Idempotency-Key is carried out once", async () => {
    const { post, path, engine, id, pending } = await endedWorld();
    const key = { "idempotency-key": "again-1" };
    assert.equal((await post(path, {}, key)).status, 202);
    engine.settle(id, 2, { state: "failed", code: "TEAMS_REJECTED" });
    assert.equal((await post(path, {}, key)).status, 202);
    assert.equal(await pending(), 0);
    const other = await post(path, { states: ["skipped"] }, key);
    assert.equal((await problemOf(other)).code, "IDEMPOTENCY_KEY_REUSED");
  });

  it("of a campaign that cannot, or of none, is refused", async () => {
    const { post, path, id } = await endedWorld();
    await post(path, {});
    await post(`/v1/campaigns/${id}/cancel`);
    const problem = await problemOf(await post(path, {}));
    assert.deepEqual([problem.status, problem.code], [409, "CAMPAIGN_STATE_CONFLICT"]);
    const unknown = await problemOf(await post("/v1/campaigns/cmp_x/retry", {}));
    assert.deepEqual([unknown.status, unknown.code], [404, "CAMPAIGN_UNKNOWN"]);
  });
});

describe("a notification's retry over HTTP", () => {
  it("answers 202 with the notification, and is carried out once for one Idempotency-Key", async () => {
    const { post, engine } = apiWorld();
    const to = ["ana", "bo"].map((name) => ({ user: `${name}@contoso.example` }));
    const body = { to, message: { text: "Hello" } };
    const { id } = await jsonOf<Notification>(await post("/v1/notifications", body));
    engine.settle(id, 1, { state: "failed", code: "TEAMS_UNAVAILABLE" });
    engine.settle(id, 1, { state: "uncertain", code: "TEAMS_UNCERTAIN" });
    const path = `/v1/notifications/${id}/retry`;
    const states = async (answer: Response) =>
      (await jsonOf<Notification>(answer)).deliveries.map(({ state }) => state);
    const key = { "idempotency-key": "again-1" };
    const first = await post(path, undefined, key);
    assert.equal(first.status, 202);
    assert.deepEqual(await states(first), ["pending", "uncertain"]);
    engine.settle(id, 1, { state: "failed", code: "TEAMS_UNAVAILABLE" });
    assert.deepEqual(await states(await post(path, undefined, key)), ["failed", "uncertain"]);
    const decided = await post(path, { states: ["uncertain"] });
    assert.deepEqual(await states(decided), ["failed", "pending"]);
  });

  it("of none, and of a campaign, is refused", async () => {
    const { post } = apiWorld();
    const { id } = await jsonOf<Campaign>(await post("/v1/campaigns", newCampaign));
    for (const other of ["ntf_x", id]) {
      const problem = await problemOf(await post(`/v1/notifications/${other}/retry`, {}));
      assert.deepEqual([problem.status, problem.code], [404, "NOTIFICATION_UNKNOWN"]);
    }
  });
});

describe("a new campaign's guards over HTTP", () => {
  it("are taken in their form alone", async () => {
    const { post } = apiWorld();
    const then = "continue";
    const good = [
      { canary: { count: 5 } },
      { canary: { percent: 2.5, then } },
      { stopWhen: { failedPercent: 10 } },
      { stopWhen: { failedPercent: 0, atLeast: 1 } },
    ];
    for (const guards of good)
      assert.equal((await post("/v1/campaigns", { ...newCampaign, ...guards })).status, 201);
    const bad = [
      { canary: {} },
      { canary: { count: 5, percent: 5 } },
      { canary: { count: 0 } },
      { canary: { percent: 101 } },
      { canary: { count: 1, ...JSON.parse(`{"then":"stop"}`) } },
      { canary: 5 },
      { stopWhen: {} },
      { stopWhen: { failedPercent: 100 } },
      { stopWhen: { failedPercent: 5, atleast: 5 } },
    ];
    for (const guards of bad) {
      const problem = await problemOf(await post("/v1/campaigns", { ...newCampaign, ...guards }));
      assert.equal(problem.code, "REQUEST_INVALID", JSON.stringify(guards));
    }
  });
});

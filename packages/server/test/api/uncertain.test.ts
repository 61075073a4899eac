import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Campaign, Notification, Page, UncertainDelivery } from "@carillon/client";
import { apiWorld, jsonOf, newCampaign, problemOf } from "./api-world.ts";

const uncertain = { state: "uncertain", code: "TEAMS_UNCERTAIN" } as const;

/** A campaign with two uncertain rows, and a notification with one. */
async function lostWorld() {
  const world = apiWorld();
  const { id: cmp } = await jsonOf<Campaign>(await world.post("/v1/campaigns", newCampaign));
  await world.post(`/v1/campaigns/${cmp}/start`);
  world.engine.settle(cmp, 2, uncertain);
  world.engine.settle(cmp, 3, { state: "accepted" });
  const body = { to: { user: "ana@contoso.example" }, message: { text: "Hello" } };
  const { id: ntf } = await jsonOf<Notification>(await world.post("/v1/notifications", body));
  world.engine.settle(ntf, 1, uncertain);
  const page = async (query = "") =>
    jsonOf<Page<UncertainDelivery>>(await world.ask(`/v1/uncertain${query}`));
  return { ...world, cmp, ntf, page };
}

describe("what nobody knows, over HTTP", () => {
  it("is listed with whose it is, in pages", async () => {
    const { page, cmp, ntf } = await lostWorld();
    const { items } = await page();
    assert.deepEqual(
      items.map(({ campaign }) => [campaign.id, campaign.kind]),
      [
        [ntf, "notification"],
        [cmp, "campaign"],
        [cmp, "campaign"],
      ],
    );
    assert.deepEqual(items[0]?.delivery.code, "TEAMS_UNCERTAIN");
    const first = await page("?limit=2");
    const rest = await page(`?limit=2&cursor=${first.next}`);
    assert.deepEqual([...first.items, ...rest.items], items);
    assert.equal(rest.next, undefined);
  });

  it("is left as it is by one request, which may be made again", async () => {
    const { post, page, cmp, ntf } = await lostWorld();
    for (let round = 0; round < 2; round += 1) {
      const answer = await post(`/v1/campaigns/${cmp}/leave`);
      assert.equal(answer.status, 202);
      const { counts, reasons } = await jsonOf<Campaign>(answer);
      const code = "DELIVERY_LEFT_UNCERTAIN";
      assert.equal(counts.uncertain, 2);
      assert.deepEqual(reasons, [{ state: "uncertain", code, count: 2 }]);
    }
    assert.equal((await page()).items.length, 1);
    const one = { recipient: "user:00000000-0000-4000-8000-000000000000" };
    const answer = await post(`/v1/notifications/${ntf}/leave`, one);
    assert.equal(answer.status, 202);
    assert.deepEqual((await page()).items, []);
  });

  it("is not left where the request is wrong", async () => {
    const { post, page, cmp } = await lostWorld();
    const accepted = { recipient: "user:00000000-0000-4000-8000-000000000004" };
    for (const [path, body, status, code] of [
      [`/v1/campaigns/${cmp}/leave`, { who: "ana" }, 400, "REQUEST_INVALID"],
      [`/v1/campaigns/${cmp}/leave`, accepted, 409, "DELIVERY_NOT_UNCERTAIN"],
      ["/v1/campaigns/cmp_x/leave", {}, 404, "CAMPAIGN_UNKNOWN"],
      ["/v1/notifications/ntf_x/leave", {}, 404, "NOTIFICATION_UNKNOWN"],
    ] as const) {
      const problem = await problemOf(await post(path, body));
      assert.deepEqual([problem.status, problem.code], [status, code], path);
    }
    assert.equal((await page()).items.length, 3);
  });
});

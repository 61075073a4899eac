import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Campaign, Notification } from "@carillon/client";
import { openWorld, startCampaign, untilOver, within } from "../engine/engine-world.ts";
import { apiOn, apiWorld, jsonOf, newCampaign, problemOf } from "./api-world.ts";

/** The API on the real engine, with a campaign to everyone that is over. */
async function changeWorld(people = 5) {
  const world = await openWorld({ people });
  const { engine, clock } = world;
  let made = 0;
  const ids = {
    next(prefix: string) {
      made += 1;
      return `${prefix}_${made}`;
    },
  };
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  return { ...world, world, id, ...apiOn(engine, { clock, ids }) };
}

const message = { markdown: "Hello **${person.givenName}**" };

describe("edits and recalls over HTTP", () => {
  it("change a campaign's messages by a campaign of their own, which is like any other", async () => {
    const { post, ask, world, id, connector } = await changeWorld();
    const edited = await post(`/v1/campaigns/${id}/edit`, { message });
    assert.equal(edited.status, 202);
    const view = await jsonOf<Campaign>(edited);
    assert.deepEqual([view.message, view.originalMessage], [message, { text: "hello" }]);
    const [change] = view.changes;
    assert.ok(change !== undefined);
    assert.match(change.id, /^chg_/);
    assert.deepEqual([change.kind, change.state], ["edit", "expanding"]);
    await untilOver(world, change.id);
    const itself = await jsonOf<Campaign>(await ask(`/v1/campaigns/${change.id}`));
    assert.deepEqual(
      [itself.kind, itself.changeOf, itself.state, itself.counts.accepted],
      ["edit", id, "finished", 5],
    );
    const rows = await ask(`/v1/campaigns/${change.id}/deliveries`);
    assert.equal((await jsonOf<{ items: unknown[] }>(rows)).items.length, 5);
    assert.ok(connector.messages.every(({ body }) => body.includes("**P")));
    const csv = await (await ask(`/v1/campaigns/${id}/export`)).text();
    assert.equal(csv.match(/,edit,accepted,\r\n/g)?.length, 5);
    await within(world, world.engine.stop());
  });

  it("delete a campaign's messages, with or without a body, and refuse an edit afterwards", async () => {
    const { post, world, id, connector } = await changeWorld();
    const answer = await post(`/v1/campaigns/${id}/recall`);
    assert.equal(answer.status, 202);
    const view = await jsonOf<Campaign>(answer);
    assert.equal(typeof view.recalledAt, "string");
    await untilOver(world, view.changes[0]?.id ?? "");
    assert.ok(connector.messages.every(({ deleted }) => deleted));
    const again = await post(`/v1/campaigns/${id}/recall`, { priority: "bulk" });
    assert.equal((await jsonOf<Campaign>(again)).changes.length, 1);
    const refused = await post(`/v1/campaigns/${id}/edit`, { message });
    assert.equal(refused.status, 409);
    assert.equal((await problemOf(refused)).code, "CAMPAIGN_RECALLED");
    await within(world, world.engine.stop());
  });

  it("work for notifications, and tell what became of each message", async () => {
    const { post, ask, world } = await changeWorld(2);
    const to = { user: "person1@contoso.example" };
    const { id } = await jsonOf<Notification>(
      await post("/v1/notifications", { to, message: { text: "old" } }),
    );
    await within(world, world.engine.notifications.settled(id));
    const edited = await post(`/v1/notifications/${id}/edit`, { message });
    assert.equal(edited.status, 202);
    const { changes } = await jsonOf<Notification>(edited);
    await untilOver(world, changes[0]?.id ?? "");
    const recalled = await jsonOf<Notification>(await post(`/v1/notifications/${id}/recall`, {}));
    await untilOver(world, recalled.changes[0]?.id ?? "");
    const view = await jsonOf<Notification>(await ask(`/v1/notifications/${id}`));
    assert.deepEqual(
      view.changes.map(({ kind, state }) => [kind, state]),
      [
        ["recall", "finished"],
        ["edit", "finished"],
      ],
    );
    const [delivery] = view.deliveries;
    assert.deepEqual(
      [delivery?.state, delivery?.change?.kind, delivery?.change?.state],
      ["accepted", "recall", "accepted"],
    );
    await within(world, world.engine.stop());
  });

  it("take the priority that is asked for", async () => {
    const { post, ask, world, id } = await changeWorld(1);
    for (const [step, body, priority] of [
      ["edit", { message }, "bulk"],
      ["edit", { message, priority: "normal" }, "normal"],
      ["recall", undefined, "urgent"],
    ] as const) {
      const view = await jsonOf<Campaign>(await post(`/v1/campaigns/${id}/${step}`, body));
      const change = await ask(`/v1/campaigns/${view.changes[0]?.id}`);
      assert.equal((await jsonOf<Campaign>(change)).priority, priority);
    }
    await within(world, world.engine.stop());
  });

  it("are refused with the reason, field by field", async () => {
    const { post } = apiWorld();
    const { id } = await jsonOf<Campaign>(await post("/v1/campaigns", newCampaign));
    for (const [path, body, status, code] of [
      [`/v1/campaigns/${id}/edit`, {}, 400, "REQUEST_INVALID"],
      [`/v1/campaigns/${id}/edit`, { message, prority: "urgent" }, 400, "REQUEST_INVALID"],
      [`/v1/campaigns/${id}/edit`, { message: { text: "" } }, 422, "MESSAGE_INVALID"],
      [`/v1/campaigns/${id}/edit`, undefined, 400, "REQUEST_INVALID"],
      [`/v1/campaigns/${id}/recall`, { message }, 400, "REQUEST_INVALID"],
      [`/v1/campaigns/${id}/recall`, undefined, 409, "CAMPAIGN_STATE_CONFLICT"],
      ["/v1/campaigns/cmp_x/edit", { message }, 404, "CAMPAIGN_UNKNOWN"],
      ["/v1/campaigns/cmp_x/recall", undefined, 404, "CAMPAIGN_UNKNOWN"],
      ["/v1/notifications/ntf_x/edit", { message }, 404, "NOTIFICATION_UNKNOWN"],
      ["/v1/notifications/ntf_x/recall", undefined, 404, "NOTIFICATION_UNKNOWN"],
    ] as const) {
      const answer = await post(path, body);
      assert.deepEqual([answer.status, (await problemOf(answer)).code], [status, code], path);
    }
  });

  it("are made once for one Idempotency-Key", async () => {
    const { post, world, id } = await changeWorld(1);
    const key = { "Idempotency-Key": "correct-town-hall" };
    const path = `/v1/campaigns/${id}/edit`;
    await post(path, { message }, key);
    const again = await jsonOf<Campaign>(await post(path, { message }, key));
    assert.equal(again.changes.length, 1);
    const other = await post(path, { message: { text: "other" } }, key);
    assert.equal((await problemOf(other)).code, "IDEMPOTENCY_KEY_REUSED");
    await within(world, world.engine.stop());
  });

  it("of a time are options of campaigns and notifications, and must let something be sent", async () => {
    const { post } = apiWorld();
    const recallAt = "2026-12-24T09:00:00+01:00";
    const draft = await jsonOf<Campaign>(await post("/v1/campaigns", { ...newCampaign, recallAt }));
    assert.equal(draft.recallAt, "2026-12-24T08:00:00.000Z");
    assert.equal(draft.expiresAt, null);
    const refused = await post("/v1/campaigns", { ...newCampaign, recallAt, sendAt: recallAt });
    const { code, errors } = await problemOf(refused);
    assert.deepEqual([code, errors?.[0]?.path], ["REQUEST_INVALID", "recallAt"]);
  });
});

import assert from "node:assert/strict";
import { activityId, conversationId } from "../../../server/src/domain/ids.ts";
import type { RawActivity } from "../../../server/src/engine/ports/inbound-store.ts";
import { bot, type Cases, otherTenant, tenant } from "./fixtures.ts";

/** What comes in, and who may ask. */
export const inboundCases: Cases = {
  "an activity is stored once, told by tenant, conversation and activity id": async ({
    inbound,
  }) => {
    assert.equal(await inbound.recordActivity(raw(1)), "new");
    assert.equal(await inbound.recordActivity({ ...raw(1), body: "again" }), "duplicate");
    assert.equal(await inbound.recordActivity({ ...raw(1), tenantId: otherTenant }), "new");
    const elsewhere = { ...raw(1), conversationId: conversationId("a:2") };
    assert.equal(await inbound.recordActivity(elsewhere), "new");
    assert.deepEqual((await inbound.unprocessed(bot, 10))[0], raw(1));
  },
  "of many at once each is new once": async ({ inbound }) => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => inbound.recordActivity(raw(index % 20))),
    );
    assert.equal(answers.filter((answer) => answer === "new").length, 20);
  },
  "unprocessed activities come in the order in which they were stored, until they are processed":
    async ({ inbound }) => {
      for (const n of [3, 1, 2]) await inbound.recordActivity({ ...raw(n), receivedAt: 50 });
      const ids = async (limit = 10) =>
        (await inbound.unprocessed(bot, limit)).map((activity) => activity.activityId);
      assert.deepEqual(await ids(), ["3", "1", "2"]);
      assert.deepEqual(await ids(2), ["3", "1"]);
      await inbound.markProcessed([raw(3), raw(2), raw(9)], 60);
      assert.deepEqual(await ids(), ["1"]);
      assert.equal(await inbound.recordActivity(raw(3)), "duplicate");
      assert.deepEqual(await inbound.unprocessed("other" as typeof bot, 10), []); // any text is an id here
    },
  "processed activities are forgotten when they are old, in portions, and others never": async ({
    inbound,
  }) => {
    for (const n of [1, 2, 3, 4]) await inbound.recordActivity(raw(n));
    await inbound.markProcessed([raw(1), raw(2), raw(3)], 60);
    assert.equal(await inbound.forgetProcessed(3, 1), 1);
    assert.equal(await inbound.forgetProcessed(3, 10), 1);
    assert.equal(await inbound.forgetProcessed(3, 10), 0);
    assert.equal(await inbound.recordActivity(raw(1)), "new");
    assert.equal(await inbound.recordActivity(raw(3)), "duplicate");
    assert.equal(await inbound.forgetProcessed(99, 10), 1);
    assert.equal((await inbound.unprocessed(bot, 10)).length, 2);
  },
  "keys are found by their hash, and counted": async ({ keys }) => {
    assert.equal(await keys.countKeys(), 0);
    await keys.addKey({ id: "key_1", sha256: "abc", name: "first", createdAt: 1 });
    assert.deepEqual(await keys.findKey("abc"), { id: "key_1", name: "first" });
    assert.equal(await keys.findKey("abd"), null);
    assert.equal(await keys.countKeys(), 1);
  },
};

function raw(n: number): RawActivity {
  return {
    botId: bot,
    tenantId: tenant,
    conversationId: conversationId("a:1"),
    activityId: activityId(String(n)),
    receivedAt: n,
    body: `{"n":${n},"text":"Grüße 🎉"}`,
  };
}

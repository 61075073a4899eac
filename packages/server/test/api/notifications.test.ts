import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Notification } from "@carillon/client";
import { apiWorld, jsonOf, problemOf } from "./api-world.ts";

const hello = { text: "Hello" };
const ana = { user: "ana@contoso.example" };

describe("notifications over HTTP", () => {
  it("are stored and answered with a delivery for each recipient", async () => {
    const { post, ask } = apiWorld();
    const created = await post("/v1/notifications", {
      to: [ana, { user: "29:Bo" }, { user: "00000000-0000-4000-8000-000000000000" }],
      message: hello,
    });
    assert.equal(created.status, 202);
    const notification = await jsonOf<Notification>(created);
    assert.deepEqual(
      notification.deliveries.map(({ id, recipient, state }) => ({ id, recipient, state })),
      ["00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000001"].map(
        (person) => ({
          id: `${notification.id}/user:${person}`,
          recipient: `user:${person}`,
          state: "pending",
        }),
      ),
    );
    const read = await ask(`/v1/notifications/${notification.id}`);
    assert.equal(read.status, 200);
    assert.deepEqual(await read.json(), notification);
  });

  it("take one target where there is one", async () => {
    const { post } = apiWorld();
    const created = await post("/v1/notifications", { to: ana, message: hello });
    assert.equal((await jsonOf<Notification>(created)).deliveries.length, 1);
  });

  it("are made once for one Idempotency-Key", async () => {
    const { post } = apiWorld();
    const key = { "idempotency-key": "build-4711" };
    const body = { to: ana, message: hello };
    const first = await jsonOf<Notification>(await post("/v1/notifications", body, key));
    const again = await jsonOf<Notification>(await post("/v1/notifications", body, key));
    assert.equal(again.id, first.id);
    const other = await post("/v1/notifications", { ...body, topic: "builds" }, key);
    assert.equal((await problemOf(other)).code, "IDEMPOTENCY_KEY_REUSED");
  });

  it("are refused an Idempotency-Key that cannot be one", async () => {
    const { post, engine } = apiWorld();
    for (const key of ["x".repeat(256), "two words", ""]) {
      const answer = await post(
        "/v1/notifications",
        { to: ana, message: hello },
        { "idempotency-key": key },
      );
      assert.equal(answer.status, 400, `"${key}"`);
      const { errors } = await problemOf(answer);
      assert.equal(errors[0]?.path, "header.Idempotency-Key");
    }
    assert.equal(engine.creates, 0);
  });

  it("hand the times over as instants, whatever the offset", async () => {
    const { post, engine } = apiWorld();
    const seen: unknown[] = [];
    const { create } = engine.notifications;
    Object.assign(engine.notifications, {
      create: (request: Parameters<typeof create>[0]) => {
        seen.push(request.sendAt, request.expiresAt);
        return create(request);
      },
    });
    const answer = await post("/v1/notifications", {
      to: ana,
      message: hello,
      sendAt: "2026-12-24T09:00:00+01:00",
      expiresAt: "2026-12-24T08:00:00.001Z",
    });
    assert.equal(answer.status, 202);
    assert.deepEqual(seen, [Date.UTC(2026, 11, 24, 8), Date.UTC(2026, 11, 24, 8, 0, 0, 1)]);
  });

  it("are refused with what the engine says of recipient and message", async () => {
    const { post } = apiWorld();
    const unknown = await post("/v1/notifications", {
      to: { user: "no@body.example" },
      message: hello,
    });
    assert.equal(unknown.status, 422);
    assert.equal((await problemOf(unknown)).code, "RECIPIENT_UNKNOWN");
    const both = await post("/v1/notifications", {
      to: ana,
      message: { text: "a", markdown: "b" },
    });
    assert.equal(both.status, 422);
    const problem = await problemOf(both);
    assert.equal(problem.code, "MESSAGE_INVALID");
    assert.match(problem.detail, /"text" and "markdown"/);
    const none = await post("/v1/notifications", { to: ana, message: {} });
    assert.equal((await problemOf(none)).code, "MESSAGE_INVALID");
  });

  it("that are unknown answer 404", async () => {
    const { ask } = apiWorld();
    const answer = await ask("/v1/notifications/ntf_x");
    assert.equal(answer.status, 404);
    assert.equal((await problemOf(answer)).code, "NOTIFICATION_UNKNOWN");
  });
});

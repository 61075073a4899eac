import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StoreError } from "../../src/domain/errors.ts";
import { hello, personal } from "./activities.ts";
import { post, worldOf } from "./inbound-world.ts";

const storeDown = new StoreError("STORE_FULL", { detail: "the disk is full" });

async function problemOf(response: Response) {
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const { status, code } = (await response.json()) as { status: number; code: string };
  assert.equal(status, response.status);
  return `${status} ${code}`;
}

describe("the inbound endpoint", () => {
  it("stores an activity, answers 200, and learns from it afterwards", async () => {
    const { endpoint, store, learnt } = worldOf();
    await endpoint.start();
    const response = await endpoint.handle(post(hello));
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "");
    assert.deepEqual(
      store.rows.map(({ conversationId, activityId, body }) => [conversationId, activityId, body]),
      [["a:1xyz", "1776390257332", JSON.stringify(hello)]],
    );
    await endpoint.drain();
    assert.deepEqual(
      learnt.map(({ fact }) => fact),
      ["personal-conversation", "person-active"],
    );
    assert.equal(store.processed.size, 1);
    await endpoint.stop();
  });

  it("takes the same activity again, at once or later, and processes it once", async () => {
    const { endpoint, store, learnt } = worldOf();
    await endpoint.start();
    const both = await Promise.all([endpoint.handle(post(hello)), endpoint.handle(post(hello))]);
    await endpoint.drain();
    const later = await endpoint.handle(post(hello));
    assert.deepEqual(
      [...both, later].map(({ status }) => status),
      [200, 200, 200],
    );
    assert.equal(store.rows.length, 1);
    assert.equal(learnt.length, 2);
    await endpoint.stop();
  });

  it("tells an edit of a message from the message, though both have its id", async () => {
    const { endpoint, store } = worldOf();
    const edit = { ...hello, type: "messageUpdate" };
    for (const activity of [hello, edit, edit]) await endpoint.handle(post(activity));
    assert.equal(store.rows.length, 2);
  });

  it("names an activity without an id by its content", async () => {
    const { endpoint, store } = worldOf();
    const { id: _, ...nameless } = personal({ type: "event" });
    for (const name of ["one", "one", "two"]) await endpoint.handle(post({ ...nameless, name }));
    assert.equal(store.rows.length, 2);
  });

  it("answers 503 while it cannot store, so that Teams delivers again, and then takes it", async () => {
    const { endpoint, store, reasons } = worldOf();
    store.failing = () => storeDown;
    const refused = await endpoint.handle(post(hello));
    assert.equal(refused.headers.get("retry-after"), "1");
    assert.equal(await problemOf(refused), "503 SERVICE_UNAVAILABLE");
    assert.deepEqual(reasons("inbound.failed"), ["record"]);
    store.failing = () => null;
    assert.equal((await endpoint.handle(post(hello))).status, 200);
    assert.equal(store.rows.length, 1);
  });

  it("answers 503 once it is stopped", async () => {
    const { endpoint, store } = worldOf();
    await endpoint.start();
    await endpoint.stop();
    assert.equal(await problemOf(await endpoint.handle(post(hello))), "503 SERVICE_UNAVAILABLE");
    assert.equal(store.rows.length, 0);
  });

  it("refuses methods other than POST and names the one it takes", async () => {
    const { endpoint } = worldOf();
    const response = await endpoint.handle(new Request("http://bot.example/api/messages"));
    assert.equal(response.headers.get("allow"), "POST");
    assert.equal(await problemOf(response), "405 ROUTE_METHOD_WRONG");
  });

  for (const [name, body] of [
    ["is not JSON", "{"],
    ["is empty", ""],
    ["is a list", "[]"],
    ["has no type", '{"conversation":{"id":"a:1"}}'],
    ["has no conversation", '{"type":"message"}'],
    ["names no tenant", '{"type":"message","id":"1","conversation":{"id":"a:1"}}'],
  ] as const) {
    it(`answers 400 to a body that ${name}`, async () => {
      const { endpoint, store, reasons } = worldOf();
      const headers = { authorization: "Bearer a.b.c", "x-ms-tenant-id": "t" };
      const response = await endpoint.handle(post(body, { headers }));
      assert.equal(await problemOf(response), "400 INBOUND_NOT_AN_ACTIVITY");
      assert.equal(reasons("inbound.refused").length, 1);
      assert.equal(store.rows.length, 0);
    });
  }

  it("takes any content type, as what counts is the body", async () => {
    const { endpoint } = worldOf();
    const headers = { authorization: "Bearer a.b.c", "content-type": "text/plain" };
    assert.equal((await endpoint.handle(post(hello, { headers }))).status, 200);
  });

  it("lets the bot's own tenant stand in where an activity names none", async () => {
    const { endpoint, store } = worldOf({ defaultTenant: "ABC" });
    const bare = { type: "message", id: "1", conversation: { id: "a:1" } };
    assert.equal((await endpoint.handle(post(bare))).status, 200);
    assert.equal(store.rows[0]?.tenantId, "abc");
  });

  it("answers 413 to a body over 256 KiB, announced or not, and reads no more than that of it", async () => {
    const { endpoint } = worldOf();
    const text = "x".repeat(256 * 1024);
    const big = JSON.stringify({ ...hello, text });
    for (const length of [undefined, `${Buffer.byteLength(big)}`, "10"]) {
      const headers = {
        authorization: "Bearer a.b.c",
        ...(length && { "content-length": length }),
      };
      const response = await endpoint.handle(post(big, { headers }));
      assert.equal(await problemOf(response), "413 REQUEST_TOO_LARGE");
    }
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new TextEncoder().encode("x".repeat(1024)));
      },
    });
    // Node wants `duplex` for a streamed body, and the DOM's type does not know it.
    const streamed = post("", { body, duplex: "half" } as RequestInit);
    assert.equal(await problemOf(await endpoint.handle(streamed)), "413 REQUEST_TOO_LARGE");
    assert.ok(pulled < 300, `${pulled} chunks were read`);
  });

  it("answers 400 when the body breaks off", async () => {
    const { endpoint } = worldOf();
    const body = new ReadableStream({ start: (c) => c.error(new Error("gone")) });
    const broken = post("", { body, duplex: "half" } as RequestInit); // as above
    assert.equal(await problemOf(await endpoint.handle(broken)), "400 INBOUND_NOT_AN_ACTIVITY");
  });
});

describe("what the inbound endpoint believes", () => {
  it("nothing without a token, and it says no more than that", async () => {
    const { endpoint, store, reasons } = worldOf();
    const response = await endpoint.handle(post(hello, { headers: {} }));
    assert.equal(response.headers.get("www-authenticate"), "Bearer");
    assert.equal(await problemOf(response), "401 INBOUND_UNAUTHENTICATED");
    assert.deepEqual(reasons("inbound.refused"), ["scheme"]);
    assert.equal(store.rows.length, 0);
  });

  it("nothing that the token check refuses; the log has the check, the answer does not", async () => {
    const { endpoint, world, store, reasons } = worldOf();
    world.verification = { ok: false, status: 401, check: "audience" };
    const response = await endpoint.handle(post(hello));
    assert.doesNotMatch(await response.clone().text(), /audience/);
    assert.equal(await problemOf(response), "401 INBOUND_UNAUTHENTICATED");
    world.verification = { ok: false, status: 403, check: "endorsements" };
    assert.equal(await problemOf(await endpoint.handle(post(hello))), "403 INBOUND_FORBIDDEN");
    assert.deepEqual(reasons("inbound.refused"), ["audience", "endorsements"]);
    assert.equal(store.rows.length, 0);
  });

  it("asks for another delivery while the signing keys cannot be had", async () => {
    const { endpoint, world } = worldOf();
    world.verification = { ok: false, status: 401, check: "keys-unavailable" };
    assert.equal(await problemOf(await endpoint.handle(post(hello))), "503 SERVICE_UNAVAILABLE");
  });

  it("nothing meant for another bot, from another channel or from a tenant that is not allowed", async () => {
    const { endpoint, reasons, store } = worldOf({ allowedTenants: ["another"] });
    const other = { ...hello, recipient: { id: "28:another" } };
    const webchat = { ...hello, channelId: "webchat" };
    for (const activity of [other, webchat, hello]) {
      assert.equal(await problemOf(await endpoint.handle(post(activity))), "403 INBOUND_FORBIDDEN");
    }
    assert.deepEqual(reasons("inbound.refused"), ["recipient", "channel", "tenant"]);
    assert.equal(store.rows.length, 0);
  });

  it("compares tenants without regard to case", async () => {
    const { endpoint } = worldOf({ allowedTenants: ["ABC"] });
    const conversation = { id: "a:1", tenantId: "Abc" };
    assert.equal((await endpoint.handle(post({ ...hello, conversation }))).status, 200);
  });

  it("everything when the check is off", async () => {
    const { endpoint, world } = worldOf({ auth: "off" });
    world.verification = { ok: false, status: 401, check: "scheme" };
    assert.equal((await endpoint.handle(post(hello, { headers: {} }))).status, 200);
  });

  it("never rejects, whatever breaks", async () => {
    const { endpoint, world, reasons } = worldOf();
    Object.defineProperty(world, "verification", {
      get: () => {
        throw new TypeError("broken");
      },
    });
    assert.equal(await problemOf(await endpoint.handle(post(hello))), "500 INTERNAL");
    assert.deepEqual(reasons("inbound.failed"), ["unforeseen"]);
  });
});

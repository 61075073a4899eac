import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createFrontDoor } from "../../src/app/front-door.ts";
import { createReadiness, type Readiness } from "../../src/app/readiness.ts";
import { StoreError } from "../../src/domain/errors.ts";
import type { LaneView } from "../../src/engine/engine.ts";

const lane: LaneView = {
  tenantId: "tenant-1",
  inFlight: 0,
  ratePerSecond: 0,
  ceilingPerSecond: 50,
  throttledUntil: null,
  attention: null,
  requests: 0,
  throttled: 0,
};
const halted: LaneView = {
  ...lane,
  attention: { code: "TEAMS_UNAUTHORIZED", detail: "secret detail <b>", since: 5, retryAt: null },
};

function readiness(parts: {
  probe?: () => Promise<void>;
  lanes?: readonly LaneView[];
  stopping?: boolean;
  now?: () => number;
}): () => Promise<Readiness> {
  return createReadiness({
    probe: parts.probe ?? (async () => {}),
    lanes: () => parts.lanes ?? [lane],
    stopping: () => parts.stopping ?? false,
    now: parts.now ?? (() => 0),
  });
}

function door(ready: () => Promise<Readiness>) {
  const answer = (name: string) => () => new Response(name);
  const fetch = createFrontDoor({
    inbound: answer("inbound"),
    api: answer("api"),
    readiness: ready,
  });
  return async (path: string, method = "GET") => fetch(new Request(`http://h${path}`, { method }));
}

describe("readiness", () => {
  it("is ready while the store can be written and no lane waits", async () => {
    assert.equal((await readiness({})()).status, "ready");
  });
  it("is no readiness while the store cannot be written, and says what to do", async () => {
    const full = new StoreError("STORE_FULL", { detail: "/srv/secret/path" });
    const state = await readiness({ probe: () => Promise.reject(full) })();
    assert.equal(state.status, "not-ready");
    assert.match(state.reason ?? "", /disk is full/);
    assert.doesNotMatch(state.reason ?? "", /secret/);
  });
  it("tells of a lane that waits, and still takes work", async () => {
    assert.equal((await readiness({ lanes: [lane, halted] })()).status, "attention");
  });
  it("ends when the service stops", async () => {
    assert.equal((await readiness({ stopping: true })()).status, "not-ready");
  });
  it("probes the store once a second at most, however often it is asked", async () => {
    let probes = 0;
    let now = 0;
    const ready = readiness({
      probe: async () => {
        probes += 1;
      },
      now: () => now,
    });
    await Promise.all([ready(), ready(), ready()]);
    now = 999;
    await ready();
    assert.equal(probes, 1);
    now = 1000;
    await ready();
    assert.equal(probes, 2);
  });
});

describe("the front door", () => {
  const get = door(readiness({}));
  it("gives each path to the one that answers it", async () => {
    assert.equal(await (await get("/api/messages", "POST")).text(), "inbound");
    assert.equal(await (await get("/api/messages?x=1", "POST")).text(), "inbound");
    for (const path of ["/v1/campaigns", "/openapi.json", "/api/messagesX", "/no/such"])
      assert.equal(await (await get(path)).text(), "api", path);
    assert.equal(await (await get("/", "POST")).text(), "api");
  });
  it("answers /healthz as long as the process lives", async () => {
    const broken = door(() => Promise.reject(new Error("not asked")));
    assert.equal((await broken("/healthz")).status, 200);
  });
  it("answers /readyz with 503 only where no work is taken", async () => {
    assert.equal((await get("/readyz")).status, 200);
    const waiting = await door(readiness({ lanes: [halted] }))("/readyz");
    assert.equal(waiting.status, 200);
    const body = await waiting.text();
    assert.match(body, /TEAMS_UNAUTHORIZED/);
    assert.doesNotMatch(body, /secret/);
    assert.equal((await door(readiness({ stopping: true }))("/readyz")).status, 503);
  });
  it("shows a page that says how things are and where to go on, and runs no script", async () => {
    const page = await door(readiness({ lanes: [halted] }))("/");
    const html = await page.text();
    assert.match(html, /href="\/openapi\.json"/);
    assert.match(html, /TEAMS_UNAUTHORIZED/);
    assert.doesNotMatch(html, /secret|<script/);
    assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  });
});

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
  holdsLost: 2,
  settlementsIgnored: 3,
};
const halted: LaneView = {
  ...lane,
  attention: { code: "TEAMS_UNAUTHORIZED", detail: "secret detail", since: 5, retryAt: null },
};

function readiness(
  parts: {
    probe?: () => Promise<void>;
    lanes?: readonly LaneView[];
    stopping?: boolean;
    now?: () => number;
  } = {},
) {
  return createReadiness({
    probe: parts.probe ?? (async () => {}),
    lanes: () => parts.lanes ?? [lane],
    stopping: () => parts.stopping ?? false,
    now: parts.now ?? (() => 0),
  });
}

describe("readiness", () => {
  it("is there while the store can be written", async () => {
    assert.deepEqual(await readiness()(), { ok: true, reasons: [] });
  });
  it("is not there while the store cannot be written, and says what to do without naming paths", async () => {
    const full = new StoreError("STORE_FULL", { detail: "/srv/secret/path" });
    const { ok, reasons } = await readiness({ probe: () => Promise.reject(full) })();
    assert.equal(ok, false);
    assert.match(reasons.join(), /disk is full.*Free some space/);
    assert.doesNotMatch(reasons.join(), /secret/);
  });
  it("stays while lanes wait for something, and tells of it without details", async () => {
    const { ok, reasons } = await readiness({ lanes: [lane, halted, halted] })();
    assert.equal(ok, true);
    assert.equal(reasons.length, 1);
    assert.match(reasons.join(), /TEAMS_UNAUTHORIZED/);
    assert.doesNotMatch(reasons.join(), /secret/);
  });
  it("ends when the service stops", async () => {
    assert.equal((await readiness({ stopping: true })()).ok, false);
  });
  it("probes the store once a second at most, however often it is asked", async () => {
    let probes = 0;
    let now = 0;
    const probe = async () => {
      probes += 1;
    };
    const ready = readiness({ probe, now: () => now });
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
  const well: Readiness = { ok: true, reasons: [] };
  function door(state: Readiness = well) {
    const answer = (name: string) => () => new Response(name);
    const fetch = createFrontDoor({
      inbound: answer("inbound"),
      api: answer("api"),
      ready: async () => state,
    });
    return async (path: string, method = "GET") =>
      fetch(new Request(`http://h${path}`, { method }));
  }

  it("gives each path to the one that answers it", async () => {
    const get = door();
    assert.equal(await (await get("/api/messages", "POST")).text(), "inbound");
    assert.equal(await (await get("/api/messages?x=1", "POST")).text(), "inbound");
    for (const path of ["/v1/campaigns", "/openapi.json", "/readyz", "/api/messagesX", "/no/such"])
      assert.equal(await (await get(path)).text(), "api", path);
    assert.equal(await (await get("/", "POST")).text(), "api");
  });

  it("shows a page that says how things are and where to go on, and runs no script", async () => {
    const page = await door()("/");
    const html = await page.text();
    assert.match(html, /The service runs\./);
    assert.match(html, /href="\/openapi\.json"/);
    assert.doesNotMatch(html, /<script/);
    assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  });

  it("says on the page what is wrong", async () => {
    const waiting = await (await door({ ok: true, reasons: ["Teams refused it."] })("/")).text();
    assert.match(waiting, /keeps it from sending.*Teams refused it\./s);
    const broken = await (
      await door({ ok: false, reasons: ["The disk is full. <b>"] })("/")
    ).text();
    assert.match(broken, /cannot take work now.*The disk is full. &#60;b&#62;/s);
  });
});

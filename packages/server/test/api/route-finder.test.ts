import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createRouteFinder } from "../../src/api/route-finder.ts";

const finder = createRouteFinder([
  { method: "get", path: "/v1/people" },
  { method: "get", path: "/v1/people/{id}" },
  { method: "post", path: "/v1/campaigns" },
  { method: "get", path: "/v1/campaigns" },
  { method: "post", path: "/v1/campaigns/{id}/start" },
]);

describe("finding the route that was meant", () => {
  it("knows the methods of a path, whatever ids are in it", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "binary-ascii" }), (text) => {
        const id = encodeURIComponent(text);
        assert.deepEqual(finder.methodsOf(`/v1/campaigns/${id}/start`), ["POST"]);
        assert.deepEqual(finder.methodsOf(`/v1/people/${id}`), ["GET", "HEAD"]);
      }),
    );
    assert.deepEqual(finder.methodsOf("/v1/campaigns"), ["GET", "HEAD", "POST"]);
    assert.deepEqual(finder.methodsOf("/v1/people/"), []);
    assert.deepEqual(finder.methodsOf("/v1/nothing"), []);
  });

  it("names the nearest route, and the one with the same method first", () => {
    assert.equal(finder.nearestTo("GET", "/v1/peple"), "GET /v1/people");
    assert.equal(finder.nearestTo("GET", "/v1/peple/ana@contoso.example"), "GET /v1/people/{id}");
    assert.equal(finder.nearestTo("POST", "/v1/campaign"), "POST /v1/campaigns");
    assert.equal(finder.nearestTo("GET", "/v1/campaign"), "GET /v1/campaigns");
    assert.equal(
      finder.nearestTo("POST", "/v1/campaigns/cmp_1/strt"),
      "POST /v1/campaigns/{id}/start",
    );
  });

  it("names none where none is near, and takes its time with no path", () => {
    assert.equal(finder.nearestTo("GET", "/favicon.ico"), null);
    assert.equal(finder.nearestTo("GET", `/${"x".repeat(100_000)}`), null);
  });
});

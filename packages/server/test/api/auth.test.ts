import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { publicPaths } from "../../src/api/auth.ts";
import { StoreError } from "../../src/domain/errors.ts";
import { apiKey, apiWorld, problemOf } from "./api-world.ts";

interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly security?: unknown }>>>
  >;
}

/** Every operation of the API document, with ids filled in. */
function operations(document: object) {
  const { paths } = document as Document;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      url: `http://service.example${path.replaceAll(/\{\w+\}/g, "x")}`,
      operation,
    })),
  );
}

describe("the API's keys", () => {
  it("are asked for by every route but the public ones, which the document marks", async () => {
    const { api } = apiWorld();
    const all = operations(api.openApiDocument());
    assert.ok(all.length >= 20, `${all.length} operations`);
    const open: string[] = [];
    for (const { method, path, url, operation } of all) {
      const answer = await api.fetch(new Request(url, { method }));
      const isPublic = publicPaths.has(path);
      assert.equal(answer.status === 401, !isPublic, `${method} ${path}: ${answer.status}`);
      assert.equal(operation.security !== undefined, isPublic, `${method} ${path}`);
      if (isPublic) open.push(path);
    }
    assert.deepEqual(open.sort(), [...publicPaths].sort());
  });

  it("are asked for by every route that is mounted, in the document or not, and by paths that are none", async () => {
    const { api } = apiWorld();
    for (const path of [
      "/",
      "/v1",
      "/v2/x",
      "//v1/status",
      "/healthz/x",
      "/V1/status",
      "/readyz%2f",
    ]) {
      const answer = await api.fetch(new Request(`http://service.example${path}`));
      assert.equal(answer.status, 401, path);
    }
    const written = await api.fetch(
      new Request("http://service.example/healthz", { method: "POST" }),
    );
    assert.equal(written.status, 401);
  });

  it("that are missing, or of another scheme, are asked for", async () => {
    const { api } = apiWorld();
    for (const headers of [
      {},
      { authorization: "" },
      { authorization: "Basic YTpi" },
      { authorization: "Bearer" },
      { authorization: `Bearer ${apiKey} x` },
    ]) {
      const answer = await api.fetch(new Request("http://service.example/v1/status", { headers }));
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get("www-authenticate"), 'Bearer realm="carillon"');
      assert.equal((await problemOf(answer)).code, "API_KEY_MISSING");
    }
  });

  it("that are not the service's are refused, and not shown", async () => {
    const { ask, logged } = apiWorld();
    const answer = await ask("/v1/status", { headers: { authorization: "Bearer wrong-key-9" } });
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get("www-authenticate") ?? "", /error="invalid_token"/);
    const problem = await problemOf(answer);
    assert.equal(problem.code, "API_KEY_WRONG");
    assert.ok(!JSON.stringify([problem, logged]).includes("wrong-key-9"));
  });

  it("are taken whatever the case of the scheme", async () => {
    const { ask } = apiWorld();
    const answer = await ask("/v1/status", { headers: { authorization: `bEARER  ${apiKey}` } });
    assert.equal(answer.status, 200);
  });

  it("that cannot be looked up let nobody in", async () => {
    const { ask, keys } = apiWorld();
    keys.broken = new StoreError("STORE_FAILED", {});
    const answer = await ask("/v1/status");
    assert.equal(answer.status, 503);
  });

  it("come before the body: without one, nothing is read or judged", async () => {
    const { api } = apiWorld();
    const answer = await api.fetch(
      new Request("http://service.example/v1/notifications", { method: "POST", body: "{" }),
    );
    assert.equal(answer.status, 401);
  });
});

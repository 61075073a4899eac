import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { GraphOutcome } from "../../src/domain/graph-outcome.ts";
import {
  fromGraphFailure,
  fromGraphTokenFailure,
  readGraphOutcome,
} from "../../src/teams/graph-outcome.ts";
import { failed } from "./scripted-transport.ts";

const now = Date.UTC(2026, 10, 24, 12);
const userId = "0d1f8a52-3f2b-4a57-9a0e-6a1c2f9b7e11";

function read(status: number, body: unknown, headers = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readGraphOutcome({ status, headers, body: text, latencyMs: 12, now });
}

const error = (code: string, message: string, inner: object = {}) => ({
  error: { code, message, ...inner },
});
const unavailable = (retryAfterMs: number | null = null): GraphOutcome => ({
  ...{ kind: "transient", reason: "unavailable", retryAfterMs },
});
const throttled = (
  scope: "application-in-tenant" | "tenant" | "application",
  retryAfterMs: number | null,
): GraphOutcome => ({ kind: "throttled", scope, retryAfterMs });
const page = "<!doctype html><html><title>Sign in</title></html>";

describe("an answer of Graph", () => {
  const rows: readonly (readonly [string, number, unknown, object, GraphOutcome])[] = [
    ["a user", 200, { id: userId }, {}, { kind: "answered" }],
    ["a page in place of a user", 200, page, {}, unavailable()],
    ["an object without an id", 200, { displayName: "Ana" }, {}, unavailable()],
    ["nothing at all", 200, "", {}, unavailable()],
    ["a redirect", 302, "", {}, { kind: "rejected" }],
    ["a bad request", 400, error("Request_BadRequest", "x"), {}, { kind: "rejected" }],
    [
      "a refused token",
      401,
      error("InvalidAuthenticationToken", "x"),
      {},
      { kind: "refused", reason: "token-refused" },
    ],
    [
      "a missing consent",
      403,
      error("Authorization_RequestDenied", "Insufficient privileges"),
      {},
      { kind: "refused", reason: "not-consented" },
    ],
    ["nobody of the name", 404, error("Request_ResourceNotFound", "x"), {}, { kind: "absent" }],
    ["a page that is not found", 404, page, {}, unavailable()],
    ["a failure of its own", 500, "", {}, unavailable()],
    ["a service that is down", 503, "", { "retry-after": "30" }, unavailable(30_000)],
    [
      "too many requests, without a word of which",
      429,
      error("TooManyRequests", "x"),
      { "retry-after": "10" },
      throttled("application-in-tenant", 10_000),
    ],
    [
      "too many of the app in the tenant",
      429,
      "",
      { "x-ms-throttle-scope": "Tenant_Application/ReadWrite/app/tenant" },
      throttled("application-in-tenant", null),
    ],
    [
      "too many of everybody in the tenant",
      429,
      "",
      { "x-ms-throttle-scope": "Tenant/Read/app/tenant", "retry-after": "nonsense" },
      throttled("tenant", null),
    ],
    [
      "too many of the app in all tenants",
      429,
      "",
      { "x-ms-throttle-scope": "Application/Read/app/tenant", "retry-after": "3" },
      throttled("application", 3000),
    ],
  ];
  for (const [name, status, body, headers, outcome] of rows)
    it(`that is ${name} (${status}) is ${outcome.kind}`, () => {
      assert.deepEqual(read(status, body, headers).outcome, outcome);
    });

  it("keeps what explains it, with the inner object in either spelling", () => {
    for (const spelling of ["innerError", "innererror"]) {
      const body = error("Forbidden", "", { [spelling]: { code: "AccessDenied", message: "No." } });
      const { evidence } = read(403, body, { "request-id": "94fb3b52" });
      assert.deepEqual(evidence, {
        status: 403,
        platformCode: "Forbidden",
        subCode: "AccessDenied",
        detail: null,
        requestId: "94fb3b52",
        retryAfterMs: null,
        latencyMs: 12,
      });
    }
  });

  it("tells what the request cost and how full the limit is", () => {
    const headers = { "x-ms-resource-unit": "3", "x-ms-throttle-limit-percentage": "0.87" };
    assert.deepEqual(read(200, { id: userId }, headers).usage, { units: 3, load: 0.87 });
    assert.deepEqual(read(200, { id: userId }).usage, { units: null, load: null });
    const nonsense = { "x-ms-resource-unit": "-3", "x-ms-throttle-limit-percentage": "a lot" };
    assert.deepEqual(read(200, { id: userId }, nonsense).usage, { units: null, load: null });
  });

  it("has an outcome, whatever comes; and keeps no token", () => {
    const header = fc.oneof(fc.string({ unit: "binary" }), fc.array(fc.string()));
    const names = ["retry-after", "request-id", "x-ms-throttle-scope", "x-ms-resource-unit"];
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 100, max: 599 }), fc.integer(), fc.constant(Number.NaN)),
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((value) => JSON.stringify({ error: value })),
        ),
        fc.dictionary(fc.constantFrom(...names, "x-ms-throttle-limit-percentage"), header),
        (status, body, headers) => {
          const secret = `${body} Bearer eyJhbGciOi.secret.token`;
          const { outcome, object, usage } = read(status, body, headers);
          assert.equal(outcome.kind === "answered", object !== null);
          for (const told of [usage.units, usage.load])
            assert.ok(told === null || (told >= 0 && told < 1_000_000));
          const { evidence } = read(status, secret, headers);
          assert.doesNotMatch(JSON.stringify(evidence), /secret\.token/);
        },
      ),
    );
  });
});

describe("no answer of Graph", () => {
  it("may be asked for again", () => {
    const reasons = ["timeout", "connection", "aborted", "too-large"] as const;
    assert.deepEqual(
      reasons.map((reason) => {
        const { outcome } = fromGraphFailure(failed("maybe-sent", reason), 5);
        return outcome.kind === "transient" && outcome.reason;
      }),
      ["unavailable", "no-connection", "no-connection", "unavailable"],
    );
    assert.deepEqual(fromGraphFailure(failed("not-sent", "timeout"), 5).outcome, {
      ...{ kind: "transient", reason: "no-connection", retryAfterMs: null },
    });
  });

  it("for want of a token is a refusal where somebody has to act, and passes otherwise", () => {
    const failure = { kind: "failure", code: "AADSTS7000229", detail: "No principal." } as const;
    const refused = fromGraphTokenFailure({ ...failure, permanent: true, retryAfterMs: 30_000 });
    assert.deepEqual(refused.outcome, { kind: "refused", reason: "credentials-wrong" });
    assert.equal(refused.evidence.platformCode, "AADSTS7000229");
    const passing = fromGraphTokenFailure({ ...failure, permanent: false, retryAfterMs: 1000 });
    assert.deepEqual(passing.outcome, {
      ...{ kind: "transient", reason: "token-unavailable", retryAfterMs: 1000 },
    });
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Evidence } from "../../src/domain/outcome.ts";
import { readErrorBody } from "../../src/teams/error-body.ts";
import { type OperationName, operations } from "../../src/teams/operations.ts";
import { readOutcome } from "../../src/teams/outcome.ts";
import { excerpt } from "../../src/teams/redact.ts";
import { readRetryAfter } from "../../src/teams/retry-after.ts";
import { readTokenAnswer } from "../../src/teams/token-answer.ts";

const now = Date.UTC(2026, 10, 24, 12);
const names = Object.keys(operations) as OperationName[]; // the keys are exactly the names
const day = 24 * 60 * 60 * 1000;

const statuses = fc.oneof(
  fc.integer({ min: 100, max: 599 }),
  fc.constantFrom(200, 201, 400, 401, 403, 404, 412, 413, 429, 500, 502, 503, 504),
  fc.integer(),
  fc.constantFrom(Number.NaN, 0, -1),
);
const headerValue = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.string()),
  fc.constant(undefined),
);
const retryAfters = fc.oneof(
  headerValue,
  fc.integer().map(String),
  fc.double().map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  fc.constantFrom("Infinity", "NaN", "1e309", "-1", "0", "0x10", "120, 5", " 7 ", "9".repeat(400)),
);
const headers = fc.dictionary(fc.string(), headerValue).chain((others) =>
  fc.record({ "retry-after": retryAfters, date: retryAfters, "ms-cv": headerValue }).map((own) => ({
    ...others,
    ...own,
  })),
);
const codes = fc.constantFrom("MessageWritesBlocked", "ConversationNotFound", "Throttled", 209, "");
const errorLike = fc.record(
  {
    error: fc.oneof(
      fc.jsonValue(),
      fc.record({
        code: fc.oneof(codes, fc.jsonValue()),
        message: fc.oneof(fc.json(), fc.jsonValue()),
      }),
      fc.record({
        innerHttpError: fc.oneof(
          fc.jsonValue(),
          fc.record({ body: fc.oneof(fc.json(), fc.jsonValue()) }),
        ),
      }),
    ),
    errorCode: fc.oneof(codes, fc.jsonValue()),
    message: fc.oneof(fc.json(), fc.string()),
    id: fc.jsonValue(),
    members: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const bodies = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  fc.json(),
  errorLike.map((value) => JSON.stringify(value)),
  errorLike.map((value) => JSON.stringify(value).slice(0, -2)),
  fc.string().map((text) => `<html><title>${text}`),
);

test("property: any answer has exactly one outcome with complete, bounded evidence, and nothing throws", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      statuses,
      headers,
      bodies,
      (operation, status, heads, body) => {
        const result = readOutcome({ operation, status, headers: heads, body, latencyMs: 1, now });
        const { outcome, evidence, answer } = result;
        assert.equal(outcome.kind === "accepted", answer !== null);
        if (outcome.kind === "accepted") assert.ok(status >= 200 && status < 300);
        if (outcome.kind === "uncertain") assert.equal(operations[operation].visible, true);
        if (outcome.kind === "throttled") assert.equal(status, 429);
        checkBounds(evidence);
        if ("retryAfterMs" in outcome && outcome.retryAfterMs !== null) {
          assert.equal(outcome.retryAfterMs, evidence.retryAfterMs);
        }
        // Facts that are stored must survive being stored.
        assert.deepEqual(
          JSON.parse(JSON.stringify({ outcome, evidence: { ...evidence, status: 0 } })),
          {
            outcome,
            evidence: { ...evidence, status: 0 },
          },
        );
      },
    ),
    { numRuns: 1500 },
  );
});

test("very large and very deep bodies are read in no time worth mentioning", () => {
  const big = [
    "x".repeat(1_000_000),
    "<".repeat(1_000_000),
    `<html>${"<".repeat(1_000_000)}`,
    " ".repeat(1_000_000),
    "eyJ".repeat(300_000),
    `Bearer ${"x".repeat(1_000_000)}`,
    "[".repeat(200_000) + "]".repeat(200_000),
    `{"error":${'{"error":'.repeat(50_000)}1${"}".repeat(50_000)}}`,
    `{"error":{"code":"${"c".repeat(500_000)}","message":"${"m".repeat(500_000)}"}}`,
    JSON.stringify({ error: { message: `{${'"a":{'.repeat(50_000)}` } }),
  ];
  for (const body of big) {
    for (const status of [201, 400, 403]) {
      const { evidence } = readOutcome({
        operation: "send",
        status,
        headers: {},
        body,
        latencyMs: 1,
        now,
      });
      assert.ok((evidence.detail?.length ?? 0) <= 500);
    }
  }
});

test("a Retry-After in seconds or as a date is a wait, and anything else is none", () => {
  const at = (value: string, date: string | null = null) => readRetryAfter(value, { date, now });
  assert.equal(at("0"), 0);
  assert.equal(at("5"), 5000);
  assert.equal(at(" 5 "), 5000);
  assert.equal(at("1.5"), 1500);
  assert.equal(at("0.0004"), 1);
  assert.equal(at("99999999"), day);
  assert.equal(at(new Date(now + 30_000).toUTCString()), 30_000);
  assert.equal(at(new Date(now - 1000).toUTCString()), null);
  assert.equal(at(new Date(now + 5 * day).toUTCString()), day);
  // A clock here that is an hour wrong changes nothing when the answer has a date of its own.
  const hour = 3_600_000;
  assert.equal(
    at(new Date(now + hour + 4000).toUTCString(), new Date(now + hour).toUTCString()),
    4000,
  );
  assert.equal(at(new Date(now + 4000).toUTCString(), "yesterday"), 4000);
  for (const bad of [
    "",
    "-1",
    "soon",
    "1e3",
    "Infinity",
    "NaN",
    "0x10",
    "1,5",
    "2026-11-24T12:00:05Z",
  ]) {
    assert.equal(at(bad), null, bad);
  }
  assert.equal(readRetryAfter(null, { date: null, now }), null);
});

test("property: error bodies and token answers of any form are read without a throw", () => {
  fc.assert(
    fc.property(bodies, statuses, headers, (body, status, heads) => {
      const { code, text } = readErrorBody(body);
      assert.ok(code === null || typeof code === "string");
      assert.ok(text === null || typeof text === "string");
      const token = readTokenAnswer(
        { kind: "answer", status, headers: heads, body },
        { acquiredAt: now, secret: "s" },
      );
      if (token.kind === "token") assert.ok(token.expiresAt > now);
    }),
    { numRuns: 500 },
  );
});

test("property: a secret in any text is in no excerpt of it", () => {
  const secret = "q~8S3cr3t+/value==";
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      fc.integer({ min: 1, max: 600 }),
      (before, after, charsMax) => {
        const text = excerpt(`${before}${secret}${after}${secret}`, charsMax, [secret]);
        assert.ok(text === null || (!text.includes(secret) && text.length <= charsMax));
      },
    ),
  );
});

function checkBounds({ detail, platformCode, subCode, requestId, retryAfterMs }: Evidence): void {
  for (const text of [detail, platformCode, subCode, requestId]) {
    if (text === null) continue;
    assert.ok(text.length > 0 && text.length <= 500);
    assert.equal(Buffer.from(text).toString(), text, "holds half a surrogate pair");
  }
  if (retryAfterMs === null) return;
  assert.ok(Number.isInteger(retryAfterMs) && retryAfterMs >= 0 && retryAfterMs <= day);
}

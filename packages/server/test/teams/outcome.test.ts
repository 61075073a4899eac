import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../src/domain/outcome.ts";
import { retryableStatuses } from "../../src/teams/facts.ts";
import { type OperationName, operations } from "../../src/teams/operations.ts";
import {
  fromFailure,
  fromTokenFailure,
  fromUntrustedHost,
  type ReadAnswer,
  readOutcome,
} from "../../src/teams/outcome.ts";
import type { AnswerHeaders } from "../../src/teams/transport.ts";
import { failed } from "./scripted-transport.ts";

const now = Date.UTC(2026, 10, 24, 12);

interface Given {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: AnswerHeaders;
  readonly operation?: OperationName;
}

function read({ status, body = "", headers = {}, operation = "send" }: Given): ReadAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readOutcome({ operation, status, headers, body: text, latencyMs: 12, now });
}

const coded = (code: string, message = "words") => ({ error: { code, message } });
const names = Object.keys(operations) as OperationName[]; // the keys are exactly the names
const transient = (reason: string, retryAfterMs: number | null = null) => ({
  kind: "transient",
  reason,
  retryAfterMs,
});
const blockedThread = {
  errorCode: 209,
  message:
    '{\r\n  "subCode": "MessageWritesBlocked",\r\n  "details": "Thread is blocked from message writes.",\r\n  "errorCode": null,\r\n  "errorSubCode": null\r\n}',
};

test("every row of the documented status table has its outcome for a send", () => {
  const rows: readonly [Given, object][] = [
    [
      { status: 400, body: coded("Bad Argument") },
      { kind: "rejected", reason: "bad-request" },
    ],
    [
      { status: 400, body: coded("BadSyntax") },
      { kind: "rejected", reason: "bad-request" },
    ],
    [
      { status: 400, body: coded("MissingProperty") },
      { kind: "rejected", reason: "bad-request" },
    ],
    [
      { status: 401, body: coded("BotNotRegistered") },
      { kind: "unauthorized", reason: "bot-unknown" },
    ],
    [
      { status: 401, body: coded("AuthorizationError") },
      { kind: "unauthorized", reason: "token-refused" },
    ],
    [{ status: 401 }, { kind: "unauthorized", reason: "token-refused" }],
    [
      { status: 403, body: coded("BotDisabledByAdmin") },
      { kind: "unreachable", reason: "disabled-by-admin" },
    ],
    [
      { status: 403, body: coded("BotNotInConversationRoster") },
      { kind: "unreachable", reason: "not-in-roster" },
    ],
    [
      { status: 404, body: coded("BotNotInConversationRoster") },
      { kind: "unreachable", reason: "not-in-roster" },
    ],
    [
      { status: 403, body: coded("ConversationBlockedByUser") },
      { kind: "unreachable", reason: "blocked-by-user" },
    ],
    [
      { status: 403, body: coded("MessageWritesBlocked") },
      { kind: "unreachable", reason: "blocked-by-user" },
    ],
    [
      { status: 403, body: blockedThread },
      { kind: "unreachable", reason: "blocked-by-user" },
    ],
    [
      { status: 403, body: { errorCode: 209, message: "not JSON" } },
      { kind: "unreachable", reason: "blocked-by-user" },
    ],
    [
      {
        status: 403,
        body: coded("ForbiddenOperationException", "Bot is not installed in user's personal scope"),
      },
      { kind: "unreachable", reason: "app-not-installed" },
    ],
    [
      { status: 403, body: coded("InvalidBotApiHost") },
      { kind: "unreachable", reason: "wrong-host" },
    ],
    [
      { status: 403, body: coded("NotEnoughPermissions") },
      { kind: "rejected", reason: "not-permitted" },
    ],
    [
      { status: 403, body: coded("SomethingNew") },
      { kind: "rejected", reason: "not-permitted" },
    ],
    [{ status: 403 }, { kind: "rejected", reason: "not-permitted" }],
    [
      {
        status: 403,
        body: coded(
          "ForbiddenOperationException",
          "Caller isn't enabled for requesting the 19:x channel of Shared channel type",
        ),
      },
      { kind: "rejected", reason: "not-permitted" },
    ],
    [
      { status: 404, body: coded("ConversationNotFound") },
      { kind: "unreachable", reason: "conversation-gone" },
    ],
    [
      { status: 404, body: coded("ActivityNotFoundInConversation", "Conversation not found.") },
      { kind: "unreachable", reason: "activity-gone" },
    ],
    [
      { status: 404, body: coded("SomethingNew") },
      { kind: "unreachable", reason: "conversation-gone" },
    ],
    [{ status: 404 }, { kind: "unreachable", reason: "conversation-gone" }],
    [{ status: 409 }, transient("precondition")],
    [{ status: 412, body: coded("PreconditionFailed") }, transient("precondition")],
    [
      { status: 413, body: coded("MessageSizeTooBig") },
      { kind: "rejected", reason: "too-big" },
    ],
    [
      { status: 413, body: coded("RequestEntityTooLarge") },
      { kind: "rejected", reason: "too-big" },
    ],
    [
      { status: 429, body: coded("Throttled") },
      { kind: "throttled", retryAfterMs: null, scope: "unknown" },
    ],
    [
      { status: 429, headers: { "retry-after": "2" } },
      { kind: "throttled", retryAfterMs: 2000, scope: "unknown" },
    ],
    [
      { status: 500, body: coded("ServiceError") },
      { kind: "uncertain", reason: "server-error" },
    ],
    [
      { status: 502, body: coded("ServiceError") },
      { kind: "uncertain", reason: "server-error" },
    ],
    [{ status: 503 }, transient("unavailable")],
    [{ status: 503, headers: { "retry-after": "7" } }, transient("unavailable", 7000)],
    [{ status: 504 }, { kind: "uncertain", reason: "server-error" }],
    [{ status: 599 }, { kind: "uncertain", reason: "server-error" }],
    [{ status: 501 }, { kind: "rejected", reason: "unlisted-status" }],
    [{ status: 302 }, { kind: "rejected", reason: "unlisted-status" }],
    [{ status: 405 }, { kind: "rejected", reason: "unlisted-status" }],
    [{ status: 408 }, { kind: "rejected", reason: "unlisted-status" }],
    [{ status: 418 }, { kind: "rejected", reason: "unlisted-status" }],
  ];
  for (const [given, outcome] of rows) {
    assert.deepEqual(read(given).outcome, outcome, JSON.stringify(given));
  }
});

test("codes are told apart without regard to case, and also where an inner error carries them", () => {
  const inner = (body: unknown) => ({
    error: { code: "ServiceError", message: "x", innerHttpError: { statusCode: 403, body } },
  });
  const blocked: Outcome = { kind: "unreachable", reason: "blocked-by-user" };
  const bodies = [
    coded("conversationblockedbyuser"),
    { code: "ConversationBlockedByUser", message: "x" },
    inner(coded("ConversationBlockedByUser")),
    inner({ code: "ConversationBlockedByUser" }),
    inner(JSON.stringify(coded("ConversationBlockedByUser"))),
    { error: { code: "Forbidden", message: '{"subCode":"MessageWritesBlocked"}' } },
    { errorCode: "209", message: "x" },
  ];
  for (const body of bodies) {
    assert.deepEqual(read({ status: 403, body }).outcome, blocked, JSON.stringify(body));
  }
});

test("an answer that may have taken effect is uncertain where people see the effect, and transient elsewhere", () => {
  for (const operation of names) {
    const { visible } = operations[operation];
    for (const status of [500, 502, 504, 520]) {
      const { outcome } = read({ status, operation });
      assert.deepEqual(
        outcome,
        visible ? { kind: "uncertain", reason: "server-error" } : transient("server-error"),
      );
    }
  }
  const seen = names.filter((name) => operations[name].visible);
  assert.deepEqual(seen, ["create-thread", "send", "update", "delete"]);
});

test("every status of the documented retry list may be tried again in some form", () => {
  for (const status of retryableStatuses) {
    assert.ok(["transient", "throttled", "uncertain"].includes(read({ status }).outcome.kind));
  }
});

test("an accepted send has its id, and one that Teams split has none", () => {
  for (const status of [200, 201, 202, 204]) {
    assert.deepEqual(read({ status, body: { id: "1776390257332" } }).answer, {
      id: "1776390257332",
    });
    assert.deepEqual(read({ status, body: {} }).answer, {});
    assert.deepEqual(read({ status, body: "" }).answer, {});
    assert.deepEqual(read({ status, body: " \r\n" }).answer, {});
    assert.equal(read({ status }).outcome.kind, "accepted");
  }
});

test("a 2xx answer that is not the connector's is uncertain for a send, and not accepted for anything", () => {
  for (const body of ["<html>welcome</html>", '{"id":"17763902', "ok", '"1776"', "[]", "17"]) {
    const sent = read({ status: 201, body });
    assert.deepEqual(sent.outcome, { kind: "uncertain", reason: "unreadable-answer" }, body);
    assert.equal(sent.answer, null);
    for (const operation of names.filter((name) => !operations[name].visible)) {
      assert.deepEqual(read({ status: 200, body, operation }).outcome, transient("server-error"));
    }
  }
});

test("an answer without what its operation needs is not accepted", () => {
  const missing: readonly [OperationName, unknown, string][] = [
    ["create-personal", {}, "transient"],
    ["create-personal", "", "transient"],
    ["create-personal", { id: "" }, "transient"],
    ["create-thread", { activityId: "1" }, "uncertain"],
    ["create-thread", "", "uncertain"],
    ["get-members-page", { members: {} }, "transient"],
    ["get-members-page", "", "transient"],
    ["get-member", { name: "Ada" }, "transient"],
    ["get-team", "", "transient"],
    ["get-channels", {}, "transient"],
  ];
  for (const [operation, body, kind] of missing) {
    assert.equal(read({ status: 200, body, operation }).outcome.kind, kind, operation);
  }
  assert.equal(read({ status: 200, operation: "delete" }).outcome.kind, "accepted");
  assert.equal(read({ status: 200, operation: "update" }).outcome.kind, "accepted");
  assert.equal(
    read({ status: 201, operation: "create-thread", body: { id: "19:x" } }).outcome.kind,
    "accepted",
  );
});

test("a missing member, or a web page with 404, says nothing about the conversation", () => {
  const gone: Outcome = { kind: "unreachable", reason: "conversation-gone" };
  const unlisted: Outcome = { kind: "rejected", reason: "unlisted-status" };
  const member = coded("MemberNotFoundInConversation");
  assert.deepEqual(read({ status: 404, operation: "get-member", body: member }).outcome, unlisted);
  assert.deepEqual(read({ status: 404, operation: "get-member" }).outcome, unlisted);
  const conversation = coded("ConversationNotFound");
  assert.deepEqual(
    read({ status: 404, operation: "get-member", body: conversation }).outcome,
    gone,
  );
  assert.deepEqual(
    read({ status: 404, body: "<!DOCTYPE html><title>404</title>" }).outcome,
    unlisted,
  );
  assert.deepEqual(read({ status: 404, body: "not here" }).outcome, gone);
});

test("the evidence keeps code, sub-code, words, request id and wait", () => {
  const headers = { "ms-cv": "abc/def.1", "retry-after": "3" };
  assert.deepEqual(read({ status: 403, body: blockedThread, headers }).evidence, {
    status: 403,
    platformCode: "209",
    subCode: "MessageWritesBlocked",
    detail: "Thread is blocked from message writes.",
    requestId: "abc/def.1",
    retryAfterMs: 3000,
    latencyMs: 12,
  });
  const accepted = read({
    status: 201,
    body: { id: "1" },
    headers: { "ms-cv": ["first", "second"] },
  });
  assert.equal(accepted.evidence.requestId, "first");
  assert.equal(accepted.evidence.detail, null);
});

test("words of any shape of body are kept, in one line of at most 500 characters", () => {
  const detail = (body: unknown) => read({ status: 400, body }).evidence.detail;
  assert.equal(detail(coded("X", "a\r\n\tb")), "a b");
  assert.equal(
    detail({ message: "Authorization has been denied." }),
    "Authorization has been denied.",
  );
  assert.equal(detail({ error: "invalid", error_description: "why" }), "why");
  assert.equal(detail("plain words"), "plain words");
  assert.equal(detail('"quoted words"'), "quoted words");
  assert.equal(detail("<html><head><title>502 Bad Gateway</title>"), "a web page: 502 Bad Gateway");
  assert.equal(detail("<html><body><h1>Sign in</h1>"), "a web page: Sign in");
  assert.equal(detail(""), null);
  assert.equal(detail(coded("X", "x".repeat(600)))?.length, 500);
  const cut = detail(`${"x".repeat(498)}\u{1f514}\u{1f514}`) ?? "";
  assert.equal(Buffer.from(cut).toString(), cut, "cut within a surrogate pair");
});

test("no token of any shape gets into the evidence", () => {
  const jwt = `eyJhbGciOiJSUzI1NiJ9.${"a".repeat(5000)}.sig-_x`;
  const bodies = [
    coded("X", `refused: Authorization: Bearer ${jwt} is bad`),
    coded("X", `bad token ${jwt}`),
    `Bearer opaque-token-1234 refused`,
    coded(jwt),
    `client_secret=s3cret&x=1`,
  ];
  for (const body of bodies) {
    const { evidence } = read({ status: 401, body, headers: { "ms-cv": jwt } });
    const text = JSON.stringify(evidence);
    assert.ok(!/eyJ|opaque-token|s3cret|aaaa/.test(text), text);
  }
});

test("a failure before the request was written is transient for every operation", () => {
  for (const operation of names) {
    for (const reason of ["timeout", "connection", "aborted"] as const) {
      const { outcome, evidence } = fromFailure(failed("not-sent", reason), operation, 5);
      assert.deepEqual(outcome, transient("no-connection"));
      assert.deepEqual([evidence.status, evidence.latencyMs], [null, 5]);
    }
  }
});

test("a failure after it is uncertain where people see the effect, and transient elsewhere", () => {
  const uncertain = {
    timeout: "timeout",
    connection: "connection-lost",
    aborted: "connection-lost",
    "too-large": "unreadable-answer",
  } as const;
  for (const operation of names) {
    for (const reason of ["timeout", "connection", "aborted", "too-large"] as const) {
      const { outcome } = fromFailure(failed("maybe-sent", reason), operation, 0);
      if (operations[operation].visible)
        assert.deepEqual(outcome, { kind: "uncertain", reason: uncertain[reason] });
      else assert.equal(outcome.kind, "transient");
    }
  }
});

test("a token that cannot be had is the bot's fault when permanent, and passes when not", () => {
  const failure = { kind: "failure", code: "AADSTS7000215", detail: "wrong secret" } as const;
  const wrong = fromTokenFailure({ ...failure, permanent: true, retryAfterMs: 30_000 }, 0);
  assert.deepEqual(wrong.outcome, { kind: "unauthorized", reason: "credentials-wrong" });
  assert.equal(wrong.evidence.platformCode, "AADSTS7000215");
  const passing = fromTokenFailure({ ...failure, permanent: false, retryAfterMs: 4000 }, 0);
  assert.deepEqual(passing.outcome, transient("token-unavailable", 4000));
});

test("an untrusted host is named in the evidence", () => {
  const { outcome, evidence } = fromUntrustedHost("https://evil.example/");
  assert.deepEqual(outcome, { kind: "unauthorized", reason: "host-not-trusted" });
  assert.match(evidence.detail ?? "", /evil\.example/);
  assert.match(fromUntrustedHost(null).evidence.detail ?? "", /no service URL/);
});

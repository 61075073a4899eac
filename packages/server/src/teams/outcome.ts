import { never } from "../domain/assert.ts";
import type { JsonObject } from "../domain/message.ts";
import { type Evidence, noAnswer, type Outcome } from "../domain/outcome.ts";
import { type ErrorBody, readErrorBody } from "./error-body.ts";
import { writesBlockedErrorCode } from "./facts.ts";
import { idOf, isObject, parseJson } from "./json.ts";
import { type OperationName, operations } from "./operations.ts";
import { excerpt } from "./redact.ts";
import { readRetryAfter } from "./retry-after.ts";
import type { TokenFailure } from "./token-source.ts";
import { type AnswerHeaders, headerOf, type TransportFailure } from "./transport.ts";

/** One answer of the connector, as it came. */
export interface RawAnswer {
  readonly operation: OperationName;
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: string;
  readonly latencyMs: number;
  /** Epoch ms, for a `Retry-After` that is a date. */
  readonly now: number;
}

/** What an answer means. `answer` is there exactly when the outcome is `accepted`; an empty body is `{}`. */
export interface ReadAnswer {
  readonly outcome: Outcome;
  readonly evidence: Evidence;
  readonly answer: JsonObject | null;
}

const detailCharsMax = 500;
const codeCharsMax = 100;
const empty: JsonObject = {};

/**
 * The only place that reads a status code of the connector: total, for every status, headers and body; never throws.
 * What may have been carried out, and is seen by people, is `uncertain`.
 */
export function readOutcome(raw: RawAnswer): ReadAnswer {
  return raw.status >= 200 && raw.status < 300 ? readSuccess(raw) : readRefusal(raw);
}

/** What a request means that got no answer. */
export function fromFailure(
  failure: TransportFailure,
  operation: OperationName,
  latencyMs: number,
): ReadAnswer {
  return {
    outcome: failureOutcome(failure, operations[operation].visible),
    evidence: noAnswer(excerpt(failure.detail, detailCharsMax), latencyMs),
    answer: null,
  };
}

/** What it means that there was no token to make the request with. */
export function fromTokenFailure(failure: TokenFailure, latencyMs: number): ReadAnswer {
  const { permanent, code, detail, retryAfterMs } = failure;
  return {
    outcome: permanent
      ? { kind: "unauthorized", reason: "credentials-wrong" }
      : { kind: "transient", reason: "token-unavailable", retryAfterMs },
    evidence: {
      ...noAnswer(excerpt(detail, detailCharsMax), latencyMs),
      platformCode: code,
      retryAfterMs,
    },
    answer: null,
  };
}

/** What a 401 means for which the token is to blame, where a fresh one is to be had: the same request may be made again. */
export function fromStaleToken({ evidence }: ReadAnswer): ReadAnswer {
  const outcome: Outcome = { kind: "transient", reason: "token-stale", retryAfterMs: null };
  return { outcome, evidence, answer: null };
}

/** What it means that the service URL is not one a token may go to: nothing was requested. */
export function fromUntrustedHost(serviceUrl: string | null): ReadAnswer {
  const detail =
    serviceUrl === null
      ? "no service URL is stored, and none is published for this cloud"
      : `no token may go to ${serviceUrl}`;
  return {
    outcome: { kind: "unauthorized", reason: "host-not-trusted" },
    evidence: noAnswer(excerpt(detail, detailCharsMax), 0),
    answer: null,
  };
}

function readSuccess(raw: RawAnswer): ReadAnswer {
  const { visible, needs } = operations[raw.operation];
  const value = raw.body.trim() === "" ? null : parseJson(raw.body);
  const readable =
    (value === null && needs === "nothing") || (isObject(value) && has(value, needs));
  if (readable) {
    return {
      outcome: { kind: "accepted" },
      evidence: evidenceOf(raw, null),
      answer: isObject(value) ? value : empty,
    };
  }
  const detail = `the ${raw.status} answer is not one of the connector's: ${raw.body}`;
  return {
    outcome: visible
      ? { kind: "uncertain", reason: "unreadable-answer" }
      : { kind: "transient", reason: "server-error", retryAfterMs: null },
    evidence: evidenceOf(raw, { code: null, subCode: null, text: detail, isPage: false }),
    answer: null,
  };
}

function has(value: JsonObject, needs: (typeof operations)[OperationName]["needs"]): boolean {
  if (needs === "nothing" || needs === "object") return true;
  const member = value[needs.member];
  return needs.member === "id" ? idOf(member) !== null : Array.isArray(member);
}

function readRefusal(raw: RawAnswer): ReadAnswer {
  const error = readErrorBody(raw.body);
  const evidence = evidenceOf(raw, error);
  return { outcome: refusalOutcome(raw, error, evidence.retryAfterMs), evidence, answer: null };
}

const badRequest: Outcome = { kind: "rejected", reason: "bad-request" };
const tooBig: Outcome = { kind: "rejected", reason: "too-big" };
const notPermitted: Outcome = { kind: "rejected", reason: "not-permitted" };
const unlisted: Outcome = { kind: "rejected", reason: "unlisted-status" };

function refusalOutcome(raw: RawAnswer, error: ErrorBody, retryAfterMs: number | null): Outcome {
  switch (raw.status) {
    case 400:
      return badRequest;
    case 401:
      return isCode(error, "botnotregistered")
        ? { kind: "unauthorized", reason: "bot-unknown" }
        : { kind: "unauthorized", reason: "token-refused" };
    case 403:
      return forbidden(error);
    case 404:
      return notFound(raw.operation, error);
    case 409:
    case 412:
      return { kind: "transient", reason: "precondition", retryAfterMs };
    case 413:
      return tooBig;
    case 429:
      return { kind: "throttled", retryAfterMs, scope: "unknown" };
    case 503:
      return { kind: "transient", reason: "unavailable", retryAfterMs };
    // The server says that it does not do this at all.
    case 501:
    case 505:
      return unlisted;
    default:
      return raw.status >= 500 && raw.status < 600
        ? serverError(raw.operation, retryAfterMs)
        : unlisted;
  }
}

function serverError(operation: OperationName, retryAfterMs: number | null): Outcome {
  return operations[operation].visible
    ? { kind: "uncertain", reason: "server-error" }
    : { kind: "transient", reason: "server-error", retryAfterMs };
}

const byCode: readonly (readonly [code: string, outcome: Outcome])[] = [
  ["botdisabledbyadmin", { kind: "unreachable", reason: "disabled-by-admin" }],
  ["botnotinconversationroster", { kind: "unreachable", reason: "not-in-roster" }],
  ["conversationblockedbyuser", { kind: "unreachable", reason: "blocked-by-user" }],
  ["messagewritesblocked", { kind: "unreachable", reason: "blocked-by-user" }],
  [String(writesBlockedErrorCode), { kind: "unreachable", reason: "blocked-by-user" }],
  ["invalidbotapihost", { kind: "unreachable", reason: "wrong-host" }],
  ["forbiddenoperationexception", { kind: "unreachable", reason: "app-not-installed" }],
];
// The app is in the team but was not added to the shared channel; its code is not documented, its text is.
const sharedChannel = /isn't enabled for requesting|shared channel type/i;

function forbidden(error: ErrorBody): Outcome {
  if (error.text !== null && sharedChannel.test(error.text)) return notPermitted;
  const row = byCode.find(([code]) => isCode(error, code));
  return row === undefined ? notPermitted : row[1];
}

/** By code, not by text: the text of a missing activity may say that the conversation was not found. */
function notFound(operation: OperationName, error: ErrorBody): Outcome {
  if (isCode(error, "activitynotfoundinconversation")) {
    return { kind: "unreachable", reason: "activity-gone" };
  }
  if (isCode(error, "botnotinconversationroster")) {
    return { kind: "unreachable", reason: "not-in-roster" };
  }
  if (isCode(error, "conversationnotfound")) {
    return { kind: "unreachable", reason: "conversation-gone" };
  }
  // A web page is no word of the connector's about a conversation: the service URL or something on the way is wrong.
  if (error.isPage || isCode(error, "membernotfoundinconversation")) return unlisted;
  return operations[operation].goneOn404
    ? { kind: "unreachable", reason: "conversation-gone" }
    : unlisted;
}

function isCode(error: ErrorBody, code: string): boolean {
  return error.code?.toLowerCase() === code || error.subCode?.toLowerCase() === code;
}

function failureOutcome({ phase, reason }: TransportFailure, visible: boolean): Outcome {
  if (phase === "not-sent") {
    return { kind: "transient", reason: "no-connection", retryAfterMs: null };
  }
  switch (reason) {
    case "timeout":
      return visible
        ? { kind: "uncertain", reason: "timeout" }
        : { kind: "transient", reason: "unavailable", retryAfterMs: null };
    case "too-large":
      return visible
        ? { kind: "uncertain", reason: "unreadable-answer" }
        : { kind: "transient", reason: "server-error", retryAfterMs: null };
    case "connection":
    case "aborted":
      return visible
        ? { kind: "uncertain", reason: "connection-lost" }
        : { kind: "transient", reason: "no-connection", retryAfterMs: null };
    default:
      return never(reason, "transport failure");
  }
}

function evidenceOf(raw: RawAnswer, error: ErrorBody | null): Evidence {
  const { status, headers, latencyMs, now } = raw;
  const requestId = headerOf(headers, "ms-cv");
  return {
    status,
    platformCode: cut(error?.code),
    subCode: cut(error?.subCode),
    detail: error?.text ? excerpt(error.text, detailCharsMax) : null,
    requestId: cut(requestId),
    retryAfterMs: readRetryAfter(headerOf(headers, "retry-after"), {
      date: headerOf(headers, "date"),
      now,
    }),
    latencyMs,
  };
}

function cut(text: string | null | undefined): string | null {
  return text ? excerpt(text, codeCharsMax) : null;
}

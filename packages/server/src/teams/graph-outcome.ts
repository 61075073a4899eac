import type { GraphOutcome, GraphScope } from "../domain/graph-outcome.ts";
import type { JsonObject } from "../domain/message.ts";
import { type Evidence, noAnswer } from "../domain/outcome.ts";
import type { GraphUsage } from "../engine/ports/graph.ts";
import { readErrorBody } from "./error-body.ts";
import { graphScopes } from "./facts.ts";
import { idOf, isObject, parseJson } from "./json.ts";
import { excerpt } from "./redact.ts";
import { readRetryAfter } from "./retry-after.ts";
import type { TokenFailure } from "./token-source.ts";
import { type AnswerHeaders, headerOf, type TransportFailure } from "./transport.ts";

/** One answer of Graph to a request for one object, as it came. */
export interface RawGraphAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: string;
  readonly latencyMs: number;
  /** Epoch ms, for a `Retry-After` that is a date. */
  readonly now: number;
}

/** What an answer means. `object` is there exactly when the outcome is `answered`, and has an id. */
export interface ReadGraphAnswer {
  readonly outcome: GraphOutcome;
  readonly evidence: Evidence;
  readonly usage: GraphUsage;
  readonly object: JsonObject | null;
}

const detailCharsMax = 500;
const codeCharsMax = 100;
const nothingTold: GraphUsage = { units: null, load: null };

/** The only place that reads a status code of Graph: total, for every status, headers and body; never throws. */
export function readGraphOutcome(raw: RawGraphAnswer): ReadGraphAnswer {
  const usage = usageOf(raw.headers);
  const object = raw.status >= 200 && raw.status < 300 ? objectIn(raw.body) : null;
  if (object !== null)
    return { outcome: { kind: "answered" }, evidence: evidenceOf(raw, null), usage, object };
  const error = readErrorBody(raw.body);
  const evidence = evidenceOf(raw, error);
  const outcome = refusalOutcome(raw, error.isPage, evidence.retryAfterMs);
  return { outcome, evidence, usage, object: null };
}

/** What a request means that got no answer. What we ask changes nothing there, so it may be made again. */
export function fromGraphFailure(failure: TransportFailure, latencyMs: number): ReadGraphAnswer {
  const isThere = failure.reason === "timeout" || failure.reason === "too-large";
  return unanswered(
    {
      kind: "transient",
      reason: isThere && failure.phase === "maybe-sent" ? "unavailable" : "no-connection",
      retryAfterMs: null,
    },
    noAnswer(excerpt(failure.detail, detailCharsMax), latencyMs),
  );
}

/** What it means that there was no token for the tenant. */
export function fromGraphTokenFailure({
  permanent,
  code,
  detail,
  retryAfterMs,
}: TokenFailure): ReadGraphAnswer {
  return unanswered(
    permanent
      ? { kind: "refused", reason: "credentials-wrong" }
      : { kind: "transient", reason: "token-unavailable", retryAfterMs },
    { ...noAnswer(excerpt(detail, detailCharsMax), 0), platformCode: code, retryAfterMs },
  );
}

/** What a 401 means where a fresh token is to be had: the same request may be made again. */
export function fromStaleGraphToken({ evidence, usage }: ReadGraphAnswer): ReadGraphAnswer {
  const outcome = { kind: "transient", reason: "token-stale", retryAfterMs: null } as const;
  return { outcome, evidence, usage, object: null };
}

function refusalOutcome(
  { status, headers }: RawGraphAnswer,
  isPage: boolean,
  retryAfterMs: number | null,
): GraphOutcome {
  switch (status) {
    case 401:
      return { kind: "refused", reason: "token-refused" };
    case 403:
      return { kind: "refused", reason: "not-consented" };
    case 404:
      // A web page is no word of Graph's about a user: something on the way spoke, or the address is wrong.
      return isPage
        ? { kind: "transient", reason: "unavailable", retryAfterMs }
        : { kind: "absent" };
    case 429:
      return { kind: "throttled", retryAfterMs, scope: scopeOf(headers) };
    default:
      // A 2xx that is none of Graph's, or an error of its own.
      return (status >= 200 && status < 300) || status >= 500
        ? { kind: "transient", reason: "unavailable", retryAfterMs }
        : { kind: "rejected" };
  }
}

function scopeOf(headers: AnswerHeaders): GraphScope {
  const named = headerOf(headers, "x-ms-throttle-scope")?.split("/")[0]?.trim().toLowerCase();
  return graphScopes.find(([name]) => name === named)?.[1] ?? "application-in-tenant";
}

function usageOf(headers: AnswerHeaders): GraphUsage {
  const units = numberIn(headerOf(headers, "x-ms-resource-unit"));
  const load = numberIn(headerOf(headers, "x-ms-throttle-limit-percentage"));
  return units === null && load === null ? nothingTold : { units, load };
}

/** A number from 0 to a million, which no cost exceeds; null for anything else. */
function numberIn(text: string | null): number | null {
  if (text === null || !/^\d{1,6}(?:\.\d{1,6})?$/.test(text.trim())) return null;
  return Number(text);
}

function objectIn(body: string): JsonObject | null {
  const value = parseJson(body);
  return isObject(value) && idOf(value.id) !== null ? value : null;
}

function unanswered(outcome: GraphOutcome, evidence: Evidence): ReadGraphAnswer {
  return { outcome, evidence, usage: nothingTold, object: null };
}

function evidenceOf(
  { status, headers, latencyMs, now }: RawGraphAnswer,
  error: ReturnType<typeof readErrorBody> | null,
): Evidence {
  return {
    status,
    platformCode: cut(error?.code),
    subCode: cut(error?.subCode),
    detail: error?.text ? excerpt(error.text, detailCharsMax) : null,
    requestId: cut(headerOf(headers, "request-id")),
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

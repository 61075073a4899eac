import { readErrorBody } from "./error-body.ts";
import { permanentOAuthErrors, permanentTokenErrors } from "./facts.ts";
import { isObject, parseJson } from "./json.ts";
import { segment } from "./paths.ts";
import { excerpt } from "./redact.ts";
import { readRetryAfter } from "./retry-after.ts";
import type { Token, TokenFailure } from "./token-source.ts";
import { headerOf, type TransportResult } from "./transport.ts";

type HttpAnswer = Extract<TransportResult, { kind: "answer" }>;

interface Asked {
  /** When the request was made: the lifetime counts from there. */
  readonly acquiredAt: number;
  readonly secret: string;
}

const detailCharsMax = 300;
const tokenForm = /^[\x21-\x7e]{1,16384}$/;
const lifetimeSecondsMax = 7 * 24 * 60 * 60;

/** What the login host's answer means. Total; the secret is in none of what it answers. */
export function readTokenAnswer(result: TransportResult, asked: Asked): Token | TokenFailure {
  if (result.kind === "failed") {
    return failure(
      { permanent: false, detail: `the login host gave no answer: ${result.detail}` },
      asked,
    );
  }
  if (result.status !== 200) return readTokenRefusal(result, asked);
  const value = parseJson(result.body);
  const token = isObject(value) ? value.access_token : undefined;
  const seconds = isObject(value) ? Number(value.expires_in) : Number.NaN;
  if (typeof token !== "string" || !tokenForm.test(token) || !(seconds > 0)) {
    return failure(
      { permanent: false, detail: "the login host's answer holds no usable token" },
      asked,
    );
  }
  return {
    kind: "token",
    authorization: `Bearer ${token}`,
    acquiredAt: asked.acquiredAt,
    expiresAt: asked.acquiredAt + Math.min(seconds, lifetimeSecondsMax) * 1000,
  };
}

function readTokenRefusal({ status, headers, body }: HttpAnswer, asked: Asked): TokenFailure {
  const { code, text } = readErrorBody(body);
  const aadsts = /\bAADSTS\d{4,9}\b/.exec(text ?? "")?.[0] ?? null;
  const refusesRequest = status === 400 || status === 401;
  const permanent =
    (aadsts !== null && permanentTokenErrors.includes(aadsts)) ||
    (refusesRequest && code !== null && permanentOAuthErrors.includes(code));
  return failure(
    {
      permanent,
      code: aadsts ?? code,
      detail: `the login host answered ${status}${text === null ? "" : `: ${text}`}`,
      retryAfterMs: readRetryAfter(headerOf(headers, "retry-after"), {
        date: headerOf(headers, "date"),
        now: asked.acquiredAt,
      }),
    },
    asked,
  );
}

function failure(
  {
    permanent,
    code = null,
    detail,
    retryAfterMs = null,
  }: Pick<TokenFailure, "permanent" | "detail"> & Partial<TokenFailure>,
  { secret }: Asked,
): TokenFailure {
  // The secret also as it is spelt in the form that was posted.
  const secrets = [secret, segment(secret), new URLSearchParams({ s: secret }).toString().slice(2)];
  return {
    kind: "failure",
    permanent,
    code: code === null ? null : excerpt(code, 100, secrets),
    detail: excerpt(detail, detailCharsMax, secrets) ?? "no reason given",
    retryAfterMs,
  };
}

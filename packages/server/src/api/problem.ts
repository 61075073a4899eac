import { HTTPException } from "hono/http-exception";
import type { ErrorCode } from "../domain/error-codes.ts";
import { errorCodes } from "../domain/error-codes.ts";
import { ProblemError, StoreError } from "../domain/errors.ts";
import { problemType, statusOf } from "./contract/problem.ts";

/** An error as it is answered. */
export interface AnsweredError {
  readonly response: Response;
  readonly code: ErrorCode;
  /** True for what we did not expect: the log has to tell of it. */
  readonly unforeseen: boolean;
}

/**
 * Any error as an RFC 9457 answer. `ProblemError`s say what they say; a `StoreError` is SERVICE_UNAVAILABLE with the store's
 * code as `cause`; everything else is INTERNAL, and says nothing of itself to the caller.
 */
export function answerError(error: unknown, requestId: string): AnsweredError {
  const { code, detail, extra, headers } = told(error);
  const { what, next } = errorCodes[code];
  const status = statusOf(code);
  const document = {
    type: problemType(code),
    title: what,
    status,
    code,
    detail: detail ?? `${what} ${next}`,
    next,
    requestId,
    ...extra,
  };
  return {
    code,
    unforeseen: code === "INTERNAL",
    response: new Response(JSON.stringify(document), {
      status,
      headers: { "content-type": "application/problem+json", ...headers },
    }),
  };
}

interface Told {
  readonly code: ErrorCode;
  readonly detail?: string;
  readonly extra?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

function told(error: unknown): Told {
  if (error instanceof ProblemError)
    return {
      code: error.code,
      detail: error.message,
      extra: error.extra,
      headers: headersOf(error.code, error.extra),
    };
  if (error instanceof StoreError)
    return {
      code: "SERVICE_UNAVAILABLE",
      // Without the store's own words, which may name paths.
      detail: `${errorCodes[error.code].what} ${errorCodes[error.code].next}`,
      extra: { cause: error.code },
      headers: headersOf("SERVICE_UNAVAILABLE", {}),
    };
  if (error instanceof HTTPException && error.status === 415)
    return { code: "REQUEST_CONTENT_TYPE_WRONG" };
  if (error instanceof HTTPException && error.status === 400)
    return {
      code: "REQUEST_JSON_MALFORMED",
      detail: "The body is empty. This route needs a JSON object.",
    };
  return { code: "INTERNAL" };
}

const retryAfterSeconds = 5;

function headersOf(
  code: ErrorCode,
  extra: { readonly allow?: unknown },
): Readonly<Record<string, string>> {
  switch (code) {
    case "API_KEY_MISSING":
      return { "www-authenticate": 'Bearer realm="carillon"' };
    case "API_KEY_WRONG":
      return { "www-authenticate": 'Bearer realm="carillon", error="invalid_token"' };
    case "ROUTE_METHOD_WRONG":
      return Array.isArray(extra.allow) ? { allow: extra.allow.join(", ") } : {};
    case "SERVICE_UNAVAILABLE":
      return { "retry-after": String(retryAfterSeconds) };
    default:
      return {};
  }
}

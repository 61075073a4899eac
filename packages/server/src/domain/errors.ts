import { type ErrorCode, errorCodes } from "./error-codes.ts";
import type { JsonObject } from "./message.ts";

interface ErrorDetail {
  /** What happened, with the value concerned and what to do next. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/** Bad configuration: the process says so and ends with exit code 78. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code: ErrorCode;
  constructor(code: ErrorCode, { detail, cause }: ErrorDetail) {
    super(detail ?? sentence(code), cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** A request that we refuse at our own border; becomes an RFC 9457 problem document. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly code: ErrorCode;
  readonly status: number;
  /** Further members of the problem document, such as `errors` or `state`. */
  readonly extra: JsonObject;
  constructor(
    code: ErrorCode,
    { detail, cause, extra }: ErrorDetail & { readonly extra?: JsonObject } = {},
  ) {
    super(detail ?? sentence(code), cause === undefined ? undefined : { cause });
    this.code = code;
    const row: { readonly what: string; readonly status?: number } = errorCodes[code];
    this.status = row.status ?? 500;
    this.extra = extra ?? {};
  }
}

/**
 * The store could not do what was asked. `code` is one of the `STORE_…` codes.
 * Nothing of the failed call was kept; the same call may be made again.
 */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: ErrorCode;
  constructor(code: ErrorCode, { detail, cause }: ErrorDetail) {
    super(detail ?? sentence(code), cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

function sentence(code: ErrorCode): string {
  return `${errorCodes[code].what} ${errorCodes[code].next}`;
}

import type { ErrorCode } from "../domain/error-codes.ts";
import type { Log } from "../domain/log.ts";

/** The request that something went wrong in. */
export interface FailedRequest {
  readonly requestId: string;
  readonly method: string;
  /** The route's pattern, not the path: ids of people may be in that. */
  readonly route: string;
  readonly code: ErrorCode;
}

/** Logs `api.failed` with what is needed to find the cause, and nothing of the request's content. */
export function logFailure(log: Log, request: FailedRequest, error: unknown): void {
  const isError = error instanceof Error;
  log.error("api.failed", {
    ...request,
    error: isError ? `${error.name}: ${error.message}` : String(error),
    at: isError ? error.stack?.split("\n")[1]?.trim() : undefined,
  });
}

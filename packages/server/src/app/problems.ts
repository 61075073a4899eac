import { type ErrorCode, errorCodes } from "../domain/error-codes.ts";
import { ConfigError, ProblemError, StoreError } from "../domain/errors.ts";

/** Exit codes of every command. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, tryAgain: 75, configuration: 78 } as const;

/** An error as the end of a process tells it. */
export interface Explained {
  readonly code: ErrorCode;
  readonly exitCode: number;
  /** What happened, with the value concerned. */
  readonly what: string;
  /** What to do about it; null where `what` says so already. */
  readonly next: string | null;
}

/** Puts any error into words, a stable code, and the exit code that belongs to it. */
export function explain(error: unknown): Explained {
  if (error instanceof ConfigError || error instanceof StoreError || error instanceof ProblemError)
    return {
      code: error.code,
      exitCode: exitCodeOf(error.code, error instanceof ConfigError),
      what: error.message,
      // A config error's own words end with what to do; the general sentence would only repeat it.
      next:
        error instanceof ConfigError || error.message.endsWith(errorCodes[error.code].next)
          ? null
          : errorCodes[error.code].next,
    };
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    code: "INTERNAL",
    exitCode: exitCodes.failed,
    what,
    next: "Report it, with what you did before it.",
  };
}

/** An error of our own with this code and these words. */
export function problem(code: ErrorCode, detail: string): ProblemError {
  return new ProblemError(code, { detail });
}

/** The two sentences of an error code. */
export function sentences(code: ErrorCode): { readonly what: string; readonly next: string } {
  return errorCodes[code];
}

/** Whether the text is one of this version's codes; a newer service may have others. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}

/** The exit code for an error that a service answered with. */
export function exitCodeFor(code: string): number {
  return isErrorCode(code) ? exitCodeOf(code, false) : exitCodes.failed;
}

function exitCodeOf(code: ErrorCode, isConfig: boolean): number {
  if (tryAgain.has(code)) return exitCodes.tryAgain;
  return isConfig || configuration.has(code) ? exitCodes.configuration : exitCodes.failed;
}

// The same command may work in a moment.
const tryAgain: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "SERVICE_UNREACHABLE",
  "SERVICE_UNAVAILABLE",
  "EMULATOR_UNREACHABLE",
  "PORT_TAKEN",
  "STORE_LOCKED",
  "STORE_IN_USE",
  "STORE_FULL",
  "STORE_UNREACHABLE",
  "STORE_BUSY",
]);
// Another place or another version has to be named.
const configuration: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "STORE_NEWER",
  "STORE_READ_ONLY",
  "STORE_REFUSED",
]);

import { type ErrorCode, errorCodes } from "../../domain/error-codes.ts";
import { ConfigError, ProblemError, StoreError } from "../../domain/errors.ts";

/**
 * Answers the error that leaves the store for one that was thrown inside it. Errors of ours, and broken invariants, stay what
 * they are; everything that the server, the network or `pg` says becomes a `StoreError` with the cause.
 */
export function storeErrorOf(error: unknown): Error {
  if (error instanceof StoreError || error instanceof ProblemError || error instanceof ConfigError)
    return error;
  const code = codeOf(error);
  if (code === null) return error instanceof Error ? error : new Error(String(error));
  const { what, next } = errorCodes[code];
  return new StoreError(code, { detail: `${what} ${next} (${textOf(error)})`, cause: error });
}

/** The same for what was thrown on the way to a connection: whatever is not known concerns that way, such as TLS or a missing password. */
export function connectErrorOf(error: unknown): StoreError {
  const known = storeErrorOf(error);
  if (known instanceof StoreError) return known;
  const { what, next } = errorCodes.STORE_REFUSED;
  return new StoreError("STORE_REFUSED", {
    detail: `${what} ${next} (${known.message})`,
    cause: error,
  });
}

/** Whether the connection is gone, so that what was not committed on it is not kept. */
export function isLostConnection(error: unknown): boolean {
  return codeOf(error) === "STORE_UNREACHABLE";
}

/** Whether the transaction only lost against another one at the same time, and may be made again at once. */
export function isLostRace(error: unknown): boolean {
  return lostRaces.has(sqlState(error) ?? "");
}

/** Whether a statement was only refused because an earlier one of its transaction had failed. */
export function isOfAnEarlierFailure(error: unknown): boolean {
  return sqlState(error) === "25P02"; // in_failed_sql_transaction
}

/** Whether one statement was wrong, so that others of the same transaction would have been carried out. */
export function isOfTheStatement(error: unknown): boolean {
  const state = sqlState(error);
  return state !== null && codeOf(error) === "STORE_FAILED" && !/^(?:53|57|58|XX)/.test(state);
}

/** Whether a connection must not be used again after this: it is broken, or leads to a server that has changed its part. */
export function isOfTheConnection(error: unknown): boolean {
  const code = codeOf(error);
  return code === "STORE_UNREACHABLE" || code === "STORE_READ_ONLY" || isTimeout(error);
}

function codeOf(error: unknown): ErrorCode | null {
  const state = sqlState(error);
  if (state !== null) {
    // A standby says this where it is asked for a transaction's number.
    if (state === "XX000" && /during recovery/.test(textOf(error))) return "STORE_READ_ONLY";
    return sqlStates[state] ?? sqlClasses[state.slice(0, 2)] ?? "STORE_FAILED";
  }
  if (isTimeout(error)) return "STORE_BUSY";
  const system = memberOf(error, "code");
  if (typeof system === "string" && systemCodes.has(system)) return "STORE_UNREACHABLE";
  return lostWords.test(textOf(error)) ? "STORE_UNREACHABLE" : null;
}

/** The five characters of the SQL standard. */
function sqlState(error: unknown): string | null {
  const code = memberOf(error, "code");
  const isOfServer = typeof memberOf(error, "severity") === "string";
  return isOfServer && typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** `pg` gave up waiting: for one of our own connections, or for an answer. */
function isTimeout(error: unknown): boolean {
  return /^(?:timeout exceeded when trying to connect|Query read timeout)/.test(textOf(error));
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function memberOf(error: unknown, name: string): unknown {
  return error instanceof Error ? Reflect.get(error, name) : undefined;
}

// serialization_failure, deadlock_detected
const lostRaces: ReadonlySet<string> = new Set(["40001", "40P01"]);

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const sqlStates: Readonly<Record<string, ErrorCode>> = {
  "25006": "STORE_READ_ONLY", // read_only_sql_transaction
  "25P03": "STORE_UNREACHABLE", // idle_in_transaction_session_timeout: the server has ended the connection
  "42501": "STORE_READ_ONLY", // insufficient_privilege
  "28000": "STORE_REFUSED", // invalid_authorization_specification
  "28P01": "STORE_REFUSED", // invalid_password
  "3D000": "STORE_REFUSED", // invalid_catalog_name: there is no such database
  "3F000": "STORE_REFUSED", // invalid_schema_name: the search path names none that exists
  "40001": "STORE_BUSY", // serialization_failure
  "40P01": "STORE_BUSY", // deadlock_detected
  "53100": "STORE_FULL", // disk_full
  "53300": "STORE_BUSY", // too_many_connections
  "55P03": "STORE_BUSY", // lock_not_available
  "57014": "STORE_BUSY", // query_canceled, by statement_timeout
  "57P01": "STORE_UNREACHABLE", // admin_shutdown
  "57P02": "STORE_UNREACHABLE", // crash_shutdown
  "57P03": "STORE_UNREACHABLE", // cannot_connect_now
  "57P04": "STORE_REFUSED", // database_dropped
  "57P05": "STORE_UNREACHABLE", // idle_session_timeout
  XX001: "STORE_CORRUPT", // data_corrupted
  XX002: "STORE_CORRUPT", // index_corrupted
};

const sqlClasses: Readonly<Record<string, ErrorCode>> = {
  "08": "STORE_UNREACHABLE", // connection exceptions
};

const systemCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT", // no socket where the URL says
  "EADDRNOTAVAIL",
]);

// `pg` has no codes for these.
const lostWords =
  /^(?:Connection terminated|Client has encountered a connection error|Client was closed|timeout expired)/;

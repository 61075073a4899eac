import type { ErrorCode } from "../../domain/error-codes.ts";
import { errorCodes } from "../../domain/error-codes.ts";
import { ConfigError, ProblemError, StoreError } from "../../domain/errors.ts";

/**
 * Answers the error that leaves the store for one that was thrown inside it. Errors of ours, and broken invariants, stay
 * what they are; everything that SQLite or the file system says becomes a `StoreError` with the cause.
 */
export function storeErrorOf(error: unknown): Error {
  if (error instanceof StoreError || error instanceof ProblemError || error instanceof ConfigError)
    return error;
  const code = codeOf(error);
  if (code === null) return error instanceof Error ? error : new Error(String(error));
  const text = error instanceof Error ? error.message : String(error);
  const { what, next } = errorCodes[code];
  return new StoreError(code, { detail: `${what} ${next} (${text})`, cause: error });
}

/** Whether the error concerns the file or the disk, so that no other write of the same transaction can be trusted. */
export function isOfTheFile(error: unknown): boolean {
  const code = codeOf(error);
  return code !== null && !(code === "STORE_FAILED" && isOfTheStatement(error));
}

/** Whether another process is in its turn, so that the same may work in a moment. */
export function isOfALock(error: unknown): boolean {
  return codeOf(error) === "STORE_LOCKED";
}

function codeOf(error: unknown): ErrorCode | null {
  const primary = sqliteCode(error);
  if (primary !== null) return sqliteCodes[primary] ?? "STORE_FAILED";
  const system = systemCode(error);
  return system === null ? null : (systemCodes[system] ?? null);
}

/** SQLite's primary result code: the lower byte of the extended one. */
function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error)) return null;
  return typeof error.errcode === "number" ? error.errcode & 0xff : null;
}

function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

// SQLITE_ERROR, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_RANGE, SQLITE_TOOBIG: one statement was wrong, the file is fine.
function isOfTheStatement(error: unknown): boolean {
  return [1, 18, 19, 20, 25].includes(sqliteCode(error) ?? 0);
}

// https://www.sqlite.org/rescode.html
const sqliteCodes: Readonly<Record<number, ErrorCode>> = {
  5: "STORE_LOCKED", // SQLITE_BUSY
  6: "STORE_LOCKED", // SQLITE_LOCKED
  8: "STORE_READ_ONLY", // SQLITE_READONLY
  11: "STORE_CORRUPT", // SQLITE_CORRUPT
  13: "STORE_FULL", // SQLITE_FULL
  14: "STORE_READ_ONLY", // SQLITE_CANTOPEN: it may not make its files in the folder
  26: "STORE_CORRUPT", // SQLITE_NOTADB
};

const systemCodes: Readonly<Record<string, ErrorCode>> = {
  EACCES: "STORE_READ_ONLY",
  EPERM: "STORE_READ_ONLY",
  EROFS: "STORE_READ_ONLY",
  ENOSPC: "STORE_FULL",
  EDQUOT: "STORE_FULL",
  ENOTDIR: "STORE_FAILED",
  EISDIR: "STORE_FAILED",
  EEXIST: "STORE_FAILED",
  EIO: "STORE_FAILED",
  ENAMETOOLONG: "STORE_FAILED",
  ELOOP: "STORE_FAILED",
  EMFILE: "STORE_FAILED",
};

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigError, ProblemError, StoreError } from "../../src/domain/errors.ts";
import { isOfTheFile, storeErrorOf } from "../../src/store/sqlite/store-errors.ts";

function sqlite(errcode: number): Error {
  return Object.assign(new Error("as SQLite says it"), { code: "ERR_SQLITE_ERROR", errcode });
}

function system(code: string): Error {
  return Object.assign(new Error("as the system says it"), { code });
}

function codeOf(error: Error): string {
  const mapped = storeErrorOf(error);
  assert.ok(mapped instanceof StoreError);
  assert.equal(mapped.cause, error);
  assert.ok(mapped.message.includes(error.message));
  return mapped.code;
}

describe("errors of the store", () => {
  it("have a code of ours for each of SQLite's, the extended ones too", () => {
    const codes = [5, 6, 8, 10, 11, 13, 14, 19, 26, 5 | (1 << 8), 8 | (4 << 8), 10 | (3 << 8)];
    assert.deepEqual(
      codes.map((code) => codeOf(sqlite(code))),
      [
        "STORE_LOCKED",
        "STORE_LOCKED",
        "STORE_READ_ONLY",
        "STORE_FAILED",
        "STORE_CORRUPT",
        "STORE_FULL",
        "STORE_READ_ONLY",
        "STORE_FAILED",
        "STORE_CORRUPT",
        "STORE_LOCKED",
        "STORE_READ_ONLY",
        "STORE_FAILED",
      ],
    );
  });

  it("have a code of ours for what the file system refuses", () => {
    assert.deepEqual(
      ["EACCES", "EROFS", "ENOSPC", "ENOTDIR"].map((code) => codeOf(system(code))),
      ["STORE_READ_ONLY", "STORE_READ_ONLY", "STORE_FULL", "STORE_FAILED"],
    );
  });

  it("stay what they are where they are ours or a mistake of ours", () => {
    for (const error of [
      new StoreError("STORE_FULL", {}),
      new ProblemError("REQUEST_INVALID"),
      new ConfigError("CONFIG_INVALID", {}),
      new TypeError("a mistake"),
    ])
      assert.equal(storeErrorOf(error), error);
  });

  it("concern the whole transaction unless one statement was wrong", () => {
    for (const code of [5, 8, 10, 11, 13, 26]) assert.ok(isOfTheFile(sqlite(code)), String(code));
    for (const code of [1, 19, 20]) assert.ok(!isOfTheFile(sqlite(code)), String(code));
    assert.ok(!isOfTheFile(new TypeError("a mistake")));
  });
});

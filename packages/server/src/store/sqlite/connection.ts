import { closeSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../domain/errors.ts";
import { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { storeErrorOf } from "./store-errors.ts";

/** An open database, and how many migrations brought it to this version. */
export interface Opened {
  readonly db: Database;
  readonly migrated: number;
}

/**
 * Opens the database at `file`, or one in memory for `:memory:`, and brings it to this version's schema. Missing folders are
 * made; a new file can be read by its owner alone. Throws `StoreError`: STORE_READ_ONLY, STORE_CORRUPT, STORE_NEWER,
 * STORE_LOCKED, STORE_FULL, STORE_FAILED.
 */
export function openDatabase(
  file: string,
  {
    busyMs = 5,
    openingBusyMs = 1_000,
  }: { readonly busyMs?: number; readonly openingBusyMs?: number } = {},
): Opened {
  const place = file === ":memory:" ? file : path.resolve(file);
  let db: Database | null = null;
  try {
    if (place !== ":memory:") makeFile(place);
    // A second process holds the file for a few milliseconds at a time; one that holds it longer is told to the caller.
    const options = { timeout: openingBusyMs, enableForeignKeyConstraints: false };
    db = new Database(new DatabaseSync(place, options));
    const migrated = prepare(db, place);
    // From now on nothing may block the process for long; the queue of writes has the patience.
    db.exec(`PRAGMA busy_timeout = ${busyMs}`);
    return { db, migrated };
  } catch (error) {
    db?.close();
    throw withPlace(storeErrorOf(error), file);
  }
}

/** Proves that writing works by changing a number that means nothing. */
export function probe(db: Database): void {
  db.run("UPDATE probe SET count = count + 1");
}

function makeFile(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  closeSync(openSync(file, "a", 0o600));
}

function prepare(db: Database, file: string): number {
  // Reads the header first: a file that is not ours stays as it is.
  const migrated = migrate(db, file);
  const mode = db.get<{ journal_mode: string }>("PRAGMA journal_mode = WAL")?.journal_mode;
  if (mode !== "wal" && mode !== "memory")
    throw new StoreError("STORE_FAILED", {
      detail: `${file} lies on a file system on which SQLite cannot keep a write-ahead log, such as a network share. Choose a local disk.`,
    });
  db.exec("PRAGMA synchronous = FULL");
  // Half of the default: what is copied at once from the log to the database then stays below 20 ms on an ordinary disk.
  db.exec("PRAGMA wal_autocheckpoint = 500");
  db.exec("PRAGMA temp_store = MEMORY");
  // 4 MB. More (8 and 16 were tried) made nothing cheaper with a million people: the system caches the file, too.
  db.exec("PRAGMA cache_size = -4096");
  // Refused at once where the file cannot be written.
  db.exec("BEGIN IMMEDIATE; ROLLBACK");
  return migrated;
}

function withPlace(error: Error, file: string): Error {
  if (!(error instanceof StoreError) || error.message.includes(file)) return error;
  return new StoreError(error.code, { detail: `${file}: ${error.message}`, cause: error.cause });
}

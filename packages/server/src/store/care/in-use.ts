import { DatabaseSync } from "node:sqlite";
import type { WorkerId } from "../../domain/ids.ts";
import { isOfALock } from "../sqlite/store-errors.ts";
import type { RowReader } from "./snapshot.ts";

/** A worker that holds a lane: it works on the database, or died without giving it back. */
export interface LaneHolding {
  readonly worker: WorkerId;
  /** Changes with every turn that it takes. */
  readonly sign: string;
}

/** The workers that hold lanes, by name. */
export async function laneHolders(reader: RowReader): Promise<readonly LaneHolding[]> {
  const rows = await reader.all<{ owner: WorkerId; lanes: number; fences: number; turns: number }>(
    `SELECT owner, count(*) AS lanes, sum(fence) AS fences, sum(turn) AS turns FROM lanes
     WHERE owner IS NOT NULL GROUP BY owner ORDER BY owner`,
  );
  return rows.map(({ owner, lanes, fences, turns }) => ({
    worker: owner,
    sign: `${lanes} ${fences} ${turns}`,
  }));
}

/**
 * Whether any process has a SQLite file open; also false where that cannot be found out, because the file is not ours to write. Each
 * holds a lock on it that others share for as long as it is open, so whoever gets it alone is the only one. Nobody waits for this.
 */
export function isSqliteOpen(file: string): boolean {
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; ROLLBACK");
    return false;
  } catch (error) {
    return isOfALock(error);
  } finally {
    db.close();
  }
}

/** Whether a service or worker is connected to a PostgreSQL database, as far as the server tells us of others. */
export async function isPostgresConnected(reader: RowReader): Promise<boolean> {
  const rows = await reader.all(
    `SELECT 1 AS n FROM pg_stat_activity
     WHERE datname = current_database() AND application_name IN ('carillon', 'carillon jobs') LIMIT 1`,
  );
  return rows.length > 0;
}

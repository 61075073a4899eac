import type { Log } from "../../domain/log.ts";
import { type Metrics, noMetrics } from "../../domain/metrics.ts";
import type { Store } from "../../engine/ports/store.ts";
import { CommitQueue, type Schedule } from "./commit-queue.ts";
import { openDatabase } from "./connection.ts";
import { storeOn } from "./store.ts";

export interface SqliteOptions {
  /** Runs what waits, such as a commit, after its caller has returned; must not run it at once. Default `setImmediate`. */
  readonly schedule?: Schedule;
  readonly log?: Log;
  /** Default: nothing is measured. */
  readonly metrics?: Metrics;
}

/**
 * All storage in one SQLite file, or in memory for `:memory:`. Throws `StoreError`: STORE_READ_ONLY, STORE_CORRUPT,
 * STORE_NEWER, STORE_LOCKED, STORE_FULL, STORE_FAILED.
 */
export function openSqliteStore(file: string, options: SqliteOptions = {}): Store {
  const { schedule = (run) => void setImmediate(run), log, metrics = noMetrics } = options;
  const { db, migrated } = openDatabase(file);
  if (migrated > 0) log?.info("store.migrated", { migrations: migrated });
  log?.info("store.opened", { file });
  return storeOn({ db, queue: new CommitQueue(db, schedule, metrics), metrics });
}

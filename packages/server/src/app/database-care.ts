import { existsSync } from "node:fs";
import path from "node:path";
import { ConfigError } from "../domain/errors.ts";
import type { Backup } from "../store/care/backup.ts";
import type { Checked } from "../store/care/check.ts";
import type { Snapshot } from "../store/care/snapshot.ts";
import { isPostgresUrl, shownUrl } from "../store/database-url.ts";
import { databaseSetting } from "./config.ts";
import { type ConfigSources, readSettings } from "./config-sources.ts";

export type { Checked };

/** A database as the settings name it. */
export interface NamedDatabase {
  readonly url: string;
  /** As it may be shown. */
  readonly shown: string;
  /** The file of a SQLite database; null for PostgreSQL. */
  readonly file: string | null;
}

/** The database that flags, environment and file name. Throws `ConfigError`, also for one in memory, which nobody else can see. */
export function namedDatabase(sources: ConfigSources): NamedDatabase {
  return databaseAt(databaseSetting(readSettings(sources)), sources.directory);
}

/** The same for a URL. */
export function databaseAt(url: string, directory: string): NamedDatabase {
  const shown = shownUrl(url);
  if (isPostgresUrl(url)) return { url, shown, file: null };
  const name = /^sqlite:(.+)$/is.exec(url)?.[1];
  if (name === undefined || name === ":memory:")
    throw new ConfigError("CONFIG_INVALID", {
      detail: `"${shown}" is no database that this command could open: it must be sqlite:PATH or postgres://….`,
    });
  return { url, shown, file: path.resolve(directory, name) };
}

/** Copies a SQLite database while it is in use. Throws `ConfigError` for PostgreSQL, which has tools of its own for that. */
export async function backUp(database: NamedDatabase, to: string): Promise<Backup> {
  if (database.file === null)
    throw new ConfigError("CONFIG_INVALID", {
      detail: `The database ${database.shown} is PostgreSQL: back it up with pg_dump, which takes one consistent instant while everything goes on, knows the server's version, and is what pg_restore reads: pg_dump --format=custom --file=carillon.dump "$CARILLON_DATABASE_URL". For every minute's state use the server's own continuous archiving.`,
    });
  mustExist(database.file);
  const { backupSqlite } = await import("../store/care/backup.ts");
  return backupSqlite(database.file, to);
}

/** Reads a database through, while it is in use or not. */
export async function check(database: NamedDatabase): Promise<Checked> {
  const { checkDatabase } = await import("../store/care/check.ts");
  const snapshot = await snapshotOf(database);
  try {
    return await checkDatabase(snapshot);
  } finally {
    await snapshot.close();
  }
}

/** Opens a database for reading, as it stands now. Throws `ConfigError` and `StoreError`. */
export async function snapshotOf({ url, file }: NamedDatabase): Promise<Snapshot> {
  if (file === null) {
    const { openPostgresSnapshot } = await import("../store/care/postgres-snapshot.ts");
    return openPostgresSnapshot(url);
  }
  mustExist(file);
  const { openSqliteSnapshot } = await import("../store/care/sqlite-snapshot.ts");
  return openSqliteSnapshot(file);
}

/** Throws `ConfigError` where a file is not there. */
export function mustExist(file: string): void {
  if (existsSync(file)) return;
  // Where the usual one is missing and a demo was played, that is most likely meant.
  const demo = path.resolve(path.dirname(file), "demo", path.basename(file));
  const url = existsSync(demo) ? `, such as --database-url sqlite:${demo} for the demo's` : "";
  throw new ConfigError("CONFIG_INVALID", {
    detail: `There is no database at ${file}. Name it with --database-url or CARILLON_DATABASE_URL${url}.`,
  });
}

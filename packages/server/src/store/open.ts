import { ConfigError } from "../domain/errors.ts";
import type { Store } from "../engine/ports/store.ts";
import { openSqliteStore, type SqliteOptions } from "./sqlite/open.ts";

/**
 * Opens the store that the URL names: `sqlite:PATH`, or `sqlite::memory:` for one that lives as long as the process. Throws
 * `ConfigError` for any other URL, and `StoreError` where the database cannot be opened.
 */
export async function openStore(url: string, options: SqliteOptions = {}): Promise<Store> {
  if (/^postgres(?:ql)?:/i.test(url))
    throw new ConfigError("CONFIG_INVALID", {
      detail:
        "PostgreSQL is not in this version. Set CARILLON_DATABASE_URL to sqlite:PATH, such as sqlite:data/carillon.db.",
    });
  const file = /^sqlite:(.+)$/is.exec(url)?.[1];
  if (file === undefined)
    throw new ConfigError("CONFIG_INVALID", {
      detail: `The database URL must be sqlite:PATH, such as sqlite:data/carillon.db, and is ${quoted(url)}.`,
    });
  return openSqliteStore(file, options);
}

/** The URL without what stands between `//` and `@`, which may be a password. */
function quoted(url: string): string {
  return `"${url.replace(/\/\/[^/@]*@/, "//…@").slice(0, 100)}"`;
}

import { ConfigError } from "../domain/errors.ts";
import type { Store } from "../engine/ports/store.ts";
import { isPostgresUrl, shownUrl } from "./database-url.ts";
import type { PostgresOptions } from "./postgres/open.ts";
import { openSqliteStore, type SqliteOptions } from "./sqlite/open.ts";

/**
 * Opens the store that the URL names: `sqlite:PATH`, `sqlite::memory:` for one that lives as long as the process, or
 * `postgres://…`. Throws `ConfigError` for any other URL, and `StoreError` where the database cannot be opened.
 */
export async function openStore(
  url: string,
  options: SqliteOptions & PostgresOptions = {},
): Promise<Store> {
  if (isPostgresUrl(url)) {
    const { openPostgresStore } = await loadPostgres();
    return openPostgresStore(url, options);
  }
  const file = /^sqlite:(.+)$/is.exec(url)?.[1];
  if (file === undefined)
    throw new ConfigError("CONFIG_INVALID", {
      detail: `The database URL must be sqlite:PATH, such as sqlite:data/carillon.db, or postgres://USER:PASSWORD@HOST/DATABASE, and is "${shownUrl(url)}".`,
    });
  return openSqliteStore(file, options);
}

/** Loaded, and installed, by those who use it: the server's client is more packages than all the others of ours. */
async function loadPostgres(): Promise<typeof import("./postgres/open.ts")> {
  try {
    // Loaded when the first job is; looked for now, so that a missing one is said at the start.
    import.meta.resolve("pg-boss");
    return await import("./postgres/open.ts");
  } catch (cause) {
    const isMissing =
      cause instanceof Error && Reflect.get(cause, "code") === "ERR_MODULE_NOT_FOUND";
    if (!isMissing) throw cause;
    throw new ConfigError("CONFIG_INVALID", {
      detail:
        "A PostgreSQL database needs the packages `pg` and `pg-boss`, which are not both installed. Run `npm install pg@8 pg-boss@12` beside carillon.",
      cause,
    });
  }
}

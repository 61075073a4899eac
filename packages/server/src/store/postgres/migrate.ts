import { StoreError } from "../../domain/errors.ts";
import type { Database } from "./database.ts";
import { firstFigures } from "./first-figures.ts";
import { migrations } from "./migrations/all.ts";

/** One lock of the database, for whoever changes the schema: "CARI". */
const lockKey = 0x43415249;
const oldestServer = 14;

/**
 * Whether an empty or older database has to be brought to this version's schema. Throws STORE_NEWER for one that a newer version
 * wrote, and STORE_REFUSED for a server or database that cannot hold it; `place` names the database in messages.
 */
export async function needsMigration(db: Database, place: string): Promise<boolean> {
  await checkServer(db, place);
  return (await versionOf(db, place)) < migrations.length;
}

/**
 * Brings the database to this version's schema, within the transaction at hand; answers how many migrations ran. Of several
 * processes that start at once, one does it while the others wait. Throws STORE_CORRUPT where tables of another program have the
 * names of ours.
 */
export async function migrate(db: Database, place: string): Promise<number> {
  // A long table takes its time, and so does the process that was quicker.
  await db.exec("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '10min'");
  await db.run("SELECT pg_advisory_xact_lock($1)", lockKey);
  const version = await versionOf(db, place);
  await db.exec("CREATE TABLE IF NOT EXISTS carillon_schema (version INTEGER NOT NULL)");
  for (const sql of migrations.slice(version)) await apply(db, sql, place);
  if (version === 0) await db.exec(firstFigures);
  await db.exec("DELETE FROM carillon_schema");
  await db.run("INSERT INTO carillon_schema (version) VALUES ($1)", migrations.length);
  return migrations.length - version;
}

async function apply(db: Database, sql: string, place: string): Promise<void> {
  try {
    await db.exec(sql);
  } catch (error) {
    const isTaken = error instanceof Error && Reflect.get(error, "code") === duplicateTable;
    if (!isTaken) throw error;
    throw new StoreError("STORE_CORRUPT", {
      detail: `The database ${place} has tables of another program (${error.message}); nothing was changed. Choose another database, or a schema of its own, with CARILLON_DATABASE_URL.`,
      cause: error,
    });
  }
}

const duplicateTable = "42P07";

async function checkServer(db: Database, place: string): Promise<void> {
  const row = await db.get<{ version: number; encoding: string; schema: string | null }>(
    `SELECT current_setting('server_version_num')::integer / 10000 AS version,
       current_setting('server_encoding') AS encoding, current_schema() AS schema`,
  );
  const { version = 0, encoding = "", schema = null } = row ?? {};
  const wrong =
    version < oldestServer
      ? `is on PostgreSQL ${version}; ${oldestServer} or newer is needed`
      : encoding !== "UTF8"
        ? `has the encoding ${encoding}; make one with UTF8`
        : schema === null
          ? "has none of the schemas that the search path names; make one"
          : null;
  if (wrong !== null)
    throw new StoreError("STORE_REFUSED", { detail: `The database ${place} ${wrong}.` });
}

async function versionOf(db: Database, place: string): Promise<number> {
  // Read from the table of tables: what `to_regclass` says may be older than the lock that was waited for.
  const table = await db.get<{ found: number }>(
    `SELECT 1 AS found FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = 'carillon_schema' AND n.nspname = current_schema()`,
  );
  if (table === null) return 0;
  const row = await db.get<{ version: number }>("SELECT version FROM carillon_schema");
  const version = row?.version ?? 0;
  if (version > migrations.length)
    throw new StoreError("STORE_NEWER", {
      detail: `The database ${place} has schema version ${version}, and this Carillon knows ${migrations.length}. Use the version that wrote it or a newer one; nothing was changed.`,
    });
  return version;
}

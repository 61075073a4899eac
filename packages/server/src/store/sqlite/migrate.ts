import { StoreError } from "../../domain/errors.ts";
import type { Database } from "./database.ts";
import { migrations } from "./migrations/all.ts";

/** Marks a file as ours: "CARI". */
const applicationId = 0x43415249;

/**
 * Brings an empty or older database to this version's schema in one transaction; answers how many migrations ran.
 * Throws STORE_NEWER for one that a newer version wrote and STORE_CORRUPT for a file that is not ours, and changes neither.
 */
export function migrate(db: Database, path: string): number {
  const version = schemaVersion(db, path);
  if (version === migrations.length) return 0;
  db.run("BEGIN IMMEDIATE");
  try {
    // Another process may have been quicker.
    const current = schemaVersion(db, path);
    for (const sql of migrations.slice(current)) db.exec(sql);
    db.exec(`PRAGMA application_id = ${applicationId}`);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.run("COMMIT");
    return migrations.length - current;
  } catch (error) {
    if (db.isInTransaction) db.run("ROLLBACK");
    throw error;
  }
}

/** The version of a database's schema. Throws STORE_CORRUPT for a file that is not ours, and STORE_NEWER. */
export function schemaVersion(db: Database, path: string): number {
  const id = db.get<{ application_id: number }>("PRAGMA application_id")?.application_id ?? 0;
  const version = db.get<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
  const tables = db.get<{ n: number }>("SELECT count(*) AS n FROM sqlite_schema")?.n ?? 0;
  if (id !== applicationId && (id !== 0 || version !== 0 || tables > 0))
    throw new StoreError("STORE_CORRUPT", {
      detail: `${path} is a SQLite database of another program; nothing was changed. Choose another place with CARILLON_DATABASE_URL.`,
    });
  if (version > migrations.length)
    throw new StoreError("STORE_NEWER", {
      detail: `${path} has schema version ${version}, and this Carillon knows ${migrations.length}. Use the version that wrote it or a newer one; nothing was changed.`,
    });
  return version;
}

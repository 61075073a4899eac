import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../domain/errors.ts";
import { Database } from "../sqlite/database.ts";
import { schemaVersion } from "../sqlite/migrate.ts";
import { migrations } from "../sqlite/migrations/all.ts";
import { storeErrorOf } from "../sqlite/store-errors.ts";
import type { RawRow, RowReader, Snapshot } from "./snapshot.ts";

/**
 * Opens a database file of this version for reading. Throws `StoreError`: STORE_FAILED for one of an older version, STORE_NEWER, STORE_CORRUPT, STORE_LOCKED, STORE_READ_ONLY.
 */
export async function openSqliteSnapshot(file: string): Promise<Snapshot> {
  const db = opened(file);
  return { ...sqliteReader(db), close: async () => db.close() };
}

/** Reads an open database. */
export function sqliteReader(db: Database): RowReader {
  return {
    dialect: "sqlite",
    all: async (sql) => {
      try {
        return db.all(sql);
      } catch (error) {
        throw storeErrorOf(error);
      }
    },
    pages: (sql, pageRows) => pagesOf(db, sql, pageRows),
  };
}

async function* pagesOf(
  db: Database,
  sql: string,
  pageRows: number,
): AsyncGenerator<readonly RawRow[]> {
  try {
    const statement = db.connection.prepare(sql);
    statement.setReturnArrays(true);
    let page: RawRow[] = [];
    for (const row of statement.iterate()) {
      page.push(row as unknown as RawRow); // as `setReturnArrays` says
      if (page.length < pageRows) continue;
      yield page;
      page = [];
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (page.length > 0) yield page;
  } catch (error) {
    throw storeErrorOf(error);
  }
}

function opened(file: string): Database {
  let db: Database | null = null;
  try {
    db = new Database(new DatabaseSync(file, { readOnly: true, timeout: 5_000 }));
    const version = schemaVersion(db, file);
    if (version < migrations.length)
      throw new StoreError("STORE_FAILED", {
        detail: `${file} has the schema of an older version. Start \`carillon serve\` of this version on it once, which brings it up to date.`,
      });
    db.exec("BEGIN");
    return db;
  } catch (error) {
    db?.close();
    throw storeErrorOf(error);
  }
}

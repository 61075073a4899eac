import { chmodSync, existsSync, renameSync } from "node:fs";
import path from "node:path";
import { ConfigError } from "../../domain/errors.ts";
import { openDatabase } from "../sqlite/connection.ts";
import type { Database } from "../sqlite/database.ts";
import { storeErrorOf } from "../sqlite/store-errors.ts";
import type { CopyTarget } from "./copy.ts";
import { removeDatabase, syncFile } from "./database-files.ts";
import type { Cell } from "./row-hash.ts";
import { sqliteReader } from "./sqlite-snapshot.ts";
import { type TableName, tableOf } from "./tables.ts";

/**
 * A new SQLite file, which has its name only once it is kept; until then `.partial` follows it, and what an earlier copy left there
 * is removed. Throws `ConfigError` where there is one already, and `StoreError`.
 */
export function sqliteTarget(file: string): CopyTarget {
  mustNotExist(file);
  const partial = `${file}.partial`;
  removeDatabase(partial);
  const { db } = openDatabase(partial);
  // What is not kept need not outlive anything, and what is kept is synced as a whole: so it needs no journal.
  db.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; BEGIN");
  return {
    ...sqliteReader(db),
    text: (value) => value,
    write: async (table, rows) => {
      try {
        const sql = insertSql(table);
        for (const row of rows) db.run(sql, ...row.map(bindable));
      } catch (error) {
        throw storeErrorOf(error);
      }
    },
    keep: async () => {
      try {
        keep(db, partial, file);
      } catch (error) {
        throw storeErrorOf(error);
      }
    },
    drop: async () => {
      db.close();
      removeDatabase(partial);
    },
  };
}

function mustNotExist(file: string): void {
  if (!existsSync(file)) return;
  throw new ConfigError("CONFIG_INVALID", {
    detail: `The database to copy to is not empty: ${file} exists. Nothing was changed. Name a file that does not exist, or remove this one.`,
  });
}

function keep(db: Database, partial: string, file: string): void {
  db.exec("COMMIT; PRAGMA journal_mode = DELETE");
  db.close();
  syncFile(partial);
  chmodSync(partial, 0o600);
  mustNotExist(file);
  renameSync(partial, file);
  syncFile(path.dirname(path.resolve(file)));
}

function insertSql(name: TableName): string {
  const columns = Object.keys(tableOf(name).columns);
  return `INSERT INTO ${name} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
}

function bindable(value: Cell): string | number | null {
  return typeof value === "boolean" ? Number(value) : value;
}

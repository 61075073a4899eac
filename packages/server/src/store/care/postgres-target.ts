import type pg from "pg";
import { ConfigError } from "../../domain/errors.ts";
import { ClientDatabase, withoutNul } from "../postgres/client-database.ts";
import { migrate, needsMigration } from "../postgres/migrate.ts";
import { storeErrorOf } from "../postgres/store-errors.ts";
import { transaction } from "../postgres/transaction.ts";
import type { CopyTarget } from "./copy.ts";
import { careClient, inOneGo, postgresReader } from "./postgres-reader.ts";
import type { Cell } from "./row-hash.ts";
import { type ColumnKind, type TableName, tableNames, tableOf } from "./tables.ts";

/**
 * A PostgreSQL database, whose schema is made first where it has none. All that is written to it is one transaction, so that it is
 * there as a whole or not at all. Throws `ConfigError` and `StoreError`.
 */
export async function postgresTarget(url: string): Promise<CopyTarget> {
  const client = await careClient(url, async (connected, place) => {
    await makeSchema(connected, place);
    await connected.query(`BEGIN; ${inOneGo}; SET LOCAL lock_timeout = '5s'`);
    // Nobody else may begin to use it while it is filled.
    await connected.query(`LOCK TABLE ${tableNames.join(", ")} IN EXCLUSIVE MODE`);
  });
  return {
    ...postgresReader(client),
    text: withoutNul,
    write: async (table, rows) => {
      try {
        await client.query(insertSql(table), [...columnsOf(table, rows)]);
      } catch (error) {
        throw storeErrorOf(error);
      }
    },
    keep: () => keep(client),
    // What was not committed is gone with the connection.
    drop: () => client.end().catch(() => {}),
  };
}

async function makeSchema(client: pg.Client, place: string): Promise<void> {
  if (!(await needsMigration(new ClientDatabase(client), place))) return;
  const { rows } = await client.query(
    "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'carillon_schema'",
  );
  if (rows.length > 0)
    throw new ConfigError("CONFIG_INVALID", {
      detail: `The database to copy to, ${place}, is not empty: an older version made its tables. Nothing was changed. Name an empty one.`,
    });
  await transaction(client, (db) => migrate(db, place));
}

async function keep(client: pg.Client): Promise<void> {
  try {
    for (const table of tableNames) {
      const { numbered } = tableOf(table);
      if (numbered === undefined) continue;
      const next = `SELECT coalesce(max(${numbered}), 0) + 1 FROM ${table}`;
      await client.query(
        `SELECT setval(pg_get_serial_sequence('${table}', '${numbered}'), (${next}), false)`,
      );
    }
    await client.query("COMMIT");
  } catch (error) {
    throw storeErrorOf(error);
  }
  // The planner knows nothing yet of what came in one go; where this fails, the server finds out by itself.
  await client.query(`ANALYZE ${tableNames.join(", ")}`).catch(() => {});
  await client.end().catch(() => {});
}

const arrayTypes: Readonly<Record<ColumnKind, string>> = {
  text: "text",
  integer: "bigint",
  real: "double precision",
  boolean: "boolean",
};

function insertSql(name: TableName): string {
  const { columns } = tableOf(name);
  const names = Object.keys(columns);
  const arrays = Object.values(columns).map(
    (kind, index) => `$${index + 1}::${arrayTypes[kind]}[]`,
  );
  return `INSERT INTO ${name} (${names.join(", ")}) OVERRIDING SYSTEM VALUE SELECT * FROM unnest(${arrays.join(", ")})`;
}

function columnsOf(
  name: TableName,
  rows: readonly (readonly Cell[])[],
): readonly (readonly Cell[])[] {
  return Object.keys(tableOf(name).columns).map((_, index) =>
    rows.map((row) => row[index] ?? null),
  );
}

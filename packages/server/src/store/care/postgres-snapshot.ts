import pg from "pg";
import { StoreError } from "../../domain/errors.ts";
import { ClientDatabase } from "../postgres/client-database.ts";
import { needsMigration } from "../postgres/migrate.ts";
import { postgresSettings } from "../postgres/settings.ts";
import { connectErrorOf, storeErrorOf } from "../postgres/store-errors.ts";
import type { Snapshot } from "./snapshot.ts";

/** Opens a PostgreSQL database of this version for reading. Throws `ConfigError` and `StoreError` as the store does. */
export async function openPostgresSnapshot(url: string): Promise<Snapshot> {
  const { connectionString, place } = postgresSettings(url);
  const client = new pg.Client({
    connectionString,
    application_name: "carillon db",
    types: { getTypeParser },
  });
  // Whatever breaks is said by the statement that fails of it.
  client.on("error", () => {});
  try {
    await client.connect();
    const db = new ClientDatabase(client);
    if (await needsMigration(db, place))
      throw new StoreError("STORE_FAILED", {
        detail: `The database ${place} has the schema of an older version, or none. Start \`carillon serve\` of this version on it once, which brings it up to date.`,
      });
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
  } catch (error) {
    await client.end().catch(() => {});
    throw connectErrorOf(error);
  }
  return {
    dialect: "postgres",
    all: async (sql) => {
      try {
        const rows: unknown = (await client.query(sql)).rows;
        return rows as readonly never[]; // the caller's row type names the columns that its SQL selects
      } catch (error) {
        throw storeErrorOf(error);
      }
    },
    close: () => client.end(),
  };
}

/** Counts, and sums of counts, which a JavaScript number holds exactly. */
const getTypeParser: pg.CustomTypesConfig["getTypeParser"] = (oid, format) =>
  oid === pg.types.builtins.INT8 || oid === pg.types.builtins.NUMERIC
    ? Number
    : pg.types.getTypeParser(oid, format);

import pg from "pg";
import { postgresSettings } from "../postgres/settings.ts";
import { connectErrorOf, storeErrorOf } from "../postgres/store-errors.ts";
import type { RawRow, RowReader } from "./snapshot.ts";

/**
 * Connects to a database for what is done to it from outside, and gets it ready. Throws `ConfigError` and `StoreError`; then the
 * connection is closed.
 */
export async function careClient(
  url: string,
  prepare: (client: pg.Client, place: string) => Promise<void>,
): Promise<pg.Client> {
  const { connectionString, place } = postgresSettings(url);
  const client = new pg.Client({
    connectionString,
    application_name: "carillon db",
    types: { getTypeParser },
  });
  // Whatever breaks is said by the statement that fails of it.
  client.on("error", () => {});
  await client.connect().catch((error: unknown) => {
    throw connectErrorOf(error);
  });
  try {
    await prepare(client, place);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw storeErrorOf(error);
  }
}

/** For a transaction that takes its time: whatever the server allows to others, it is not ended, and queries are read to their end. */
export const inOneGo = `SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
  SET LOCAL cursor_tuple_fraction = 1`;

/** Reads within the transaction that was begun on a connection. */
export function postgresReader(client: pg.Client): RowReader {
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
    pages: (sql, pageRows) => pagesOf(client, sql, pageRows),
  };
}

async function* pagesOf(
  client: pg.Client,
  sql: string,
  pageRows: number,
): AsyncGenerator<readonly RawRow[]> {
  try {
    await client.query(`DECLARE carillon_rows NO SCROLL CURSOR FOR ${sql}`);
    const text = `FETCH ${pageRows} FROM carillon_rows`;
    for (;;) {
      const { rows } = await client.query<unknown[]>({ text, rowMode: "array" });
      if (rows.length === 0) break;
      yield rows;
      if (rows.length < pageRows) break;
    }
    await client.query("CLOSE carillon_rows");
  } catch (error) {
    throw storeErrorOf(error);
  }
}

/** Counts, sums of counts and instants are read as numbers, which hold them exactly. */
const getTypeParser: pg.CustomTypesConfig["getTypeParser"] = (oid, format) =>
  oid === pg.types.builtins.INT8 || oid === pg.types.builtins.NUMERIC
    ? Number
    : pg.types.getTypeParser(oid, format);

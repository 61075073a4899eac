import type pg from "pg";
import { StoreError } from "../../domain/errors.ts";
import { ClientDatabase } from "../postgres/client-database.ts";
import { needsMigration } from "../postgres/migrate.ts";
import { careClient, inOneGo, postgresReader } from "./postgres-reader.ts";
import type { Snapshot } from "./snapshot.ts";

/** Opens a PostgreSQL database of this version for reading. Throws `ConfigError` and `StoreError` as the store does. */
export async function openPostgresSnapshot(url: string): Promise<Snapshot> {
  const client = await careClient(url, async (connected, place) => {
    await mustBeOfThisVersion(connected, place);
    await connected.query(`BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; ${inOneGo}`);
  });
  return { ...postgresReader(client), close: () => client.end() };
}

async function mustBeOfThisVersion(client: pg.Client, place: string): Promise<void> {
  if (!(await needsMigration(new ClientDatabase(client), place))) return;
  throw new StoreError("STORE_FAILED", {
    detail: `The database ${place} has the schema of an older version, or none. Start \`carillon serve\` of this version on it once, which brings it up to date.`,
  });
}

import process from "node:process";
import { after } from "node:test";
import pg from "pg";
import { findPostgres } from "./binaries.ts";
import { PostgresServer } from "./server.ts";

/** Where tests find PostgreSQL. */
export interface TestPostgres {
  /** Makes an empty database, and answers its URL. */
  newDatabase(): Promise<string>;
  /** The same, or one that was given back, with its tables and no rows in them: much quicker. */
  emptyDatabase(): Promise<string>;
  /** Takes back a database that nobody uses any more. */
  giveBack(url: string): void;
  /** Ends the server, or drops the databases that were made in somebody else's. */
  end(): Promise<void>;
}

const variable = "CARILLON_TEST_POSTGRES_URL";

/** What is asked to find out whether PostgreSQL can be tested here. */
export interface PostgresAround {
  readonly find: () => string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (text: string) => void;
}

/**
 * Why tests of PostgreSQL are skipped here, for node:test's `skip`; false where they run. Says it loudly, too: a group that was
 * not run must not look like one that passed. `ownServer`: a server that may be stopped and started is needed.
 */
export function skipWithoutPostgres(
  { ownServer = false }: { readonly ownServer?: boolean } = {},
  { find, environment, say }: PostgresAround = around,
): string | false {
  if (find() !== null || (!ownServer && environment[variable])) return false;
  const reason = `NOT RUN: there is no PostgreSQL server on this machine. Install one (Debian: apt-get install postgresql)${
    ownServer ? "" : `, or set ${variable} to one where databases may be made`
  }.`;
  say(`\n*** PostgreSQL: ${reason}\n\n`);
  return reason;
}

const around: PostgresAround = {
  find: findPostgres,
  environment: process.env,
  say: (text) => void process.stderr.write(text),
};

/** A server of the test's own, or the one that CARILLON_TEST_POSTGRES_URL names. */
export async function startPostgres(settings: readonly string[] = []): Promise<TestPostgres> {
  const given = process.env[variable];
  if (given) return databasesOn(given, async (dropAll) => dropAll());
  const server = await PostgresServer.create(settings);
  return databasesOn(server.url(), () => server.remove());
}

/** The same, started when a test of the file asks for it first, and ended after the last one. */
export function postgresOnDemand(settings: readonly string[]): () => Promise<TestPostgres> {
  let starting: Promise<TestPostgres> | null = null;
  after(async () => (await starting)?.end());
  return () => {
    starting ??= startPostgres(settings);
    return starting;
  };
}

/** Makes databases in a server. */
export async function databasesOn(
  url: string,
  end: (dropAll: () => Promise<void>) => Promise<void>,
): Promise<TestPostgres> {
  const admin = new pg.Client({ connectionString: url });
  admin.on("error", () => {}); // a server that is ended breaks it off
  await admin.connect();
  const made: string[] = [];
  const free: string[] = [];
  const newDatabase = async () => {
    const name = `carillon_test_${process.pid}_${made.length + 1}`;
    await admin.query(`CREATE DATABASE ${name}`);
    made.push(name);
    return urlOf(url, name);
  };
  return {
    newDatabase,
    async emptyDatabase() {
      const used = free.pop();
      if (used === undefined) return newDatabase();
      await deleteRows(used);
      return used;
    },
    giveBack: (used) => void free.push(used),
    async end() {
      await end(async () => {
        for (const name of made) await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      });
      await admin.end().catch(() => {});
    },
  };
}

/** Deletes what a test has left. What is not a table of rows, such as the schema's version, stays. */
async function deleteRows(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = current_schema()",
    );
    const tables = rows.map(({ name }) => name).filter((name) => !kept.has(name));
    await client.query(tables.map((name) => `DELETE FROM ${name};`).join("\n"));
    // It is made by the first job, with a clock of its own.
    await client.query("DROP SCHEMA IF EXISTS carillon_jobs CASCADE");
  } finally {
    await client.end();
  }
}

const kept: ReadonlySet<string> = new Set(["carillon_schema", "probe"]);

function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

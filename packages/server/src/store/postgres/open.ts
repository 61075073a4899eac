import pg from "pg";
import type { Log } from "../../domain/log.ts";
import { type Metrics, noMetrics } from "../../domain/metrics.ts";
import type { Store } from "../../engine/ports/store.ts";
import type { Wake } from "../../engine/ports/wakes.ts";
import { Boss, type BossSettings } from "./boss.ts";
import { ClientDatabase } from "./client-database.ts";
import { Connections } from "./connections.ts";
import { migrate, needsMigration } from "./migrate.ts";
import { probe } from "./probe.ts";
import { type PostgresSettings, postgresSettings } from "./settings.ts";
import { storeOn } from "./store.ts";
import { connectErrorOf } from "./store-errors.ts";
import { transaction } from "./transaction.ts";
import { Wakes } from "./wakes.ts";

export interface PostgresOptions {
  readonly log?: Log;
  /** Default: nothing is measured. */
  readonly metrics?: Metrics;
  /** How long a call waits for a connection. Default 5,000. */
  readonly connectMs?: number;
  /** How long one statement may take. Default 30,000. */
  readonly statementMs?: number;
  /** The time that jobs live by; default: the database's. */
  readonly jobsClock?: BossSettings["clock"];
}

/**
 * All storage in one PostgreSQL database. Throws `ConfigError` for a URL that is none, and `StoreError`: STORE_UNREACHABLE,
 * STORE_REFUSED, STORE_BUSY, STORE_READ_ONLY, STORE_CORRUPT, STORE_NEWER, STORE_FULL, STORE_FAILED.
 */
export async function openPostgresStore(
  url: string,
  options: PostgresOptions = {},
): Promise<Store> {
  const { log, metrics = noMetrics } = options;
  const settings = postgresSettings(url);
  const { migrated, schema, schemaId } = await prepare(settings, options);
  if (migrated > 0) log?.info("store.migrated", { migrations: migrated });
  log?.info("store.opened", { database: settings.place });
  const { connectionString } = settings;
  const { connectMs = connectMsDefault, jobsClock: clock } = options;
  const boss = new Boss({
    connectionString,
    schema: jobsSchema(schema),
    connectMs,
    log,
    ...(clock && { clock }),
  });
  const wakes = new Wakes({
    client: clientSettings(settings, options),
    // So that two installations in one database do not hear each other.
    channel: `carillon_${schemaId}`,
    log,
    metrics,
  });
  const onTold = (told: readonly Wake[]) => wakes.tell(told);
  const connections = new Connections(makePool(settings, options), { metrics, onTold });
  return storeOn(connections, boss, wakes);
}

/** The connections of one process, none of them made yet. */
export function makePool(settings: PostgresSettings, options: PostgresOptions = {}): pg.Pool {
  const pool = new pg.Pool({
    ...clientSettings(settings, options),
    max: settings.poolMax,
    onConnect: (client) => prepareSession(client, options),
  });
  // Nobody uses it, so nobody has to be told: the next call takes another one, or makes one.
  pool.on("error", (error) => {
    const { code, message } = connectErrorOf(error);
    options.log?.warn("store.failed", { code, detail: message });
  });
  return pool;
}

/** Where pg-boss has its tables: beside ours, so that two installations in one database do not share them. */
function jobsSchema(schema: string): string {
  return schema === "public" ? "carillon_jobs" : `${schema.slice(0, 40)}_jobs`;
}

interface Prepared {
  /** How many migrations ran. */
  readonly migrated: number;
  /** The schema that our tables are in, and the server's number of it. */
  readonly schema: string;
  readonly schemaId: number;
}

/** Checks the server, brings the schema to this version, and tries to write. */
async function prepare(settings: PostgresSettings, options: PostgresOptions): Promise<Prepared> {
  const client = new pg.Client({ ...clientSettings(settings, options), query_timeout: 0 });
  // Whatever breaks is said by the statement that fails of it.
  client.on("error", () => {});
  try {
    await client.connect();
    const { place } = settings;
    const isOld = await needsMigration(new ClientDatabase(client), place);
    const migrated = isOld ? await transaction(client, (db) => migrate(db, place)) : 0;
    const db = new ClientDatabase(client);
    await probe(db);
    const row = await db.get<{ schema: string; id: number }>(
      "SELECT nspname::text AS schema, oid::bigint AS id FROM pg_namespace WHERE nspname = current_schema()",
    );
    return { migrated, schema: row?.schema ?? "public", schemaId: row?.id ?? 0 };
  } catch (error) {
    throw connectErrorOf(error);
  } finally {
    await client.end().catch(() => {});
  }
}

function clientSettings(
  { connectionString }: PostgresSettings,
  { connectMs = connectMsDefault, statementMs = statementMsDefault }: PostgresOptions,
): pg.ClientConfig {
  return {
    connectionString,
    application_name: "carillon",
    connectionTimeoutMillis: connectMs,
    // Beyond the server's own limit: one that says nothing any more is given up, with the connection.
    query_timeout: statementMs + 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    pipeline: true,
    types: { getTypeParser },
  };
}

/** What a connection is told once. Not told when it is made, because some proxies let only their own settings through then. */
async function prepareSession(
  client: pg.ClientBase,
  { statementMs = statementMsDefault }: PostgresOptions,
): Promise<void> {
  await client.query(`
    SET statement_timeout = ${statementMs};
    SET idle_in_transaction_session_timeout = ${idleMs};
    SET enable_seqscan = off;
    SET enable_bitmapscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET jit = off;
    SET plan_cache_mode = force_generic_plan;`);
}

const statementMsDefault = 30_000;
// A process that stands still in the middle of a transaction must not keep its lane from others for longer.
const idleMs = 4_000;

const connectMsDefault = 5_000;

/** Our big integers are counts and epoch milliseconds, which a JavaScript number holds exactly. */
const getTypeParser: pg.CustomTypesConfig["getTypeParser"] = (oid, format) =>
  oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format);

import { mkdirSync } from "node:fs";
import path from "node:path";
import { StoreError } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";
import type { Metrics } from "../domain/metrics.ts";
import { shownUrl } from "../store/database-url.ts";
import { type Carillon, createCarillon } from "./carillon.ts";
import type { Config } from "./config.ts";

/** What a process adds to its configuration. */
export interface OpenOptions {
  readonly log: Log;
  /** Where relative paths start. */
  readonly directory: string;
  /** What kind of process it is, for the log. */
  readonly role: "service" | "worker";
  /** Whether it sends. */
  readonly worker: boolean;
  readonly metrics: Metrics;
  readonly readsRosters?: boolean;
}

/** Says what starts, and opens it; nothing moves yet. Throws `ConfigError` and `StoreError`. */
export async function openCarillon(config: Config, options: OpenOptions): Promise<Carillon> {
  const { log, directory, role, worker, metrics, readsRosters = true } = options;
  log.info("service.starting", {
    role,
    database: shownUrl(config.databaseUrl),
    bot: config.bot.clientId,
  });
  for (const detail of config.warnings) log.warn("service.warning", { detail });
  return createCarillon({
    bot: config.bot,
    store: absoluteDatabase(config.databaseUrl, directory),
    endpoints: config.endpoints,
    trustedHosts: config.trustedHosts,
    ratePerSecond: config.laneRps,
    findsUsersInGraph: config.graphUsers,
    inboundAuth: config.inboundAuth,
    worker,
    keepDays: config.keepDays,
    log,
    metrics,
    readsRosters,
  });
}

/** The database's URL with an absolute path, in a folder that exists. */
function absoluteDatabase(databaseUrl: string, directory: string): string {
  const [, name] = /^sqlite:(.+)$/.exec(databaseUrl) ?? [];
  if (name === undefined || name === ":memory:") return databaseUrl;
  const file = path.resolve(directory, name);
  try {
    mkdirSync(path.dirname(file), { recursive: true });
  } catch (cause) {
    throw new StoreError("STORE_READ_ONLY", {
      detail: `The folder ${path.dirname(file)} for the database cannot be made. Give this user the right to, or choose another place with CARILLON_DATABASE_URL.`,
      cause,
    });
  }
  return `sqlite:${file}`;
}

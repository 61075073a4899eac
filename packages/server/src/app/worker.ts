import { ConfigError } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";
import { shownUrl } from "../store/database-url.ts";
import type { Carillon } from "./carillon.ts";
import type { Config } from "./config.ts";
import { createHealthDoor } from "./health-door.ts";
import { listen, type NodeServer } from "./node-server.ts";
import { once } from "./once.ts";
import { openCarillon } from "./open-carillon.ts";
import { createReadiness } from "./readiness.ts";
import { systemRuntime } from "./runtime.ts";
import { createServiceMetrics, type ServiceMetrics } from "./service-metrics.ts";
import { packageVersion } from "./version.ts";

/** A process that only sends. */
export interface WorkerHandle {
  /** The database, as it may be shown. */
  readonly database: string;
  /** Where it tells how it is, without a slash at the end; null where it does not listen. */
  readonly url: string | null;
  /** Claims nothing more, ends what is in flight (at most `graceMs`, default 15,000), and closes everything. May be called twice. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Opens the database and starts to send what lies in it, together with whoever else does; takes no requests but for its health.
 * Throws `ConfigError` (CONFIG_…, PORT_TAKEN) and `StoreError`; nothing is left open then.
 */
export async function startWorker(
  config: Config,
  options: { readonly log: Log; readonly directory: string },
): Promise<WorkerHandle> {
  const { log } = options;
  if (config.databaseUrl === "sqlite::memory:")
    throw new ConfigError("CONFIG_INVALID", {
      detail:
        "CARILLON_DATABASE_URL is sqlite::memory:, which no other process can share, so there would never be anything to send. Name the service's database.",
    });
  const measured = createServiceMetrics();
  const { metrics } = measured;
  const opened = openCarillon(config, { ...options, role: "worker", worker: true, metrics });
  const carillon = await opened.catch((error: unknown) => {
    measured.close();
    throw error;
  });
  let server: NodeServer | null = null;
  let stopping = false;
  try {
    server = await listenForHealth(config, carillon, measured, () => stopping);
    // The engine alone: activities are taken, and taken up again, by those that listen for them.
    await carillon.engine.start();
    log.info("service.working", { url: server?.url });
  } catch (error) {
    await server?.close(0);
    await carillon.stop({ graceMs: 0 });
    measured.close();
    throw error;
  }
  const close = once(async (graceMs) => {
    stopping = true;
    log.info("service.stopping");
    await carillon.stop({ graceMs });
    // Last, so that whoever watches sees it stop.
    await server?.close(0);
    measured.close();
    log.info("service.stopped");
  });
  const database = shownUrl(config.databaseUrl);
  return {
    database,
    url: server?.url ?? null,
    stop: ({ graceMs } = {}) => close(graceMs ?? 15_000),
  };
}

async function listenForHealth(
  { host, workerPort }: Config,
  { store, engine }: Carillon,
  measured: ServiceMetrics,
  stopping: () => boolean,
): Promise<NodeServer | null> {
  if (workerPort === null) return null;
  const { now } = systemRuntime.clock;
  const lanes = () => engine.lanes();
  const ready = createReadiness({ probe: () => store.probe(), lanes, stopping, now });
  const graph = () => engine.graph();
  const sources = { version: packageVersion(), lanes, graph, ledger: store.ledger };
  const metrics = () => measured.text(sources);
  const door = createHealthDoor({ ready, metrics, keys: store.keys });
  return listen(door, { host, port: workerPort });
}

import { type Api, createApi } from "../api/create-api.ts";
import type { Log } from "../domain/log.ts";
import type { Carillon } from "./carillon.ts";
import type { Config } from "./config.ts";
import { introduce } from "./config-emulator.ts";
import { createFrontDoor } from "./front-door.ts";
import { type AdminKey, ensureAdminKey, keyFileOf, keyHash } from "./key-file.ts";
import { listen, type NodeServer } from "./node-server.ts";
import { once } from "./once.ts";
import { openCarillon } from "./open-carillon.ts";
import { createReadiness, type Readiness } from "./readiness.ts";
import { systemRuntime } from "./runtime.ts";
import { createServiceMetrics, type ServiceMetrics } from "./service-metrics.ts";
import { packageVersion } from "./version.ts";

export interface ServiceOptions {
  readonly log: Log;
  /** Where relative paths start. */
  readonly directory: string;
  /** Whether rosters are read once the bot is added to a team. Default true. */
  readonly readsRosters?: boolean;
  /** A taken port makes it try the next ones instead of failing. */
  readonly orNextPort?: boolean;
}

/** A service that listens and sends. */
export interface ServiceHandle {
  /** The address on this machine, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** True where the wanted port was taken and another one is used. */
  readonly moved: boolean;
  readonly adminKey: AdminKey;
  readonly carillon: Carillon;
  /** Takes no more requests, ends what is in flight (at most `graceMs`, default 15,000), and closes everything. May be called twice. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Opens the store, makes the first admin key where there is none, listens, and starts to send. Throws `ConfigError` (CONFIG_…,
 * PORT_TAKEN) and `StoreError`; nothing is left open then.
 */
export async function startService(
  config: Config,
  options: ServiceOptions,
): Promise<ServiceHandle> {
  const { log, directory } = options;
  const { worker } = config;
  const measured = createServiceMetrics();
  const { metrics } = measured;
  const carillon = await openCarillon(config, {
    ...options,
    role: "service",
    worker,
    metrics,
  }).catch((error: unknown) => {
    measured.close();
    throw error;
  });
  let server: NodeServer | null = null;
  let api: Api | null = null;
  let stopping = false;
  try {
    const { clock, ids } = systemRuntime;
    const adminKey = await ensureAdminKey(carillon.store.keys, ids, {
      configured: config.apiKey,
      file: keyFileOf(config.databaseUrl, directory),
      now: clock.now(),
    });
    const ready = createReadiness({
      probe: () => carillon.store.probe(),
      lanes: () => carillon.engine.lanes(),
      stopping: () => stopping,
      now: clock.now,
    });
    api = apiOf(carillon, log, ready, measured);
    const door = createFrontDoor({ inbound: carillon.fetch, api: api.fetch, ready });
    server = await listen(door, {
      host: config.host,
      port: config.port,
      orNext: options.orNextPort ?? false,
    });
    await carillon.start();
    log.info("service.listening", { url: server.url });
    if (config.emulatorUrl !== null) {
      const detail = await introduce(config.emulatorUrl, `${server.url}/api/messages`);
      if (detail !== null) log.warn("service.warning", { detail });
    }
    const close = once(async (graceMs: number) => {
      stopping = true;
      // Streams end here; they would keep the server open.
      api?.close();
      await stopAll(carillon, server, log, graceMs);
      measured.close();
    });
    const { url, port, moved } = server;
    return {
      url,
      port,
      moved,
      adminKey,
      carillon,
      stop: ({ graceMs } = {}) => close(graceMs ?? 15_000),
    };
  } catch (error) {
    api?.close();
    await server?.close(0);
    await carillon.stop({ graceMs: 0 });
    measured.close();
    throw error;
  }
}

function apiOf(
  { engine, store }: Carillon,
  log: Log,
  ready: () => Promise<Readiness>,
  measured: ServiceMetrics,
): Api {
  const { clock, ids } = systemRuntime;
  const { keys, ledger } = store;
  const version = packageVersion();
  const lanes = () => engine.lanes();
  const graph = () => engine.graph();
  return createApi({
    engine,
    keys,
    log,
    clock,
    ids,
    ready,
    sha256: keyHash,
    version,
    metrics: () => measured.text({ version, lanes, graph, ledger }),
  });
}

async function stopAll(
  carillon: Carillon,
  server: NodeServer | null,
  log: Log,
  graceMs: number,
): Promise<void> {
  log.info("service.stopping");
  // Both at once: a request that waits for a delivery ends only when the engine ends it.
  await Promise.all([server?.close(graceMs), carillon.stop({ graceMs })]);
  log.info("service.stopped");
}

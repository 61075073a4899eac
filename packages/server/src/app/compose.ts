import { assert } from "../domain/assert.ts";
import { isOver } from "../domain/campaign.ts";
import { ConfigError } from "../domain/errors.ts";
import { type BotId, botId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import type { Message } from "../domain/message.ts";
import { type Metrics, noMetrics } from "../domain/metrics.ts";
import { isGuid } from "../domain/teams-id.ts";
import { createEngine } from "../engine/create-engine.ts";
import type { CampaignView, Engine } from "../engine/engine.ts";
import type { Connector } from "../engine/ports/connector.ts";
import type { Graph } from "../engine/ports/graph.ts";
import type { Store } from "../engine/ports/store.ts";
import { createInboundEndpoint, type InboundEndpoint } from "../inbound/endpoint.ts";
import { problem } from "../inbound/problem.ts";
import { openStore } from "../store/open.ts";
import { type CloudSettings, cloudSettings } from "../teams/clouds.ts";
import { createConnector } from "../teams/connector.ts";
import { connectorHosts } from "../teams/facts.ts";
import { createGraph } from "../teams/graph.ts";
import { createInboundVerifier } from "../teams/inbound-token.ts";
import { createSecretTokenSource } from "../teams/secret-token-source.ts";
import { createTrustedHosts } from "../teams/trusted-hosts.ts";
import { type ClosableTransport, createUndiciTransport } from "../teams/undici-transport.ts";
import type { CampaignHandle, Carillon, CarillonOptions, Runtime } from "./carillon.ts";
import { keepingOf } from "./keeping.ts";
import { machineProcesses } from "./machine-processes.ts";
import { systemRuntime } from "./runtime.ts";

/** Puts the real parts together: what `createCarillon` does. */
export async function compose(options: CarillonOptions): Promise<Carillon> {
  const transport = createUndiciTransport();
  const parts = partsOf(options, transport);
  const isOurs = typeof options.store === "string";
  const { metrics } = parts;
  const store =
    typeof options.store === "string"
      ? await openStore(options.store, { metrics, log: parts.log })
      : options.store;
  const { engine, inbound } = await working(options, parts, store).catch(async (error: unknown) => {
    if (isOurs) await store.close();
    throw error;
  });
  return {
    engine,
    store,
    inbound,
    fetch: async (request) =>
      new URL(request.url).pathname === "/api/messages"
        ? inbound.handle(request)
        : problem("ROUTE_UNKNOWN"),
    send: (to, message, sendOptions = {}) =>
      engine.notifications.create({
        ...sendOptions,
        to,
        message: messageOf(message),
      }),
    campaign: async (request) => handleOf(engine, (await engine.campaigns.create(request)).id),
    async start() {
      await engine.start();
      await inbound.start();
    },
    async stop(stopOptions = {}) {
      // First what may still want to send, then what sends, then what both stand on.
      await inbound.stop(stopOptions);
      await engine.stop(stopOptions);
      await transport.close();
      if (isOurs) await store.close();
    },
  };
}

async function working(options: CarillonOptions, parts: Parts, store: Store) {
  const engine = engineOf(options, parts, store);
  return { engine, inbound: inboundOf(options, parts, { store, engine }) };
}

interface Parts extends Runtime {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly botId: BotId;
  readonly tenantId: string | null;
  readonly cloud: CloudSettings;
  readonly transport: ClosableTransport;
  readonly connector: Connector;
  readonly graph: Graph;
}

function partsOf(options: CarillonOptions, transport: ClosableTransport): Parts {
  const { bot, endpoints = {}, trustedHosts = [], log = silent, metrics = noMetrics } = options;
  const { clock, rng, ids } = options.runtime ?? systemRuntime;
  const cloud = cloudSettings(bot.cloud ?? "Public", endpoints);
  const { clientId, clientSecret, tenantId = "" } = bot;
  const tokens = createSecretTokenSource(
    { transport, clock, log, metrics },
    { cloud, clientId, clientSecret, tenantId: tenantId || null },
  );
  const trusted = createTrustedHosts(connectorHosts[cloud.name], trustedHosts);
  return {
    clock,
    rng,
    ids,
    log,
    metrics,
    botId: botId(clientId.toLowerCase()),
    // A registration's tenant may be given by a domain name, and activities name it by its guid.
    tenantId: isGuid(tenantId) ? tenantId.toLowerCase() : null,
    cloud,
    transport,
    connector: createConnector({ transport, tokens, clock }, { cloud, trusted }),
    graph: createGraph({ transport, tokens, clock }, { cloud }),
  };
}

function engineOf(options: CarillonOptions, parts: Parts, store: Store): Engine {
  const { clock, rng, ids, connector, graph, log, metrics } = parts;
  const { ratePerSecond = 50, readsRosters = true, worker: works = true } = options;
  const isGraphAsked = options.findsUsersInGraph ?? false;
  const keeping = keepingOf(options.keepDays ?? {});
  if (!Number.isFinite(ratePerSecond) || ratePerSecond < 0) {
    throw new ConfigError("CONFIG_INVALID", {
      detail: `ratePerSecond is ${ratePerSecond}: it must be a number of requests per second, or 0 for no pacing.`,
    });
  }
  return createEngine(
    {
      ...{ clock, rng, ids, connector, store, log, metrics, processes: machineProcesses() },
      ...(isGraphAsked && { graph }),
    },
    { botId: parts.botId, tenantId: parts.tenantId, ratePerSecond, readsRosters, works, keeping },
  );
}

function inboundOf(
  options: CarillonOptions,
  { clock, log, metrics, transport, cloud, botId, tenantId }: Parts,
  { store, engine }: { readonly store: Store; readonly engine: Engine },
): InboundEndpoint {
  const { on, allowedTenants, inboundAuth = "required" } = options;
  const verifier = createInboundVerifier(
    { transport, clock, log },
    { appId: botId, issuer: cloud.issuer, openIdMetadataUrl: cloud.openIdMetadataUrl },
  );
  return createInboundEndpoint(
    {
      verifier,
      store: store.inbound,
      clock,
      log,
      metrics,
      learn: (facts) => engine.learn(facts),
      notify: (request) => engine.notifications.create(request),
    },
    {
      botId,
      auth: inboundAuth,
      ...(on && { handlers: on }),
      ...(allowedTenants && { allowedTenants }),
      ...(tenantId !== null && { defaultTenant: tenantId }),
    },
  );
}

function handleOf(engine: Engine, id: string): CampaignHandle {
  const { campaigns } = engine;
  return {
    id,
    start: () => campaigns.start(id),
    pause: () => campaigns.pause(id),
    resume: () => campaigns.resume(id),
    cancel: () => campaigns.cancel(id),
    edit: async (message, options) =>
      newestChange(engine, await campaigns.edit(id, { ...options, message: messageOf(message) })),
    recall: async (options) => newestChange(engine, await campaigns.recall(id, options)),
    retry: (options) => campaigns.retry(id, options),
    leave: (options) => campaigns.leave(id, options),
    status: () => campaigns.get(id),
    finished: ({ signal } = {}) => finished(engine, id, signal),
  };
}

function messageOf(message: Message | string): Message {
  return typeof message === "string" ? { text: message } : message;
}

function newestChange(engine: Engine, { changes: [newest] }: CampaignView): CampaignHandle {
  assert(newest !== undefined, "a campaign that was edited or recalled lists the change");
  return handleOf(engine, newest.id);
}

/** Listens before it looks, so that an end in between is not missed. */
async function finished(engine: Engine, id: string, signal?: AbortSignal): Promise<CampaignView> {
  signal?.throwIfAborted();
  let release = () => {};
  const over = new Promise<void>((resolve, reject) => {
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const unsubscribe = engine.subscribe((event) => {
      if (event.type === "campaign" && event.id === id && isOver(event.state)) resolve();
    });
    release = () => {
      signal?.removeEventListener("abort", abort);
      unsubscribe();
    };
  });
  // It may be rejected while the state is still being read, before anybody waits for it.
  over.catch(() => {});
  try {
    const now = await engine.campaigns.get(id);
    if (isOver(now.state)) return now;
    await over;
    return await engine.campaigns.get(id);
  } finally {
    release();
  }
}

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

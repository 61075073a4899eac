import { type CarillonClient, createClient } from "@carillon/client";
import {
  type AcceptedMessage,
  createEmulator,
  type Emulator,
  type EmulatorOptions,
} from "@carillon/emulator";
import { createApi } from "../../server/src/api/create-api.ts";
import { keyHash } from "../../server/src/app/key-file.ts";
import { createReadiness, type Readiness } from "../../server/src/app/readiness.ts";
import { botId } from "../../server/src/domain/ids.ts";
import type { Log, LogEvent, LogFields } from "../../server/src/domain/log.ts";
import type { Signal } from "../../server/src/domain/signal.ts";
import { createEngine } from "../../server/src/engine/create-engine.ts";
import type { Engine } from "../../server/src/engine/engine.ts";
import type { Clock } from "../../server/src/engine/ports/runtime.ts";
import type { Store } from "../../server/src/engine/ports/store.ts";
import { createInboundEndpoint } from "../../server/src/inbound/endpoint.ts";
import { openSqliteStore } from "../../server/src/store/sqlite/open.ts";
import { cloudSettings } from "../../server/src/teams/clouds.ts";
import { createConnector } from "../../server/src/teams/connector.ts";
import { createGraph } from "../../server/src/teams/graph.ts";
import { createSecretTokenSource } from "../../server/src/teams/secret-token-source.ts";
import type { Transport } from "../../server/src/teams/transport.ts";
import { createTrustedHosts } from "../../server/src/teams/trusted-hosts.ts";
import { countedIds, seededRandom } from "./seeded-random.ts";
import { Life } from "./simulation/world/life.ts";
import { emulatorNetwork } from "./simulation/world/network.ts";
import { Trace } from "./simulation/world/trace.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** One process of the service in a virtual world: real engine, SQL, connector client, endpoint and API; only sockets and time are not. */
export interface VirtualProcess {
  readonly engine: Engine;
  /** Of its API, without a socket. */
  readonly client: CarillonClient;
  readonly logged: readonly { readonly event: LogEvent; readonly fields: LogFields }[];
  /** What `/readyz` answers. */
  readyz(): Promise<Readiness>;
  /** Ends it as `kill -9` does: nothing that it asked for ever comes back. */
  kill(): void;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
}

export interface VirtualProcessOptions {
  /** By how much this machine's clock is off the time that passes. */
  readonly skewMs?: () => number;
  /** Stands between the service and the network. */
  readonly wire?: (transport: Transport) => Transport;
  /** Stands between the service and the store. */
  readonly around?: (store: Store, clock: Clock) => Store;
  /** Default false: most tests count requests. */
  readonly readsRosters?: boolean;
  /** Whether Graph is asked who a user principal name is; default false. */
  readonly graphUsers?: boolean;
}

/** An emulator, a database and the time in which services run. */
export interface VirtualWorld {
  readonly clock: VirtualClock;
  readonly emulator: Emulator;
  readonly store: Store;
  /** The bot's messages with this text. */
  messages(text: string): readonly AcceptedMessage[];
  /** Whether nobody answers at all. */
  setOut(isOut: boolean): void;
  /** Starts a process on the database, as it is. Activities go to the one that was started last. */
  start(options?: VirtualProcessOptions): Promise<VirtualProcess>;
  /** The promise's value, once time has passed for it: at most `ms`. */
  within<T>(promise: Promise<T>, ms?: number): Promise<T>;
  /** Lets time pass until `look` answers something, which is asked every `everyMs`; throws after `ms`. */
  until<T>(look: () => Promise<T | null | false>, ms: number, everyMs?: number): Promise<T>;
}

export interface VirtualWorldOptions extends EmulatorOptions {
  /** The ceiling of the service's lanes; default: the emulator's. */
  readonly laneRps?: number;
  /** Default: one in memory. */
  readonly store?: Store;
}

const apiKey = "a-key-for-tests-only";
const networkMs = 2;

/** A world without a running process. Nothing is installed yet. */
export async function virtualWorld(options: VirtualWorldOptions = {}): Promise<VirtualWorld> {
  const { laneRps, store: given, ...emulated } = options;
  const clock = new VirtualClock();
  const seed = emulated.seed ?? 1;
  let receive: (request: Request) => Promise<Response> = async () => new Response(null);
  const emulator = createEmulator({
    clock,
    rng: seededRandom(seed + 1),
    botEndpoint: "http://127.0.0.1/api/messages",
    rps: 50,
    ...emulated,
    post: (url, init) => receive(new Request(url, init)),
  });
  const store = given ?? openSqliteStore(":memory:", { schedule: queueMicrotask });
  await store.keys.addKey({ id: "key", sha256: keyHash(apiKey), name: "test", createdAt: 0 });
  let isOut = false;
  const rng = seededRandom(seed + 2);
  const transport = emulatorNetwork(
    { clock, rng, emulator, trace: new Trace() },
    { latencyMs: networkMs, tokenMs: 50, isOut: () => isOut },
  );
  let processes = 0;
  const surroundings = { clock, emulator, store, transport, rng };
  const ceiling = laneRps ?? emulated.rps ?? 50;
  return {
    clock,
    emulator,
    store,
    messages: (text) =>
      [...emulator.acceptedMessages()].filter(({ body }) => body.includes(JSON.stringify(text))),
    setOut(value) {
      isOut = value;
    },
    async start(given = {}) {
      processes += 1;
      const { process, handle } = await startProcess(surroundings, given, {
        number: processes,
        ceiling,
      });
      receive = handle;
      return process;
    },
    within: (promise, ms = 60_000) => within(clock, promise, ms),
    async until(look, ms, everyMs = 100) {
      const end = clock.now() + ms;
      for (;;) {
        const found = await within(clock, look(), ms);
        if (found !== null && found !== false) return found;
        if (clock.now() >= end) throw new Error(`not so after ${ms} ms`);
        await clock.runFor(everyMs);
      }
    },
  };
}

interface Surroundings {
  readonly clock: VirtualClock;
  readonly emulator: Emulator;
  readonly store: Store;
  readonly transport: Transport;
  readonly rng: () => number;
}

async function startProcess(
  world: Surroundings,
  options: VirtualProcessOptions,
  { number, ceiling }: { readonly number: number; readonly ceiling: number },
) {
  const { wire = same, around = same, skewMs = () => 0, readsRosters = false } = options;
  const { graphUsers = false } = options;
  const machine = skewed(world.clock, skewMs);
  const life = new Life({ real: world.clock, machine }, () => []);
  const clock = life.clock();
  const ids = countedIds();
  const unique = { next: (prefix: string) => `${ids.next(prefix)}_${number}` };
  const { log, logged } = keptLog();
  const transport = life.transport(wire(world.transport));
  const store = life.store(around(world.store, world.clock), () => null);
  const parts = { clock, rng: world.rng, ids: unique, store, log };
  const bot = world.emulator.bot();
  const { connector, graph } = teamsOf(bot, { transport, clock, log });
  const engine = createEngine(
    { ...parts, connector, ...(graphUsers && { graph }) },
    {
      botId: botId(bot.clientId),
      tenantId: bot.tenantId,
      ratePerSecond: ceiling,
      readsRosters,
    },
  );
  const inbound = inboundOf(bot, { ...parts, engine });
  const ready = createReadiness({
    probe: () => store.probe(),
    lanes: () => engine.lanes(),
    stopping: () => life.ended,
    now: clock.now,
  });
  const { keys } = store;
  const api = createApi({
    ...{ engine, keys, log, clock, ids: unique, ready, metrics: async () => "" },
    sha256: keyHash,
    version: "0.0.0",
  });
  await engine.start();
  await inbound.start();
  const process: VirtualProcess = {
    engine,
    client: createClient({
      url: "http://service.invalid",
      apiKey,
      fetch: async (input, init) => api.fetch(new Request(input, init)),
    }),
    logged,
    readyz: ready,
    kill: () => life.kill(),
    async stop() {
      api.close();
      await within(world.clock, inbound.stop(), 60_000);
      await within(world.clock, engine.stop(), 60_000);
    },
  };
  return { process, handle: (request: Request) => inbound.handle(request) };
}

type Bot = ReturnType<Emulator["bot"]>;

function teamsOf(
  bot: Bot,
  deps: { readonly transport: Transport; readonly clock: Clock; readonly log: Log },
) {
  const cloud = cloudSettings("Public", {
    loginUrl: bot.loginUrl,
    openIdMetadataUrl: bot.openIdMetadataUrl,
    serviceUrl: bot.globalServiceUrl,
    graphUrl: bot.graphUrl,
  });
  const { clientId, clientSecret, tenantId } = bot;
  const tokens = createSecretTokenSource(deps, { cloud, clientId, clientSecret, tenantId });
  const trusted = createTrustedHosts([], [new URL(bot.serviceUrl).host]);
  return {
    connector: createConnector({ ...deps, tokens }, { cloud, trusted }),
    graph: createGraph({ ...deps, tokens }, { cloud }),
  };
}

function inboundOf(
  bot: Bot,
  {
    store,
    clock,
    log,
    engine,
  }: {
    readonly store: Store;
    readonly clock: Clock;
    readonly log: Log;
    readonly engine: Engine;
  },
) {
  const claims = { issuer: bot.issuer, audience: bot.clientId, serviceUrl: null };
  return createInboundEndpoint(
    {
      // Signatures are checked on other threads, which virtual time cannot wait for; every activity is the emulator's own.
      verifier: {
        verify: async () => ({
          ok: true,
          claims: { ...claims, expiresAt: Number.MAX_SAFE_INTEGER },
        }),
      },
      store: store.inbound,
      clock,
      log,
      learn: (facts) => engine.learn(facts),
      notify: (request) => engine.notifications.create(request),
    },
    { botId: botId(bot.clientId), auth: "required", defaultTenant: bot.tenantId },
  );
}

function skewed(clock: Clock, skewMs: () => number): Clock {
  return {
    now: () => clock.now() + skewMs(),
    elapsed: () => clock.now(),
    sleep: (ms: number, signal?: Signal) => clock.sleep(ms, signal),
  };
}

function keptLog() {
  const logged: { readonly event: LogEvent; readonly fields: LogFields }[] = [];
  const note = (event: LogEvent, fields: LogFields = {}) => void logged.push({ event, fields });
  const log: Log = { info: note, warn: note, error: note };
  return { log, logged };
}

async function within<T>(clock: VirtualClock, promise: Promise<T>, ms: number): Promise<T> {
  let isDone = false;
  const mark = () => {
    isDone = true;
  };
  promise.then(mark, mark);
  if (!(await clock.runUntil(() => isDone, ms))) throw new Error(`not done after ${ms} ms`);
  return promise;
}

function same<T>(one: T): T {
  return one;
}

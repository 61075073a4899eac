import type { Emulator } from "@carillon/emulator";
import { createIds } from "../../../../server/src/app/runtime.ts";
import { botId, type WorkerId } from "../../../../server/src/domain/ids.ts";
import type { Log } from "../../../../server/src/domain/log.ts";
import { createEngine } from "../../../../server/src/engine/create-engine.ts";
import type { Engine } from "../../../../server/src/engine/engine.ts";
import type { Processes } from "../../../../server/src/engine/ports/processes.ts";
import type { Clock, Rng } from "../../../../server/src/engine/ports/runtime.ts";
import type { Store } from "../../../../server/src/engine/ports/store.ts";
import type { BotEventHandlers } from "../../../../server/src/inbound/bot-events.ts";
import {
  createInboundEndpoint,
  type InboundEndpoint,
} from "../../../../server/src/inbound/endpoint.ts";
import { cloudSettings } from "../../../../server/src/teams/clouds.ts";
import { createConnector } from "../../../../server/src/teams/connector.ts";
import { createSecretTokenSource } from "../../../../server/src/teams/secret-token-source.ts";
import { createTrustedHosts } from "../../../../server/src/teams/trusted-hosts.ts";
import type { Decisions } from "../watch/decisions.ts";
import { markIn } from "../watch/message-marks.ts";
import type { RunRecord } from "../watch/record.ts";
import { type Watched, watchConnector, watchStore, watchTransport } from "../watch/watch.ts";
import { watchDecisionsStored, watchGuardsAtWire } from "../watch/watch-decisions.ts";
import type { Life } from "./life.ts";
import type { MachineClock } from "./machine-clock.ts";
import type { Network } from "./network.ts";
import type { Sabotage } from "./sabotage.ts";
import type { StoreWeather } from "./store-weather.ts";

/** What outlives a process: the world around it and its database. */
export interface Surroundings {
  /** Real time. */
  readonly clock: Clock;
  /** Time as machines show it, but for how much each is off. */
  readonly machine: MachineClock;
  /** Time as the machine of each process shows it. */
  machineOf(process: number): Clock;
  /** The luck of each process. */
  readonly rngs: readonly Rng[];
  /** What ids of each process hold beside its time. */
  readonly idDigits: readonly (() => bigint)[];
  readonly store: Store;
  readonly transport: Network;
  readonly emulator: Emulator;
  readonly log: Log;
  readonly record: RunRecord;
  readonly decisions: Decisions;
  readonly sabotage: Sabotage;
  readonly ratePerSecond: number;
  readonly storeWeather: StoreWeather;
}

/** One process of the service, put together from the real parts; only sockets, threads and time are the simulation's. */
export interface RunningProcess {
  readonly process: number;
  readonly life: number;
  readonly engine: Engine;
  readonly inbound: InboundEndpoint;
  /** Ends what was begun, and gives everything back. */
  stop(): Promise<void>;
}

/** Starts a process on what an earlier one left. */
export async function startService(
  world: Surroundings,
  life: Life,
  who: Watched,
): Promise<RunningProcess> {
  const { log, emulator } = world;
  const rng = world.rngs[who.process] ?? Math.random;
  const clock = life.clock();
  // Of the machine's time, as real ones are: they grow within a life, and are in no order between processes whose clocks differ.
  const ids = createIds(() => Math.floor(clock.now()), world.idDigits[who.process]);
  const transport = life.transport(wireOf(world, who));
  const store = life.store(databaseOf(world, who), (call) => world.storeWeather.refusal(call));
  const bot = emulator.bot();
  const cloud = cloudSettings("Public", {
    loginUrl: bot.loginUrl,
    openIdMetadataUrl: bot.openIdMetadataUrl,
    serviceUrl: bot.globalServiceUrl,
    graphUrl: bot.graphUrl,
  });
  const { clientId, clientSecret, tenantId } = bot;
  const tokens = createSecretTokenSource(
    { transport, clock, log },
    { cloud, clientId, clientSecret, tenantId },
  );
  const trusted = createTrustedHosts([], [new URL(bot.serviceUrl).host]);
  const real = watchConnector(
    createConnector({ transport, tokens, clock }, { cloud, trusted }),
    world,
  );
  const connector = world.sabotage.connector?.(real, clock) ?? real;
  const engine = createEngine(
    { clock, rng, ids, connector, store, log, processes: neighbours(world, who) },
    { botId: botId(clientId), tenantId, ratePerSecond: world.ratePerSecond },
  );
  const inbound = createInboundEndpoint(
    {
      // Signatures are made and checked on other threads; here every activity comes from the emulator itself.
      verifier: { verify: async () => ({ ok: true, claims: believed(bot.issuer, clientId) }) },
      store: store.inbound,
      clock,
      log,
      learn: (facts) => engine.learn(facts),
      notify: (request) => engine.notifications.create(request),
    },
    {
      botId: botId(clientId),
      auth: "required",
      defaultTenant: tenantId,
      handlers: answersQuestions(world),
    },
  );
  await engine.start();
  await inbound.start();
  const stop = async () => {
    await inbound.stop();
    await engine.stop();
  };
  return { ...who, engine, inbound, stop };
}

/** The bot's own code: whoever asks is answered with the mark of their question. */
function answersQuestions({ decisions, clock }: Surroundings): BotEventHandlers {
  return {
    onMessage: async ({ text, reply }) => {
      const mark = markIn(text);
      if (mark === null) return;
      decisions.classes.set(mark, "interactive");
      try {
        await reply(`${mark} answers`);
        decisions.hurries.push({ mark, trafficClass: "interactive", at: clock.now() });
      } catch (error) {
        // It is told, and may say so; code that throws is not run again.
        decisions.refusedAnswers.add(mark);
        throw error;
      }
    },
  };
}

/** The other lives, as a process of the same machine sees them; nothing where it sees none. */
function neighbours({ record }: Surroundings, { life, seesEnds }: Watched): Processes {
  const lifeOf = (worker: WorkerId) => Number(worker.split("@life ")[1]);
  return {
    own: `life ${life}`,
    hasEnded: (worker) => seesEnds && record.ended.has(lifeOf(worker)),
  };
}

function wireOf(world: Surroundings, who: Watched) {
  const { clock, transport, record, decisions, sabotage, emulator, store } = world;
  const machine = world.machineOf(who.process);
  const { host } = new URL(emulator.bot().serviceUrl);
  const watched = watchGuardsAtWire(
    watchTransport(transport, { record, clock, machine, host }, who),
    { record, decisions },
    store.ledger,
  );
  return sabotage.transport?.(watched, clock) ?? watched;
}

function databaseOf(world: Surroundings, who: Watched): Store {
  const { clock, store, record, decisions, sabotage } = world;
  const watched = watchDecisionsStored(
    watchStore(store, { record, clock }, who),
    { decisions, record, clock },
    who.process,
  );
  return sabotage.store?.(watched) ?? watched;
}

function believed(issuer: string, audience: string) {
  return { issuer, audience, serviceUrl: null, expiresAt: Number.MAX_SAFE_INTEGER };
}

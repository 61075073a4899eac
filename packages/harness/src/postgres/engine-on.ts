import { systemClock, systemRuntime } from "../../../server/src/app/runtime.ts";
import { type BotId, conversationId, tenantId } from "../../../server/src/domain/ids.ts";
import type { Log, LogEvent, LogFields } from "../../../server/src/domain/log.ts";
import { createEngine } from "../../../server/src/engine/create-engine.ts";
import type { Engine } from "../../../server/src/engine/engine.ts";
import type { Clock } from "../../../server/src/engine/ports/runtime.ts";
import type { Store } from "../../../server/src/engine/ports/store.ts";
import {
  openPostgresStore,
  type PostgresOptions,
} from "../../../server/src/store/postgres/open.ts";
import type { FakeConnector } from "../fake-connector.ts";
import { bot, fieldsOf, serviceUrl, tenant } from "../store-conformance/fixtures.ts";

/** An engine with a store of its own, as a process has them. */
export interface EngineOn {
  readonly engine: Engine;
  readonly store: Store;
  readonly logged: { readonly event: LogEvent; readonly fields: LogFields }[];
  stop(): Promise<void>;
}

export interface EngineOnOptions {
  readonly connector: FakeConnector;
  /** Default true. */
  readonly works?: boolean;
  readonly ratePerSecond?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
  readonly store?: PostgresOptions;
}

/** Opens a store on the database, and starts an engine on it. */
export async function engineOn(url: string, options: EngineOnOptions): Promise<EngineOn> {
  const { connector, works = true, ratePerSecond = 50, clock = systemClock } = options;
  const logged: EngineOn["logged"] = [];
  const note = (event: LogEvent, fields: LogFields = {}) => void logged.push({ event, fields });
  const log: Log = { info: note, warn: note, error: note };
  const store = await openPostgresStore(url, { log, ...options.store });
  const engine = createEngine(
    { ...systemRuntime, clock, connector, store, log },
    { botId: bot as BotId, tenantId: tenant, ratePerSecond, works, readsRosters: false },
  );
  await engine.start();
  return {
    engine,
    store,
    logged,
    async stop() {
      await engine.stop();
      await store.close();
    },
  };
}

/** Lets the directory know people 1 to `count`, who have the app and a chat. */
export function learnPeople({ engine }: Pick<EngineOn, "engine">, count: number): Promise<void> {
  return engine.learn(
    Array.from({ length: count }, (_, index) => ({
      fact: "personal-conversation",
      tenantId: tenantId(tenant),
      person: fieldsOf(index + 1),
      conversationId: conversationId(`a:${index + 1}`),
      serviceUrl,
    })),
  );
}

/** The machine's time, in which nobody ever looks: a wait as long as between two looks ends only when somebody ends it. */
export const clockWithoutLooks: Clock = {
  ...systemClock,
  sleep: (ms, signal) =>
    ms < shortestLookMs || signal === undefined
      ? systemClock.sleep(ms, signal)
      : new Promise((resolve) => {
          if (signal.aborted) resolve();
          else signal.addEventListener("abort", resolve);
        }),
};

/** Lanes, jobs and what there is to plan are looked at every 500 ms. */
const shortestLookMs = 400;

import { FakeConnector } from "../../../harness/src/fake-connector.ts";
import { overlay } from "../../../harness/src/overlay.ts";
import { countedIds, seededRandom } from "../../../harness/src/seeded-random.ts";
import { VirtualClock } from "../../../harness/src/virtual-clock.ts";
import type { DirectoryFact } from "../../src/domain/directory.ts";
import { StoreError } from "../../src/domain/errors.ts";
import { botId, conversationId, tenantId } from "../../src/domain/ids.ts";
import type { Log, LogEvent, LogFields } from "../../src/domain/log.ts";
import type { Signal } from "../../src/domain/signal.ts";
import { createEngine, type EngineOptions } from "../../src/engine/create-engine.ts";
import type { Engine, NewCampaign } from "../../src/engine/engine.ts";
import type { Delivery, Store } from "../../src/engine/ports/store.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";

export const bot = botId("b0000000-0000-4000-8000-000000000000");
export const tenant = tenantId("70000000-0000-4000-8000-000000000000");
export const serviceUrl = "https://smba.trafficmanager.net/emea/";

/** An engine on the real SQLite store in memory, a scripted connector and virtual time. */
export interface World {
  readonly clock: VirtualClock;
  readonly connector: FakeConnector;
  readonly store: Store;
  readonly engine: Engine;
  readonly logged: { readonly event: LogEvent; readonly fields: LogFields }[];
}

export interface WorldOptions {
  readonly ratePerSecond?: number;
  readonly people?: number;
  readonly inFlightMax?: number;
  /** Stands between the engine and the store. */
  readonly around?: (store: Store) => Store;
  readonly start?: boolean;
  /** How long a commit takes; default 0. */
  readonly commitMs?: number;
  /** Default false: most tests count requests. */
  readonly readsRosters?: boolean;
  /** Default true. */
  readonly works?: boolean;
  readonly keeping?: EngineOptions["keeping"];
  readonly seed?: number;
  /** By how much the machine's clock is off the time that passes. */
  readonly skewMs?: () => number;
}

/** A started world with people who have the app, and whose chats are known. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const clock = new VirtualClock();
  const connector = new FakeConnector(clock);
  const { commitMs = 0 } = options;
  const store = openSqliteStore(":memory:", {
    schedule: commitMs === 0 ? queueMicrotask : (run) => void clock.sleep(commitMs).then(run),
  });
  const world = startEngine({ clock, connector, store }, options);
  await within(world, world.engine.learn(range(options.people ?? 0).map(installed)));
  if (options.start !== false) await world.engine.start();
  return world;
}

/** A new process on what another left: its own engine, the same store, clock and connector. */
export function startEngine(
  { clock, connector, store }: Pick<World, "clock" | "connector" | "store">,
  options: WorldOptions = {},
): World {
  const { ratePerSecond = 50, inFlightMax, around = (same) => same, seed = 1 } = options;
  const { skewMs = () => 0 } = options;
  const skewed = {
    now: () => clock.now() + skewMs(),
    elapsed: () => clock.now(),
    sleep: (ms: number, signal?: Signal) => clock.sleep(ms, signal),
  };
  const logged: World["logged"] = [];
  const note = (event: LogEvent, fields: LogFields = {}) => void logged.push({ event, fields });
  const log: Log = { info: note, warn: note, error: note };
  const rng = seededRandom(seed);
  engines += 1;
  const number = engines;
  const ids = countedIds();
  const unique = { next: (prefix: string) => `${ids.next(prefix)}_${number}` };
  const engine = createEngine(
    { clock: skewed, rng, ids: unique, connector, store: around(store), log },
    {
      botId: bot,
      tenantId: tenant,
      ratePerSecond,
      readsRosters: options.readsRosters ?? false,
      works: options.works ?? true,
      ...(options.keeping && { keeping: options.keeping }),
      ...(inFlightMax && { inFlightMax }),
    },
  );
  return { clock, connector, store, engine, logged };
}

/** A process of its own, and how to kill it: from then on nothing of it reaches the store or Teams, and it gives nothing back. */
export async function mortalEngine(
  { clock, connector, store }: Pick<World, "clock" | "connector" | "store">,
  options: WorldOptions = {},
): Promise<{ readonly world: World; kill(): void }> {
  const life = { alive: true };
  const world = startEngine(
    { clock, connector: lasting(life, connector), store },
    { ...options, around: mortal(life) },
  );
  await world.engine.start();
  return {
    world,
    kill() {
      life.alive = false;
    },
  };
}

let engines = 0;

/** The object id of the n-th person. */
export function objectId(n: number): string {
  return `a0000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
}

/** A person who installed the app; their chat is known. */
export function installed(n: number): DirectoryFact {
  return {
    fact: "personal-conversation",
    tenantId: tenant,
    person: personOf(n),
    conversationId: conversationId(`a:${objectId(n)}`),
    serviceUrl,
  };
}

/** A person of whom no chat is known. */
export function seen(n: number): DirectoryFact {
  return { fact: "person-seen", tenantId: tenant, person: personOf(n) };
}

export function personOf(n: number) {
  return {
    aadObjectId: objectId(n),
    teamsId: `29:${n}`,
    userPrincipalName: `person${n}@contoso.example`,
    name: `Person ${n}`,
    givenName: `P${n}`,
  };
}

export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Creates and starts a campaign to everyone. */
export async function startCampaign(
  { engine }: World,
  request: Partial<NewCampaign> = {},
): Promise<string> {
  const { id } = await engine.campaigns.create({
    name: "test",
    message: { text: "hello" },
    audience: { include: [{ everyone: true }] },
    ...request,
  });
  await engine.campaigns.start(id);
  return id;
}

/** Waits in virtual time until the campaign or notification is over; throws when it is not by then. */
export async function untilOver(world: World, id: string, withinMs = 600_000): Promise<void> {
  let isOver = false;
  const stop = world.engine.subscribe((event) => {
    if (event.type === "campaign" && event.id === id)
      isOver = event.state === "finished" || event.state === "cancelled";
  });
  const ended = await world.clock.runUntil(() => isOver, withinMs);
  stop();
  if (!ended) throw new Error(`${id} was not over after ${withinMs} ms`);
}

/** Awaits something that needs virtual time to pass. */
export async function within<T>(world: World, promise: Promise<T>, ms = 60_000): Promise<T> {
  let isDone = false;
  const mark = () => {
    isDone = true;
  };
  promise.then(mark, mark);
  await world.clock.runUntil(() => isDone, ms);
  if (!isDone) throw new Error(`not done after ${ms} ms`);
  return promise;
}

/** Every delivery of a campaign or notification. */
export async function deliveriesOf({ store }: World, id: string): Promise<readonly Delivery[]> {
  const campaign = id as Parameters<Store["ledger"]["listDeliveries"]>[0]; // ids come from the engine
  const all: Delivery[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.ledger.listDeliveries(campaign, {
      limit: 1000,
      ...(cursor !== undefined && { cursor }),
    });
    all.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return all;
}

interface Life {
  alive: boolean;
  /** While it says so, calls of the store fail. */
  readonly failing?: () => boolean;
}

/** The store as a process has it that can die: from then on its calls never come back. */
export function mortal(life: Life): (store: Store) => Store {
  return (store) =>
    overlay(store, { ledger: lasting(life, store.ledger), jobs: lasting(life, store.jobs) });
}

/** Something as long as a life lasts. */
function lasting<T extends object>(life: Life, real: T): T {
  return new Proxy(real, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      if (!life.alive) return () => new Promise(() => {});
      if (life.failing?.() !== true) return member.bind(target);
      return () => Promise.reject(new StoreError("STORE_FULL", { detail: "no room" }));
    },
  });
}

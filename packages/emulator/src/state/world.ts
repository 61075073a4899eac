import type { KeyObject } from "node:crypto";
import { identityWindowMs } from "../facts.ts";
import { FaultBook } from "../faults/fault-book.ts";
import type { FaultPlan } from "../faults/plan.ts";
import type { JsonObject } from "../json.ts";
import { Limiter } from "../limits/limiter.ts";
import { QuietTimes } from "../limits/quiet-times.ts";
import { UnitBucket } from "../limits/unit-bucket.ts";
import { KeyRing } from "../openid/key-ring.ts";
import type { BlockedError, EmulatorClock, LimitSettings, PostToBot } from "../options.ts";
import { seededRng } from "../runtime/hash.ts";
import type { PersonSource } from "../tenant/person.ts";
import type { AccessClaims } from "../token/access-token.ts";
import type { LogEntry, Throttle, Violation } from "../views.ts";
import { findPerson } from "./find-person.ts";
import { Groups } from "./groups.ts";
import type { InstallJob } from "./install-job.ts";
import { MessageStore } from "./messages.ts";
import { PeopleState } from "./people.ts";
import { Ring } from "./ring.ts";

/** What is fixed for the life of an emulator. */
export interface Config {
  readonly seed: number;
  readonly source: PersonSource;
  readonly teams: number;
  readonly chats: number;
  readonly tenantId: string;
  readonly botAppId: string;
  readonly botSecret: string;
  readonly botName: string;
  readonly otherApps: readonly { readonly appId: string; readonly secret: string }[];
  readonly registration: "single-tenant" | "multi-tenant";
  readonly keepMessages: number;
  readonly tokenLifetimeSeconds: number;
  readonly blockedError: BlockedError;
  readonly strict: boolean;
  readonly graphPermissions: readonly string[];
  readonly faults: FaultPlan;
  readonly limits: LimitSettings;
  readonly rng: (() => number) | null;
}

/** What the controls turn while it runs; a reset leaves it. */
export interface Dial {
  baseUrl: string;
  botEndpoint: string | null;
  region: string;
  refuseOtherRegions: boolean;
  latencyMs: number;
  latencyJitterMs: number;
  readonly certificates: KeyObject[];
}

/** Totals since the start or the last reset. */
export interface Totals {
  accepted: number;
  requests: number;
  throttled: number;
  faulted: number;
  tokens: number;
  violations: number;
  events: number;
  answers: number;
  installs: number;
  readonly byStatus: Map<number, number>;
}

/** Everything that a reset makes anew. */
export interface WorldState {
  people: PeopleState;
  groups: Groups;
  messages: MessageStore;
  limiter: Limiter;
  limits: LimitSettings;
  quiet: QuietTimes;
  /** What is left of Graph's units. */
  units: UnitBucket;
  /** What an admin has consented to. */
  graphPermissions: readonly string[];
  faults: FaultBook;
  keys: KeyRing;
  totals: Totals;
  violations: Ring<Violation>;
  throttles: Ring<Throttle>;
  log: Ring<LogEntry>;
  /** Activities posted to the bot, for redelivery. */
  posted: Ring<JsonObject>;
  installs: InstallJob[];
  /** Verified access tokens, so that each is verified once. */
  tokens: Map<string, AccessClaims>;
  rng: () => number;
}

/** One emulated tenant. Operations take it first. */
export interface World extends WorldState {
  readonly config: Config;
  readonly dial: Dial;
  readonly clock: EmulatorClock;
  readonly post: PostToBot;
  /** A line about something worth a look. */
  readonly note: (line: string) => void;
}

const violationsKept = 1_000;
const throttlesKept = 1_000;
const logKept = 1_000;
const postedKept = 1_000;

/** A tenant at its beginning. */
export function createWorld(
  fixed: Pick<World, "config" | "dial" | "clock" | "post" | "note">,
): World {
  return { ...fixed, ...freshState(fixed.config) };
}

/** Back to the beginning; what the dial says stays. */
export function resetWorld(world: World): void {
  Object.assign(world, freshState(world.config));
}

/** Records what a client must not do. */
export function recordViolation(world: World, violation: Omit<Violation, "at">): void {
  world.totals.violations += 1;
  world.violations.push({ at: world.clock.now(), ...violation });
  world.note(`violation ${violation.kind}: ${violation.detail}`);
}

function freshState(config: Config): WorldState {
  const rng = config.rng ?? seededRng(config.seed);
  return {
    people: new PeopleState(config.source.people),
    groups: new Groups(config.seed, config.source.people, config.teams, config.chats),
    messages: new MessageStore(config.keepMessages),
    limiter: new Limiter(),
    limits: config.limits,
    quiet: new QuietTimes(),
    units: new UnitBucket({ units: config.limits.graphUnits, ms: identityWindowMs }),
    graphPermissions: config.graphPermissions,
    faults: new FaultBook(config.faults, (ref) => findPerson(config.source, ref), rng),
    keys: new KeyRing(),
    totals: {
      accepted: 0,
      requests: 0,
      throttled: 0,
      faulted: 0,
      tokens: 0,
      violations: 0,
      events: 0,
      answers: 0,
      installs: 0,
      byStatus: new Map(),
    },
    violations: new Ring(violationsKept),
    throttles: new Ring(throttlesKept),
    log: new Ring(logKept),
    posted: new Ring(postedKept),
    installs: [],
    tokens: new Map(),
    rng,
  };
}

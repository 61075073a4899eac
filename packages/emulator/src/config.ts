import { createPublicKey, type KeyObject } from "node:crypto";
import { ControlError } from "./control-error.ts";
import {
  accessTokenSeconds,
  identityUnits,
  laneRequestsPerSecond,
  laneWindowMs,
  readUsersPermission,
  retryAfterSeconds,
} from "./facts.ts";
import type { EmulatorOptions } from "./options.ts";
import { guidOf } from "./runtime/id-code.ts";
import type { Config, Dial } from "./state/world.ts";

const standard = {
  people: 1_000,
  teams: 5,
  chats: 2,
  seed: 1,
  botName: "Carillon",
  otherApps: [],
  registration: "single-tenant",
  baseUrl: "http://127.0.0.1:3979",
  rps: laneRequestsPerSecond,
  graphPermissions: [readUsersPermission],
  faults: {},
  keepMessages: 20_000,
  tokenLifetimeSeconds: accessTokenSeconds,
  blockedError: "writes-blocked",
  strict: true,
} as const satisfies EmulatorOptions;
const standardShares = { blocked: 0.02, withoutApp: 0.04 };
const peopleMax = 10_000_000;
const groupsMax = 10_000;

/** The fixed part of the options, defaults filled in. Throws `ControlError` naming the option that is wrong. */
export function configFrom(options: EmulatorOptions): Config {
  const all = { ...standard, ...options };
  const shares = { ...standardShares, ...options.shares };
  const seed = whole("seed", all.seed, 0, 0xffff_ffff);
  return {
    seed,
    source: {
      seed,
      people: whole("people", all.people, 0, peopleMax),
      blockedShare: share("shares.blocked", shares.blocked),
      withoutAppShare: share("shares.withoutApp", shares.withoutApp),
    },
    teams: whole("teams", all.teams, 0, groupsMax),
    chats: whole("chats", all.chats, 0, groupsMax),
    tenantId: options.tenantId ?? guidOf(seed, "tenant", 0),
    botAppId: options.botAppId ?? guidOf(seed, "bot-app", 0),
    botSecret: options.botSecret ?? `emulated-${guidOf(seed, "bot-secret", 0)}`,
    botName: all.botName,
    otherApps: all.otherApps,
    registration: all.registration,
    keepMessages: whole("keepMessages", all.keepMessages, 1, 10_000_000),
    tokenLifetimeSeconds: whole("tokenLifetimeSeconds", all.tokenLifetimeSeconds, 1, 86_400),
    blockedError: all.blockedError,
    strict: all.strict,
    graphPermissions: all.graphPermissions,
    faults: all.faults,
    limits: {
      rps: whole("rps", all.rps, 0, 1_000_000),
      laneWindowMs,
      threads: true,
      retryAfterSeconds,
      sendRetryAfter: true,
      graphUnits: all.rps === 0 ? 0 : unitsOf(all.people),
    },
    rng: options.rng ?? null,
  };
}

/** What a tenant of this size may use of Graph. */
function unitsOf(people: number): number {
  return identityUnits.find(({ peopleMin }) => people >= peopleMin)?.units ?? 0;
}

/** The part of the options that the controls turn. Throws `ControlError` naming the option that is wrong. */
export function dialFrom(options: EmulatorOptions): Dial {
  return {
    baseUrl: originOf(options.baseUrl ?? standard.baseUrl),
    botEndpoint: options.botEndpoint ?? null,
    region: "amer",
    refuseOtherRegions: false,
    latencyMs: notNegative("latencyMs", options.latencyMs ?? 0),
    latencyJitterMs: notNegative("latencyJitterMs", options.latencyJitterMs ?? 0),
    certificates: (options.botCertificates ?? []).map(publicKeyFrom),
  };
}

/** The public key of a PEM key or certificate. Throws `ControlError` where it is none. */
export function publicKeyFrom(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new ControlError(400, `no public key or certificate in PEM: ${String(cause)}`);
  }
}

/** The origin of a URL. Throws `ControlError` where it is none. */
export function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !parsed.protocol.startsWith("http"))
    throw new ControlError(400, `${url} is no http URL`);
  return parsed.origin;
}

/** A number of milliseconds or the like. Throws `ControlError` where it is negative or none. */
export function notNegative(name: string, value: number): number {
  if (Number.isFinite(value) && value >= 0) return value;
  throw new ControlError(400, `${name} must be a number from 0, not ${value}`);
}

function whole(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ControlError(400, `${name} must be a whole number from ${min} to ${max}, not ${value}`);
}

function share(name: string, value: number): number {
  if (value >= 0 && value <= 1) return value;
  throw new ControlError(400, `${name} must be from 0 to 1, not ${value}`);
}

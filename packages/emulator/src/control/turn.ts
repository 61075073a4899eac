import { postActivity } from "../bot/post-activity.ts";
import { channelActivity, memberActivity } from "../bot/team-activities.ts";
import { notNegative, originOf, publicKeyFrom } from "../config.ts";
import { ControlError } from "../control-error.ts";
import type { Emulator } from "../emulator.ts";
import { identityWindowMs, regions } from "../facts.ts";
import { FaultBook } from "../faults/fault-book.ts";
import { parseFaultPlan } from "../faults/parse-plan.ts";
import type { Json } from "../json.ts";
import type { LimitSettings } from "../options.ts";
import { findPerson } from "../state/find-person.ts";
import type { TeamState } from "../state/groups.ts";
import type { PersonFlag } from "../state/people.ts";
import type { World } from "../state/world.ts";
import type { BotAnswer } from "../views.ts";
import { conversationFor, personFor, teamFor } from "./find.ts";

/** What can be changed, as methods of an emulator. */
export type Turning = Pick<
  Emulator,
  | "setBotEndpoint"
  | "setBaseUrl"
  | "setRegion"
  | "addCertificate"
  | "rotateKeys"
  | "block"
  | "unblock"
  | "disable"
  | "enable"
  | "addMember"
  | "removeMember"
  | "createChannel"
  | "setFaults"
  | "setLimits"
  | "setLatency"
  | "addOtherTraffic"
  | "setGraphPermissions"
  | "addOtherGraphTraffic"
  | "advance"
>;

/** Binds the methods to a tenant. */
export function turning(world: World): Turning {
  const { dial } = world;
  const mark =
    (name: PersonFlag, on: boolean) =>
    (ref: number | string): void =>
      world.people.set(personFor(world, ref), name, on);
  return {
    setBotEndpoint: (url) => {
      if (url !== null) originOf(url);
      dial.botEndpoint = url;
    },
    setBaseUrl: (origin) => {
      dial.baseUrl = originOf(origin);
    },
    setRegion: (region, options = {}) => {
      if (!regions.includes(region))
        throw new ControlError(400, `the region must be one of ${regions.join(", ")}`);
      dial.region = region;
      dial.refuseOtherRegions = options.refuseOthers ?? false;
    },
    addCertificate: (pem) => {
      dial.certificates.push(publicKeyFrom(pem));
    },
    rotateKeys: () => world.keys.rotate().kid,
    block: mark("blocked", true),
    unblock: mark("blocked", false),
    disable: mark("disabled", true),
    enable: mark("disabled", false),
    ...teamTurning(world),
    setFaults: (plan) => {
      // Plans come from JSON too, so they are checked whatever their type says.
      const checked = parseFaultPlan((plan ?? {}) as Json);
      const find = (ref: number | string): number | null => findPerson(world.config.source, ref);
      world.faults = new FaultBook(checked, find, world.rng);
    },
    setLimits: (change) => setLimits(world, change),
    setLatency: (latencyMs, jitterMs = 0) => {
      dial.latencyMs = notNegative("latencyMs", latencyMs);
      dial.latencyJitterMs = notNegative("jitterMs", jitterMs);
    },
    addOtherTraffic: (conversationId, requests) =>
      world.limiter.addOtherTraffic(
        conversationFor(world, conversationId).id,
        notNegative("requests", requests),
        world.clock.now(),
      ),
    setGraphPermissions: (permissions) => {
      world.graphPermissions = [...permissions];
    },
    addOtherGraphTraffic: (units) => {
      world.units.take(notNegative("units", units), world.clock.now());
    },
    advance: (ms) => {
      if (!world.clock.advance)
        throw new ControlError(409, "the clock is the machine's: it cannot be moved");
      world.clock.advance(notNegative("ms", ms));
    },
  };
}

function teamTurning(world: World): Pick<Turning, "addMember" | "removeMember" | "createChannel"> {
  const member = async (
    ...[teamRef, personRef, options = {}, joined]: [
      ...Parameters<Emulator["addMember"]>,
      joined: boolean,
    ]
  ): Promise<BotAnswer> => {
    const [team, person] = [teamFor(world, teamRef), personFor(world, personRef)];
    const isChanged = joined ? team.roster.add(person) : team.roster.remove(person);
    if (!isChanged)
      throw new ControlError(409, `the person is ${joined ? "already" : "not"} in this team`);
    mustHaveBot(team);
    return postActivity(world, memberActivity(world, team, { person, joined }), options);
  };
  return {
    addMember: (team, person, options = {}) => member(team, person, options, true),
    removeMember: (team, person, options = {}) => member(team, person, options, false),
    createChannel: async (teamRef, name, options = {}) => {
      const team = teamFor(world, teamRef);
      const channel = world.groups.addChannel(team, name);
      mustHaveBot(team);
      return postActivity(world, channelActivity(world, team, channel), options);
    },
  };
}

function mustHaveBot(team: TeamState): void {
  if (!team.installed)
    throw new ControlError(409, "changed, but the bot is not in this team and hears nothing");
}

function setLimits(world: World, change: Partial<LimitSettings>): void {
  const next = { ...world.limits, ...change };
  notNegative("rps", next.rps);
  notNegative("retryAfterSeconds", next.retryAfterSeconds);
  if (notNegative("laneWindowMs", next.laneWindowMs) < 1)
    throw new ControlError(400, "laneWindowMs must be at least 1");
  const isOtherLane =
    next.rps !== world.limits.rps || next.laneWindowMs !== world.limits.laneWindowMs;
  if (isOtherLane) world.limiter.clearLanes();
  if (notNegative("graphUnits", next.graphUnits) !== world.limits.graphUnits)
    world.units.resize({ units: next.graphUnits, ms: identityWindowMs });
  world.limits = next;
}

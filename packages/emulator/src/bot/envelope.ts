import type { Place } from "../connector/place.ts";
import { teamsChannel } from "../facts.ts";
import type { JsonObject } from "../json.ts";
import { guidOf } from "../runtime/id-code.ts";
import type { TeamState } from "../state/groups.ts";
import type { World } from "../state/world.ts";
import { aadObjectIdOf, makePerson, teamsIdOf } from "../tenant/person.ts";

/** The service URL that activities carry now. */
export function serviceUrlOf(world: World): string {
  const { baseUrl, region } = world.dial;
  return region === "teams"
    ? `${baseUrl}/teams/`
    : `${baseUrl}/${region}/${world.config.tenantId}/`;
}

/**
 * An id as events have it that are no messages. The instant is in it, too: an emulator that is started again counts from the
 * beginning, and a bot that kept its database would take a repeated id for a redelivery.
 */
export function eventId(world: World): string {
  world.totals.events += 1;
  const seed = (world.config.seed ^ world.clock.now()) >>> 0;
  return `f:${guidOf(seed, "event", world.totals.events)}`;
}

/** The fields that every activity has: from a person to the bot, in a place. */
export function envelope(
  world: World,
  type: string,
  what: {
    readonly id: string;
    readonly person: number;
    readonly place: Place;
    /** Root message, where it happened in a channel thread. */
    readonly thread?: string | null;
  },
): JsonObject {
  const { config, clock } = world;
  return {
    type,
    id: what.id,
    timestamp: new Date(clock.now()).toISOString(),
    channelId: teamsChannel,
    serviceUrl: serviceUrlOf(world),
    from: personAccount(world, what.person),
    recipient: { id: botId(world), name: config.botName },
    conversation: conversationOf(world, what.place, what.thread ?? null),
    channelData: channelDataOf(world, what.place),
  };
}

/** The bot as an account of an activity. */
export function botId(world: World): string {
  return `28:${world.config.botAppId}`;
}

/** A person as `from`. */
export function personAccount(world: World, index: number): JsonObject {
  const { name } = makePerson(world.config.source, index);
  return { ...memberAccount(world, index), name };
}

/** A person as one of `membersAdded` and `membersRemoved`: without a name. */
export function memberAccount(world: World, index: number): JsonObject {
  const { seed } = world.config;
  return { id: teamsIdOf(seed, index), aadObjectId: aadObjectIdOf(seed, index) };
}

/** A team as `channelData` has it. */
export function teamAccount(team: TeamState): JsonObject {
  return { id: team.made.id, name: team.made.name, aadGroupId: team.made.aadGroupId };
}

function conversationOf(world: World, place: Place, thread: string | null): JsonObject {
  const { tenantId } = world.config;
  switch (place.kind) {
    case "person":
      return { id: place.id, conversationType: "personal", tenantId };
    case "chat":
      return { id: place.id, conversationType: "groupChat", isGroup: true, tenantId };
    case "channel": {
      const id = thread === null ? place.id : `${place.id};messageid=${thread}`;
      return { id, conversationType: "channel", isGroup: true, tenantId };
    }
  }
}

function channelDataOf(world: World, place: Place): JsonObject {
  const tenant = { id: world.config.tenantId };
  if (place.kind !== "channel") return { tenant };
  const name = place.team.channels.find(({ id }) => id === place.id)?.name;
  const channel = name ? { id: place.id, name } : { id: place.id };
  return { team: teamAccount(place.team), channel, tenant };
}

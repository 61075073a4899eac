import type { ChatState, TeamState } from "../state/groups.ts";
import type { World } from "../state/world.ts";
import {
  indexOfAadObjectId,
  indexOfConversation,
  personalConversationIdOf,
} from "../tenant/person.ts";
import type { ErrorName } from "./errors.ts";

/** Where a message goes: what a conversation id stands for. `id` has no thread suffix. */
export type Place =
  | { readonly kind: "person"; readonly id: string; readonly person: number }
  | {
      readonly kind: "channel";
      readonly id: string;
      readonly team: TeamState;
      /** The root message named by `;messageid=`, or null. */
      readonly thread: string | null;
    }
  | { readonly kind: "chat"; readonly id: string; readonly chat: ChatState };

/** What this conversation id stands for, or null where the tenant has no such conversation. */
export function placeOf(world: World, conversationId: string): Place | null {
  if (conversationId.startsWith("a:")) {
    const known = world.messages.find(conversationId)?.person;
    const person = known ?? indexOfConversation(world.config.source, conversationId);
    return person === null || person === undefined
      ? null
      : { kind: "person", id: conversationId, person };
  }
  if (conversationId.endsWith("@unq.gbl.spaces")) return graphChat(world, conversationId);
  const [id = "", suffix] = conversationId.split(";");
  const chat = world.groups.chat(id);
  if (chat) return suffix === undefined ? { kind: "chat", id, chat } : null;
  const team = world.groups.teamOfChannel(id);
  if (!team) return null;
  if (suffix === undefined) return { kind: "channel", id, team, thread: null };
  const thread = /^messageid=(\d+)$/.exec(suffix)?.[1];
  return thread === undefined || !world.messages.message(id, thread)
    ? null
    : { kind: "channel", id, team, thread };
}

/** Why the bot may not write there, or null when it may. */
export function writeRefusal(world: World, place: Place): ErrorName | null {
  const { people } = world;
  if (place.kind !== "person") return readRefusal(world, place);
  if (!people.has(place.person, "everInstalled")) return "conversation-not-found";
  if (!people.has(place.person, "installed")) return "not-in-roster";
  if (people.has(place.person, "disabled")) return "disabled-by-admin";
  return people.has(place.person, "blocked") ? world.config.blockedError : null;
}

/** Why the bot may not look there, or null when it may. */
export function readRefusal(world: World, place: Place): ErrorName | null {
  switch (place.kind) {
    case "person":
      if (!world.people.has(place.person, "everInstalled")) return "conversation-not-found";
      return world.people.has(place.person, "installed") ? null : "not-in-roster";
    case "channel":
      return place.team.installed ? null : "not-in-roster";
    case "chat":
      return place.chat.installed ? null : "not-in-roster";
  }
}

/** The members of the conversation, with how many there are. */
export function membersOf(place: Place): {
  readonly size: number;
  slice(offset: number, limit: number): readonly number[];
  has(person: number): boolean;
} {
  if (place.kind === "channel") return place.team.roster;
  if (place.kind === "chat") return place.chat.roster;
  const { person } = place;
  return {
    size: 1,
    slice: (offset, limit) => (offset === 0 && limit > 0 ? [person] : []),
    has: (other) => other === person,
  };
}

/** The id that Graph has for the personal chat: taken by the connector too, as its users found. */
function graphChat(world: World, id: string): Place | null {
  const match = /^19:([0-9a-f-]{36})_([0-9a-f-]{36})@/.exec(id);
  if (!match?.[1] || match[2] !== world.config.botAppId) return null;
  const person = indexOfAadObjectId(world.config.source, match[1]);
  return person === null
    ? null
    : { kind: "person", id: personalConversationIdOf(world.config.seed, person), person };
}

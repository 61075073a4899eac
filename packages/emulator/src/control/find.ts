import type { Speaker } from "../bot/message-activities.ts";
import { type Place, placeOf } from "../connector/place.ts";
import { ControlError } from "../control-error.ts";
import type { ChatRef, PersonRef, TeamRef } from "../emulator.ts";
import { findPerson } from "../state/find-person.ts";
import type { ChatState, TeamState } from "../state/groups.ts";
import type { World } from "../state/world.ts";
import { personalConversationIdOf } from "../tenant/person.ts";

/** The person that is meant. Throws `ControlError` where it is nobody. */
export function personFor(world: World, ref: PersonRef): number {
  const person = findPerson(world.config.source, ref);
  if (person === null) throw new ControlError(404, `there is no person ${JSON.stringify(ref)}`);
  return person;
}

/** The team that is meant. Throws `ControlError` where there is none. */
export function teamFor(world: World, ref: TeamRef): TeamState {
  const { teams } = world.groups;
  const team =
    typeof ref === "number" || /^\d+$/.test(ref)
      ? teams[Number(ref)]
      : teams.find(({ made }) => made.id === ref || made.aadGroupId === ref);
  if (!team) throw new ControlError(404, `there is no team ${JSON.stringify(ref)}`);
  return team;
}

/** The group chat that is meant. Throws `ControlError` where there is none. */
export function chatFor(world: World, ref: ChatRef): ChatState {
  const { chats } = world.groups;
  const chat =
    typeof ref === "number" || /^\d+$/.test(ref)
      ? chats[Number(ref)]
      : chats.find(({ made }) => made.id === ref);
  if (!chat) throw new ControlError(404, `there is no group chat ${JSON.stringify(ref)}`);
  return chat;
}

/** A person's personal chat, as a place. */
export function personalPlace(world: World, person: number): Place {
  return { kind: "person", id: personalConversationIdOf(world.config.seed, person), person };
}

/** The General channel of a team, as a place. */
export function teamPlace(team: TeamState): Place {
  return { kind: "channel", id: team.made.id, team, thread: null };
}

/** The conversation that is meant: an id, or a person's personal chat. Throws `ControlError` where there is none. */
export function conversationFor(world: World, ref: PersonRef): Place {
  const place = typeof ref === "string" ? placeOf(world, ref) : null;
  return place ?? personalPlace(world, personFor(world, ref));
}

/** Somebody who may speak in a place now. Throws `ControlError` where Teams would not let them. */
export function speakerFor(
  world: World,
  ref: PersonRef,
  where: { readonly conversation?: string | undefined; readonly thread?: string | undefined },
): Speaker {
  const person = personFor(world, ref);
  const place =
    where.conversation === undefined
      ? personalPlace(world, person)
      : conversationFor(world, where.conversation);
  const refusal = speakRefusal(world, person, place);
  if (refusal) throw new ControlError(409, refusal);
  const named = place.kind === "channel" ? place.thread : null;
  return { person, place, thread: where.thread ?? named };
}

function speakRefusal(world: World, person: number, place: Place): string | null {
  switch (place.kind) {
    case "person":
      if (place.person !== person) return "a personal chat belongs to one person";
      if (!world.people.has(person, "installed")) return "the person does not have the app";
      return world.people.has(person, "blocked") ? "the person has blocked the bot" : null;
    case "channel":
      if (!place.team.installed) return "the bot is not in this team";
      return place.team.roster.has(person) ? null : "the person is not in this team";
    case "chat":
      if (!place.chat.installed) return "the bot is not in this group chat";
      return place.chat.roster.has(person) ? null : "the person is not in this group chat";
  }
}

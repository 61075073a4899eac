import { ControlError } from "../control-error.ts";
import { asList, asNumber, asObject, asString, type Json, type JsonObject } from "../json.ts";
import type { StoredMessage } from "../state/messages.ts";
import type { Roster } from "../state/roster.ts";
import { resetWorld, type World } from "../state/world.ts";
import { personalConversationIdOf } from "../tenant/person.ts";
import type { StateExport } from "../views.ts";

/** The whole state as JSON: who has the app, rosters, channels, messages with the bodies that are kept, keys. */
export function exportState(world: World): StateExport {
  return {
    format: 1,
    seed: world.config.seed,
    people: world.config.source.people,
    at: world.clock.now(),
    state: {
      flags: world.people.toBase64(),
      teams: world.groups.teams.map((team) => ({
        installed: team.installed,
        roster: { ...team.roster.changes() },
        addedChannels: team.channels.slice(team.made.channels.length).map(({ name }) => name),
      })),
      chats: world.groups.chats.map(({ installed, roster }) => ({
        installed,
        roster: { ...roster.changes() },
      })),
      conversations: [...world.messages.conversations()].map(({ id, person, accepted }) => ({
        id,
        person,
        accepted,
      })),
      messages: [...world.messages.all()].map(exportMessage),
      keyTurn: world.keys.turn,
      events: world.totals.events,
      accepted: world.totals.accepted,
    },
  };
}

/** Takes over an exported state. Throws `ControlError` where it is of another tenant. */
export function importState(world: World, file: StateExport): void {
  const { config } = world;
  if (file.format !== 1) throw new ControlError(400, "this is no state of format 1");
  if (file.seed !== config.seed || file.people !== config.source.people)
    throw new ControlError(
      409,
      `the state is of seed ${file.seed} with ${file.people} people, this emulator has seed ${config.seed} with ${config.source.people}`,
    );
  resetWorld(world);
  const state = asObject(file.state);
  world.people.fromBase64(asString(state.flags) ?? "");
  importGroups(world, state);
  for (const item of asList(state.messages)) importMessage(world, asObject(item));
  for (const item of asList(state.conversations)) {
    const { id, person, accepted } = asObject(item);
    world.messages.setAccepted(
      asString(id) ?? "",
      asNumber(person) ?? null,
      asNumber(accepted) ?? 0,
    );
  }
  world.keys.turnTo(asNumber(state.keyTurn) ?? 0);
  world.totals.events = asNumber(state.events) ?? 0;
  world.totals.accepted = asNumber(state.accepted) ?? 0;
}

function importGroups(world: World, state: JsonObject): void {
  for (const [index, item] of asList(state.teams).entries()) {
    const team = world.groups.teams[index];
    if (!team) continue;
    const { installed, roster, addedChannels } = asObject(item);
    team.installed = installed === true;
    importRoster(team.roster, roster);
    for (const name of asList(addedChannels)) world.groups.addChannel(team, String(name));
  }
  for (const [index, item] of asList(state.chats).entries()) {
    const chat = world.groups.chats[index];
    if (!chat) continue;
    chat.installed = asObject(item).installed === true;
    importRoster(chat.roster, asObject(item).roster);
  }
}

function importRoster(roster: Roster, changes: Json | undefined): void {
  const { added, removed } = asObject(changes);
  for (const person of asList(removed)) roster.remove(Number(person));
  for (const person of asList(added)) roster.add(Number(person));
}

function exportMessage(message: StoredMessage): JsonObject {
  const { conversation, views, reactions, ...rest } = message;
  return {
    ...rest,
    conversation: conversation.person ?? conversation.id,
    views: views === null ? null : Object.fromEntries(views),
    reactions: reactions === null ? null : reactions.map((reaction) => ({ ...reaction })),
  };
}

function importMessage(world: World, item: JsonObject): void {
  const person = asNumber(item.conversation) ?? null;
  const conversationId =
    person === null
      ? (asString(item.conversation) ?? "")
      : personalConversationIdOf(world.config.seed, person);
  world.messages.restore(
    {
      id: asString(item.id) ?? "0",
      thread: asString(item.thread) ?? null,
      author: asNumber(item.author) ?? -1,
      at: asNumber(item.at) ?? 0,
      editedAt: asNumber(item.editedAt) ?? null,
      deleted: item.deleted === true,
      split: item.split === true,
      body: asString(item.body) ?? null,
      views: importViews(item.views),
      reactions: importReactions(item.reactions),
    },
    conversationId,
    person,
  );
}

function importViews(value: Json | undefined): Map<number, JsonObject> | null {
  if (value === undefined || value === null) return null;
  const views = Object.entries(asObject(value));
  return new Map(views.map(([person, card]) => [Number(person), asObject(card)]));
}

function importReactions(value: Json | undefined): StoredMessage["reactions"] {
  if (value === undefined || value === null) return null;
  return asList(value)
    .map(asObject)
    .map(({ person, type }) => ({ person: asNumber(person) ?? 0, type: asString(type) ?? "" }));
}

import { ControlError } from "../control-error.ts";
import { isObject, parseJson } from "../json.ts";
import type { ChatState, TeamState } from "../state/groups.ts";
import { botAuthor, type StoredMessage } from "../state/messages.ts";
import type { World } from "../state/world.ts";
import { makePerson } from "../tenant/person.ts";
import type {
  AcceptedMessage,
  ChatView,
  InboxMessage,
  PageOf,
  PageQuery,
  PersonView,
  TeamView,
} from "../views.ts";

const pageStandard = 50;
const pageMax = 1_000;

/** A person with what holds for them now. */
export function personView(world: World, index: number): PersonView {
  const person = makePerson(world.config.source, index);
  const { people } = world;
  return {
    ...person,
    installed: people.has(index, "installed"),
    blocked: people.has(index, "blocked"),
    disabled: people.has(index, "disabled"),
    messages: world.messages.find(person.conversationId)?.accepted ?? 0,
  };
}

/** Part of some people, filtered. */
export function peoplePage(
  world: World,
  people: Iterable<number> & { readonly length?: number },
  total: number,
  query: PageQuery,
): PageOf<PersonView> {
  const { offset, limit } = bounds(query);
  const search = query.search?.trim().toLowerCase() ?? "";
  const items: PersonView[] = [];
  let matching = 0;
  for (const index of people) {
    if (search !== "" && !matches(world, index, search)) continue;
    if (matching >= offset && items.length < limit) items.push(personView(world, index));
    matching += 1;
    if (search === "" && items.length >= limit) break;
  }
  return { items, total: search === "" ? total : matching, offset };
}

/** Every index below a number. */
export function* indexes(count: number): Iterable<number> {
  for (let index = 0; index < count; index += 1) yield index;
}

/** A team with what holds for it now. */
export function teamView(world: World, team: TeamState): TeamView {
  return {
    index: team.made.index,
    id: team.made.id,
    aadGroupId: team.made.aadGroupId,
    name: team.made.name,
    members: team.roster.size,
    installed: team.installed,
    channels: team.channels.map(({ id, name }) => ({
      id,
      name,
      messages: world.messages.find(id)?.accepted ?? 0,
    })),
  };
}

/** A group chat with what holds for it now. */
export function chatView(world: World, chat: ChatState): ChatView {
  return {
    index: chat.made.index,
    id: chat.made.id,
    name: chat.made.name,
    members: chat.roster.size,
    installed: chat.installed,
    messages: world.messages.find(chat.made.id)?.accepted ?? 0,
  };
}

/** A message as it lies in an inbox. */
export function inboxMessage(world: World, message: StoredMessage): InboxMessage {
  const activity = message.body === null ? undefined : parseJson(message.body);
  const isBot = message.author === botAuthor;
  return {
    activityId: message.id,
    conversationId: message.conversation.id,
    thread: threadOf(message),
    from: isBot
      ? { kind: "bot", name: world.config.botName }
      : { kind: "person", name: makePerson(world.config.source, message.author).name },
    at: message.at,
    editedAt: message.editedAt,
    deleted: message.deleted,
    split: message.split,
    activity: isObject(activity) ? activity : null,
    views: Object.fromEntries(message.views ?? []),
    reactions: message.reactions ?? [],
  };
}

/** A bot's message as the list of accepted ones has it. */
export function acceptedMessage(message: StoredMessage): AcceptedMessage {
  return {
    conversationId: message.conversation.id,
    thread: threadOf(message),
    activityId: message.id,
    body: message.body ?? "",
    at: message.at,
    person: message.conversation.person,
    split: message.split,
    deleted: message.deleted,
  };
}

/** In a channel a root message is its own thread. */
function threadOf(message: StoredMessage): string | null {
  const isChannel = message.conversation.id.endsWith("@thread.tacv2");
  return message.thread ?? (isChannel ? message.id : null);
}

function matches(world: World, index: number, search: string): boolean {
  const { name, userPrincipalName, aadObjectId } = makePerson(world.config.source, index);
  return [name, userPrincipalName, aadObjectId].some((text) => text.toLowerCase().includes(search));
}

function bounds(query: PageQuery): { readonly offset: number; readonly limit: number } {
  const { offset = 0, limit = pageStandard } = query;
  const isGood = (value: number, from: number): boolean => Number.isInteger(value) && value >= from;
  if (!isGood(offset, 0) || !isGood(limit, 1) || limit > pageMax)
    throw new ControlError(400, `offset must be from 0, limit from 1 to ${pageMax}`);
  return { offset, limit };
}

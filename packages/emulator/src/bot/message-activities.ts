import type { Place } from "../connector/place.ts";
import { asList, asObject, type Card, type JsonObject, parseJson } from "../json.ts";
import type { StoredMessage } from "../state/messages.ts";
import type { World } from "../state/world.ts";
import { makePerson, type Person } from "../tenant/person.ts";
import { botId, envelope, eventId } from "./envelope.ts";

/** Somebody in a place; `thread` is the root message in a channel. */
export interface Speaker {
  readonly person: number;
  readonly place: Place;
  readonly thread: string | null;
}

/** A person writes: the message is put into the conversation, and this is the activity that tells of it. */
export function writeMessage(world: World, speaker: Speaker, text: string): JsonObject {
  const { place, person } = speaker;
  const stored = world.messages.add(
    {
      conversationId: place.id,
      person: place.kind === "person" ? place.person : null,
      thread: speaker.thread,
      author: person,
      body: "",
      split: false,
    },
    world.clock.now(),
  );
  const activity = messageActivity(world, speaker, stored.id, text);
  stored.body = JSON.stringify(activity);
  return activity;
}

/** A message activity with all that Teams puts into one. */
export function messageActivity(
  world: World,
  speaker: Speaker,
  id: string,
  text: string,
): JsonObject {
  const person = makePerson(world.config.source, speaker.person);
  const thread = speaker.place.kind === "channel" ? (speaker.thread ?? id) : null;
  const isMentioned = speaker.place.kind !== "person";
  const at = `<at>${escapeHtml(world.config.botName)}</at>`;
  const whole = isMentioned && !text.includes("<at>") ? `${at} ${text}` : text;
  return {
    ...envelope(world, "message", { id, person: speaker.person, place: speaker.place, thread }),
    ...localTime(world.clock.now(), person),
    textFormat: "plain",
    text: whole,
    attachments: [{ contentType: "text/html", content: `<p>${htmlOf(whole, isMentioned)}</p>` }],
    entities: [...(isMentioned ? [mentionOfBot(world, at)] : []), clientEntity(person)],
  };
}

/** A reaction to a message, or its taking back. */
export function reactionActivity(
  world: World,
  speaker: Speaker,
  reaction: { readonly activityId: string; readonly type: string; readonly remove: boolean },
): JsonObject {
  const list = [{ type: reaction.type }];
  return {
    ...envelope(world, "messageReaction", { ...speaker, id: eventId(world) }),
    replyToId: reaction.activityId,
    ...(reaction.remove ? { reactionsRemoved: list } : { reactionsAdded: list }),
  };
}

/** A person changed or deleted an own message. The id is that of the message. */
export function changeActivity(
  world: World,
  speaker: Speaker,
  message: StoredMessage,
  text: string | null,
): JsonObject {
  const base =
    text === null
      ? envelope(world, "messageDelete", { ...speaker, id: message.id })
      : { ...messageActivity(world, speaker, message.id, text), type: "messageUpdate" };
  const eventType = text === null ? "softDeleteMessage" : "editMessage";
  return { ...base, channelData: { ...asObject(base.channelData), eventType } };
}

/** A read receipt. */
export function readActivity(world: World, speaker: Speaker, activityId: string): JsonObject {
  return {
    ...envelope(world, "event", { ...speaker, id: eventId(world) }),
    name: "application/vnd.microsoft.readReceipt",
    value: { lastReadMessageId: activityId },
  };
}

/** What a person pressed on a card: a message with a value. */
export function submitActivity(
  world: World,
  speaker: Speaker,
  submit: { readonly replyToId: string; readonly value: JsonObject; readonly text?: string },
): JsonObject {
  const person = makePerson(world.config.source, speaker.person);
  return {
    ...envelope(world, "message", { ...speaker, id: eventId(world) }),
    ...localTime(world.clock.now(), person),
    replyToId: submit.replyToId,
    value: submit.value,
    ...(submit.text === undefined ? {} : { text: submit.text, textFormat: "plain" }),
    entities: [clientEntity(person)],
  };
}

/** Action.Execute: an invoke, whose answer says what becomes of the card. */
export function executeActivity(
  world: World,
  speaker: Speaker,
  execute: { readonly replyToId: string; readonly action: JsonObject },
): JsonObject {
  const person = makePerson(world.config.source, speaker.person);
  return {
    ...envelope(world, "invoke", { ...speaker, id: eventId(world) }),
    ...localTime(world.clock.now(), person),
    name: "adaptiveCard/action",
    replyToId: execute.replyToId,
    value: { action: execute.action, trigger: "manual" },
    entities: [clientEntity(person)],
  };
}

/** The cards of a message, as one person sees them. */
export function cardsOf(message: StoredMessage, person: number | null): readonly JsonObject[] {
  const view = person === null ? undefined : message.views?.get(person);
  return cardsIn(asObject(message.body === null ? undefined : parseJson(message.body)), view);
}

/** The card attachments of an activity; with a view, that card in place of them. */
export function cardsIn(activity: JsonObject, view?: Card): readonly JsonObject[] {
  if (view) return [{ contentType: "application/vnd.microsoft.card.adaptive", content: view }];
  return asList(activity.attachments)
    .map(asObject)
    .filter(({ contentType }) => String(contentType).startsWith("application/vnd.microsoft.card."));
}

function mentionOfBot(world: World, text: string): JsonObject {
  const mentioned = { id: botId(world), name: world.config.botName };
  return { type: "mention", mentioned, text };
}

/** Where and in which language the person is: Teams tells it with each message. */
function clientEntity(person: Person): JsonObject {
  return {
    type: "clientInfo",
    locale: person.locale,
    country: person.locale.slice(3),
    platform: "Windows",
    timezone: person.timezone,
  };
}

function localTime(now: number, person: Person): JsonObject {
  return {
    localTimestamp: localTimestamp(now, person.timezone),
    localTimezone: person.timezone,
    locale: person.locale,
  };
}

function localTimestamp(now: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  const name = parts.formatToParts(now).find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const [, sign = "+", hours = "00", minutes = "00"] = /([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
  return `${new Date(now + offsetMs).toISOString().slice(0, -1)}${sign}${hours}:${minutes}`;
}

/** As Teams repeats a text in HTML; the mention stays a mention. */
function htmlOf(text: string, keepsMention: boolean): string {
  if (!keepsMention) return escapeHtml(text);
  const [before = "", rest = ""] = text.split("<at>", 2);
  const [name = "", after = ""] = rest.split("</at>", 2);
  return `${escapeHtml(before)}<span itemtype="http://schema.skype.com/Mention" itemscope>${name}</span>${escapeHtml(after)}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

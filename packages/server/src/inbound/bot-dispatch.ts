import type { Activity } from "../domain/activity.ts";
import type { BotId, TenantId } from "../domain/ids.ts";
import type { JsonObject, Message } from "../domain/message.ts";
import type { Signal } from "../domain/signal.ts";
import type { ConversationReference, Target } from "../domain/target.ts";
import type { NewNotification, NotificationView } from "../engine/engine.ts";
import {
  conversationOf,
  isBot,
  isBotId,
  kindOf,
  listOf,
  personOf,
  repliedToOf,
  teamOf,
  textOf,
} from "./activity-ids.ts";
import type {
  Actor,
  AnswerableEvent,
  BotEvent,
  BotEventHandlers,
  CardActionEvent,
  CardAnswer,
} from "./bot-events.ts";

/** An activity that came in, with the tenant it belongs to. */
export interface Arrival {
  readonly activity: Activity;
  readonly tenantId: TenantId;
  /** Names the activity for ever, so that a handler that runs again replies with the same keys. */
  readonly key: string;
}

/** Runs the bot's own code for one activity; rejects as that code does. Answers what a card action answered. */
export type Dispatch = (arrival: Arrival, signal: Signal) => Promise<CardAnswer | undefined>;

/** What an activity means to the bot's own code. */
export interface Dispatcher {
  /** The code to run for the activity, or null where there is none for it. */
  find(activity: Activity): Dispatch | null;
}

/** Turns activities into typed events. `notify` stores a notification durably: `engine.notifications.create`. */
export function createDispatcher(
  notify: (request: NewNotification) => Promise<NotificationView>,
  handlers: BotEventHandlers,
  bot: BotId,
): Dispatcher {
  const base = (arrival: Arrival, signal: Signal) => eventOf(arrival, bot, signal);
  const answerable = (arrival: Arrival, signal: Signal, isReply = true) => ({
    ...base(arrival, signal),
    reply: replyTo(notify, arrival, isReply),
  });
  return {
    find(activity) {
      const { onInstall, onUninstall, onMessage, onCardAction, onReaction } = handlers;
      switch (meaningOf(activity)) {
        case "install":
          // Nobody waits for it, and whole companies are installed at once: it must not go before everything.
          return run(onInstall, (a, s) => ({ ...answerable(a, s, false), upgrade: isUpgrade(a) }));
        case "uninstall":
          return run(onUninstall, (a, s) => ({ ...base(a, s), upgrade: isUpgrade(a) }));
        case "message":
          return run(onMessage, (a, s) => ({
            ...answerable(a, s),
            text: textWithoutBot(a.activity, bot),
            replyToId: repliedToOf(a.activity),
          }));
        case "reaction":
          return run(onReaction, (a, s) => ({
            ...answerable(a, s),
            added: typesOf(a.activity.reactionsAdded),
            removed: typesOf(a.activity.reactionsRemoved),
            replyToId: repliedToOf(a.activity),
          }));
        case "submit":
          return ask(onCardAction, (a, s) => submitEvent(answerable(a, s)));
        case "execute":
          return ask(onCardAction, (a, s) => executeEvent(answerable(a, s)));
        case null:
          return null;
      }
    },
  };
}

/** The members of a value, where it is an object and not a list. */
export function objectOf(value: unknown): JsonObject | null {
  // What was parsed from JSON holds nothing but JSON.
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : null;
}

function run<E>(
  handler: ((event: E) => unknown) | undefined,
  make: (arrival: Arrival, signal: Signal) => E,
): Dispatch | null {
  if (handler === undefined) return null;
  return async (arrival, signal) => {
    await handler(make(arrival, signal));
    return undefined;
  };
}

function ask(
  handler: BotEventHandlers["onCardAction"],
  make: (arrival: Arrival, signal: Signal) => CardActionEvent,
): Dispatch | null {
  if (handler === undefined) return null;
  return async (arrival, signal) => handler(make(arrival, signal));
}

type Meaning = "install" | "uninstall" | "message" | "reaction" | "submit" | "execute";

function meaningOf({ type, action, value, name }: Activity): Meaning | null {
  switch (type) {
    case "installationUpdate":
      if (/^add(?:-upgrade)?$/i.test(action ?? "")) return "install";
      return /^remove(?:-upgrade)?$/i.test(action ?? "") ? "uninstall" : null;
    case "message":
      return objectOf(value) === null ? "message" : "submit";
    case "messageReaction":
      return "reaction";
    case "invoke":
      return name === "adaptiveCard/action" ? "execute" : null;
    default:
      return null;
  }
}

function isUpgrade({ activity }: Arrival): boolean {
  return /-upgrade$/i.test(activity.action ?? "");
}

function eventOf({ activity, tenantId }: Arrival, bot: BotId, signal: Signal): BotEvent {
  const conversationId = conversationOf(activity);
  if (conversationId === null) throw new TypeError("the activity has no conversation");
  return {
    tenantId,
    conversationId,
    kind: kindOf(activity) ?? "personal",
    teamId: teamOf(activity),
    actor: actorOf(activity, tenantId, bot),
    activity,
    signal,
  };
}

function actorOf(activity: Activity, tenantId: TenantId, bot: BotId): Actor | null {
  const { from } = activity;
  if (from === undefined || isBot(from, activity, bot)) return null;
  const person = personOf({ ...from, tenantId }, tenantId);
  if (person === null) return null;
  const { aadObjectId = null, teamsId = null, name = null } = person;
  return { aadObjectId, teamsId, name };
}

function replyTo(
  notify: (request: NewNotification) => Promise<NotificationView>,
  { activity, tenantId, key }: Arrival,
  isReply: boolean,
): AnswerableEvent["reply"] {
  const to = placeOf(activity, tenantId);
  let count = 0;
  return async (content) => {
    count += 1;
    const message: Message = typeof content === "string" ? { text: content } : content;
    const idempotencyKey = `reply ${count} to ${key}`;
    return notify({ to, message, tenantId, idempotencyKey, ...(isReply && { isReply }) });
  };
}

function placeOf(activity: Activity, tenantId: TenantId): Target {
  const { serviceUrl, conversation, from } = activity;
  const id = conversation?.id ?? "";
  if (textOf(serviceUrl) === undefined || serviceUrl === undefined) return { conversation: id };
  const reference: ConversationReference = {
    serviceUrl,
    channelId: "msteams",
    conversation: {
      id,
      tenantId,
      ...(conversation?.conversationType && { conversationType: conversation.conversationType }),
      ...(conversation?.isGroup !== undefined && { isGroup: conversation.isGroup }),
    },
    ...(from?.id && {
      user: { id: from.id, ...(from.aadObjectId && { aadObjectId: from.aadObjectId }) },
    }),
  };
  return { reference };
}

function textWithoutBot(activity: Activity, bot: BotId): string {
  let text = activity.text ?? "";
  for (const { type, mentioned, text: mention } of listOf(activity.entities)) {
    if (type !== "mention" || !mention || !mentioned?.id || !isBotId(mentioned.id, bot)) continue;
    text = text.replace(mention, " ");
  }
  return text.replace(/&nbsp;|\u00a0/g, " ").trim();
}

function typesOf(reactions: Activity["reactionsAdded"]): readonly string[] {
  return listOf(reactions)
    .map(({ type }) => textOf(type))
    .filter((type) => type !== undefined);
}

function submitEvent(event: AnswerableEvent): CardActionEvent {
  return {
    ...event,
    verb: null,
    data: objectOf(event.activity.value) ?? {},
    replyToId: repliedToOf(event.activity),
    trigger: "manual",
  };
}

function executeEvent(event: AnswerableEvent): CardActionEvent {
  const value = objectOf(event.activity.value);
  const action = objectOf(value?.action);
  return {
    ...event,
    verb: textOf(action?.verb) ?? null,
    data: objectOf(action?.data) ?? {},
    replyToId: repliedToOf(event.activity),
    trigger: value?.trigger === "automatic" ? "automatic" : "manual",
  };
}

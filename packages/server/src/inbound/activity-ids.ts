import type { Activity, ChannelAccount } from "../domain/activity.ts";
import type { ConversationKind, PersonFields } from "../domain/directory.ts";
import {
  type ActivityId,
  activityId,
  type BotId,
  type ConversationId,
  conversationId,
  type TeamId,
  type TenantId,
  teamId,
  tenantId,
} from "../domain/ids.ts";
import { baseConversationId, type TeamsIdForm, teamsIdForm } from "../domain/teams-id.ts";

/** A string with something in it, or undefined: what comes in may hold anything. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** The tenant of the activity's conversation, in lower case, or null where Teams names none. */
export function tenantOf(activity: Activity): TenantId | null {
  const id = textOf(activity.conversation?.tenantId) ?? textOf(activity.channelData?.tenant?.id);
  return id === undefined ? null : tenantId(id.toLowerCase());
}

/** What kind of conversation it is, by what the activity says, else by the form of its id; null where neither tells. */
export function kindOf(activity: Activity): ConversationKind | null {
  const { conversationType } = activity.conversation ?? {};
  for (const kind of kinds) if (conversationType === kind) return kind;
  const id = textOf(activity.conversation?.id);
  return id === undefined ? null : (kindByForm[teamsIdForm(baseConversationId(id))] ?? null);
}

/** The conversation as the activity names it, with its thread. */
export function conversationOf(activity: Activity): ConversationId | null {
  const id = textOf(activity.conversation?.id);
  return id === undefined ? null : conversationId(id);
}

/** A channel's own id: a thread's `;messageid=…` is cut off. Null where nothing is left. */
export function withoutThread(id: string | undefined): ConversationId | null {
  const base = baseConversationId(textOf(id) ?? "");
  return textOf(base) === undefined ? null : base;
}

/** The team that the activity belongs to, or null. */
export function teamOf(activity: Activity): TeamId | null {
  const id = textOf(activity.channelData?.team?.id);
  return id === undefined ? null : teamId(id);
}

/** The message that the activity is about: a card's or a reacted message's id, or null. */
export function repliedToOf(activity: Activity): ActivityId | null {
  const id = textOf(activity.replyToId);
  return id === undefined ? null : activityId(id);
}

/** Whether the account is our bot: `28:` and its app id, or what the activity calls its recipient. */
export function isBot(account: ChannelAccount, activity: Activity, bot: BotId): boolean {
  const id = textOf(account.id);
  if (id === undefined) return false;
  return isBotId(id, bot) || id === textOf(activity.recipient?.id);
}

/** Whether the id is our bot's, with or without the `28:`; guids are compared without regard to case. */
export function isBotId(id: string, bot: BotId): boolean {
  const bare = id.startsWith("28:") ? id.slice("28:".length) : id;
  return bare.toLowerCase() === bot.toLowerCase();
}

/**
 * A person as an account names them, or null where it is not a person of this tenant, or has no id that we could use: a
 * person has an Entra object id or a `29:` id (`28:` is a bot; `8:orgid:` is of no use to the connector).
 */
export function personOf(
  account: ChannelAccount | undefined,
  tenant: TenantId,
): PersonFields | null {
  if (!isObject(account)) return null;
  const foreign = textOf(account.tenantId)?.toLowerCase();
  if (foreign !== undefined && foreign !== tenant) return null;
  const id = textOf(account.id);
  if (id?.startsWith("28:")) return null;
  const aadObjectId = (textOf(account.aadObjectId) ?? textOf(account.objectId))?.toLowerCase();
  const teamsId = id?.startsWith("29:") && id.length > "29:".length ? id : undefined;
  if (aadObjectId === undefined && teamsId === undefined) return null;
  return present({
    aadObjectId,
    teamsId,
    name: textOf(account.name),
    givenName: textOf(account.givenName),
    surname: textOf(account.surname),
    email: textOf(account.email),
    userPrincipalName: textOf(account.userPrincipalName),
    userRole: textOf(account.userRole),
  });
}

/** The objects in what should be a list of them; empty where it is something else. */
export function listOf<T extends object>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** The object without the members that are undefined. */
export function present<const T extends object>(fields: Optional<T>): T {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as T; // T's members are optional or given by the caller
}

const kinds = ["personal", "groupChat", "channel"] as const;
const kindByForm: Partial<Record<TeamsIdForm, ConversationKind>> = {
  personal: "personal",
  "one-to-one": "personal",
  "group-chat": "groupChat",
  channel: "channel",
};

function isObject<T>(value: T): value is T & object {
  return typeof value === "object" && value !== null;
}

import {
  type ConversationId,
  conversationId,
  type PersonId,
  type RecipientKey,
  recipientKey,
} from "./ids.ts";

/**
 * What an id that somebody gave us looks like. Sources: the vendor's pages on proactive messages and on conversation events,
 * and the types of its SDKs.
 *
 * - `guid`: an Entra object id (or another guid; the form alone cannot tell)
 * - `upn`: a user principal name
 * - `user`: `29:…`, a person as one bot sees them
 * - `bot`: `28:…`
 * - `internal-user`: `8:orgid:…`, Teams' internal user id
 * - `personal`: `a:…`, a person's chat with the bot
 * - `one-to-one`: `19:…@unq.gbl.spaces`, Graph's id of a one-to-one chat
 * - `channel`: `19:…@thread.tacv2` or `19:…@thread.skype`, a channel or a team (whose id is that of its General channel)
 * - `thread`: a channel's id with `;messageid=` and the root post's number
 * - `group-chat`: `19:…@thread.v2`, a group chat or meeting chat
 * - `other`: none of these
 */
export type TeamsIdForm =
  | "guid"
  | "upn"
  | "user"
  | "bot"
  | "internal-user"
  | "personal"
  | "one-to-one"
  | "channel"
  | "thread"
  | "group-chat"
  | "other";

/** Answers the form of an id, by its spelling alone. */
export function teamsIdForm(id: string): TeamsIdForm {
  if (isGuid(id)) return "guid";
  const form = forms.find(([pattern]) => pattern.test(id));
  return form === undefined ? "other" : form[1];
}

/** Whether the text is a guid without braces. */
export function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** The conversation of a thread in a channel: the channel's id cut at its first `;`, then `;messageid=` and the root post's id. */
export function threadConversationId(channel: string, rootId: string): ConversationId {
  return conversationId(`${baseConversationId(channel)};messageid=${rootId}`);
}

/** The id without `;messageid=…`: the channel of a thread, or the same id where there is no thread. */
export function baseConversationId(id: string): ConversationId {
  const end = id.indexOf(";");
  return conversationId(end < 0 ? id : id.slice(0, end));
}

/** The key by which the same recipient, named in two ways, is one recipient within a campaign. */
export function recipientKeyOf(
  of:
    | { readonly person: PersonId }
    /** A group chat, a thread, or any stored conversation that is nobody's personal chat. */
    | { readonly conversation: ConversationId }
    /** A new thread in this channel. */
    | { readonly channel: ConversationId },
): RecipientKey {
  if ("person" in of) return recipientKey(`user:${of.person}`);
  if ("channel" in of) return recipientKey(`channel:${of.channel}`);
  const form = teamsIdForm(of.conversation);
  if (form === "thread") return recipientKey(`thread:${of.conversation}`);
  // Posting into a channel's own id starts a thread there, which is the same as naming the channel.
  if (form === "channel") return recipientKey(`channel:${of.conversation}`);
  return recipientKey(`chat:${of.conversation}`);
}

// In order: the first that fits wins.
const forms: readonly (readonly [RegExp, TeamsIdForm])[] = [
  [/^29:[^\s]+$/, "user"],
  [/^28:[^\s]+$/, "bot"],
  [/^8:[a-z]+:[^\s]+$/i, "internal-user"],
  [/^a:[^\s]+$/, "personal"],
  [/^19:[^\s;@]+@unq\.gbl\.spaces$/i, "one-to-one"],
  [/^19:[^\s;@]+@thread\.(?:tacv2|skype)$/i, "channel"],
  [/^19:[^\s;@]+@thread\.(?:tacv2|skype);messageid=\d+$/i, "thread"],
  [/^19:[^\s;@]+@thread\.v2$/i, "group-chat"],
  [/^(?!\d+:)[^\s@;:]+@[^\s@;:]+$/, "upn"],
];

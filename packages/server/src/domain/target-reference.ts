import type { ConversationReference } from "./target.ts";
import { type ParsedTarget, refuse, unsupported } from "./target-refusal.ts";

/**
 * Recognises a conversation reference as any of the vendor's SDKs writes it: `bot` or `agent`, empty strings where there is
 * nothing, members we do not need. Keeps what posting needs. Whether its service URL is trusted is decided where requests are made.
 */
export function parseReference(value: unknown): ParsedTarget {
  const reference = object(value);
  if (reference === null)
    return refuse(
      `"reference" is a conversation reference: an object with serviceUrl and conversation.`,
    );
  const serviceUrl = text(reference.serviceUrl);
  if (serviceUrl === undefined)
    return refuse(
      "The conversation reference has no serviceUrl, so it does not say where to post.",
    );
  if (!/^https?:\/\/[^\s/]+/i.test(serviceUrl))
    return refuse("The conversation reference's serviceUrl is not an http(s) address.");
  const conversation = object(reference.conversation);
  const id = text(conversation?.id);
  if (conversation === null || id === undefined)
    return refuse(
      "The conversation reference has no conversation.id, so it does not say where to post.",
    );
  const channelId = text(reference.channelId);
  if (channelId !== undefined && channelId !== "msteams")
    return unsupported(
      `The conversation reference is of the channel "${channelId.slice(0, 40)}"; Carillon speaks to Microsoft Teams ("msteams") only.`,
    );
  return {
    ok: true,
    target: {
      reference: {
        serviceUrl,
        ...optional("channelId", channelId),
        ...optional("activityId", text(reference.activityId)),
        conversation: conversationOf(id, conversation),
        ...optional("user", accountOf(reference.user)),
        ...optional("bot", accountOf(reference.bot)),
        ...optional("agent", accountOf(reference.agent)),
      },
    },
  };
}

type Fields = { readonly [key: string]: unknown };

function conversationOf(id: string, fields: Fields): ConversationReference["conversation"] {
  return {
    id,
    ...optional("conversationType", text(fields.conversationType)),
    ...optional("tenantId", text(fields.tenantId)),
    ...optional("isGroup", typeof fields.isGroup === "boolean" ? fields.isGroup : undefined),
    ...optional("name", text(fields.name)),
  };
}

function accountOf(value: unknown): ConversationReference["user"] {
  const fields = object(value);
  const id = text(fields?.id);
  if (fields === null || id === undefined) return undefined;
  return {
    id,
    ...optional("aadObjectId", text(fields.aadObjectId)),
    ...optional("name", text(fields.name)),
  };
}

function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  // A computed key widens to an index signature; the object has this key alone.
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: Value });
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

function object(value: unknown): Fields | null {
  // Any object may be read by key; what is under a key is checked before use.
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : null;
}

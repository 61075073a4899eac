import type { ConversationId, PersonId, RecipientKey, TeamId } from "./ids.ts";

/** A conversation reference as the SDKs write it; `bot` and `agent` are the same field in different SDKs. */
export interface ConversationReference {
  readonly serviceUrl: string;
  readonly channelId?: string;
  readonly activityId?: string;
  readonly conversation: {
    readonly id: string;
    readonly conversationType?: string;
    readonly tenantId?: string;
    readonly isGroup?: boolean;
    readonly name?: string;
  };
  readonly user?: { readonly id: string; readonly aadObjectId?: string; readonly name?: string };
  readonly bot?: { readonly id: string; readonly name?: string };
  readonly agent?: { readonly id: string; readonly name?: string };
}

/** `to` and audience items as the API, the CLI and the library take them. */
export type Target =
  /** Object id, UPN or `29:` id. */
  | { readonly user: string }
  /** A stored conversation. */
  | { readonly conversation: string }
  | { readonly reference: ConversationReference }
  /** A new thread in a channel. */
  | { readonly channel: string }
  /** A reply in a channel's thread. */
  | { readonly thread: { readonly channel: string; readonly rootId: string } }
  /** `members`: every member's personal chat. `general`: a new thread in the General channel. */
  | { readonly team: string; readonly as: "members" | "general" }
  /** A group chat. */
  | { readonly chat: string }
  | { readonly everyone: true };

/** Union of `include`, less `exclude`; the same recipient by two ways is one recipient. */
export interface Audience {
  readonly include: readonly Target[];
  readonly exclude?: readonly Target[];
}

/**
 * One recipient, resolved as far as it can be without asking Teams.
 *
 * - `person`: their personal chat; created on first use.
 * - `conversation`: post into this conversation (group chat, a stored conversation, a thread reply).
 * - `channel`: start a new thread.
 */
export type Recipient =
  | {
      readonly kind: "person";
      readonly key: RecipientKey;
      readonly personId: PersonId;
      /** What `members[0].id` of a create call takes: the object id, else the `29:` id. */
      readonly memberId: string;
    }
  | {
      readonly kind: "conversation";
      readonly key: RecipientKey;
      readonly conversationId: ConversationId;
      /** From a conversation reference that the caller brought; a stored one wins over it. */
      readonly serviceUrl?: string;
    }
  | {
      readonly kind: "channel";
      readonly key: RecipientKey;
      readonly channelId: ConversationId;
      readonly teamId?: TeamId;
    };

/** Any JSON value. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };
/** Any JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/**
 * What is to be said. `data` fills `${field}`s, beside what the directory knows of each recipient (`${person.givenName}`, …).
 * A card without a `summary` gets one made of its text: it is what a notification shows.
 */
export type Message =
  | { readonly text: string; readonly summary?: string; readonly data?: JsonObject }
  | { readonly markdown: string; readonly summary?: string; readonly data?: JsonObject }
  | { readonly card: JsonObject; readonly summary?: string; readonly data?: JsonObject };

/** A conversation reference as Microsoft's SDKs write it. */
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

/** Whom a message is for. */
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

/** Union of `include`, less `exclude`; who is named twice is one recipient. */
export interface Audience {
  readonly include: readonly Target[];
  readonly exclude?: readonly Target[];
}

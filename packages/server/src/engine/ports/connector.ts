import type { Channel } from "../../domain/directory.ts";
import type { ActivityId, BotId, ConversationId, TeamId, TenantId } from "../../domain/ids.ts";
import type { Evidence, Outcome } from "../../domain/outcome.ts";
import type { Signal } from "../../domain/signal.ts";

/** The answer to one request to Teams. `value` is there exactly when the outcome is `accepted`. */
export interface Answer<T> {
  readonly outcome: Outcome;
  readonly evidence: Evidence;
  readonly value?: T;
}

/** Which bot speaks, to which tenant, at which service URL (null: the cloud's global one). */
export interface ConnectorAddress {
  readonly botId: BotId;
  readonly tenantId: TenantId;
  readonly serviceUrl: string | null;
}

/** One page of a roster. */
export interface RosterPage {
  readonly members: readonly RosterMember[];
  /** Absent on the last page. */
  readonly continuationToken?: string;
}
/** A member as the connector gives them, field names made one. */
export interface RosterMember {
  readonly teamsId: string;
  readonly aadObjectId: string | null;
  readonly name: string | null;
  readonly givenName: string | null;
  readonly surname: string | null;
  readonly email: string | null;
  readonly userPrincipalName: string | null;
  readonly userRole: string | null;
}

/**
 * Teams' connector service. Every call makes at most one request, answers rather than throws, and never waits longer than its
 * time-out.
 */
export interface Connector {
  /** Idempotent: the same person gives the same conversation. Never carries an activity. */
  createPersonalConversation(
    address: ConnectorAddress,
    request: { readonly memberId: string },
    signal?: Signal,
  ): Promise<Answer<{ readonly conversationId: ConversationId }>>;
  /** Starts a new thread. Not idempotent. `body` is a serialised activity. */
  createChannelThread(
    address: ConnectorAddress,
    request: { readonly channelId: ConversationId; readonly body: string },
    signal?: Signal,
  ): Promise<
    Answer<{ readonly conversationId: ConversationId; readonly activityId: ActivityId | null }>
  >;
  /** Posts a serialised activity. Not idempotent. Teams may answer without an id when it split the message. */
  sendActivity(
    address: ConnectorAddress,
    request: { readonly conversationId: ConversationId; readonly body: string },
    signal?: Signal,
  ): Promise<Answer<{ readonly activityId: ActivityId | null }>>;
  /** Replaces an activity of the bot's own. May be made again without harm. */
  updateActivity(
    address: ConnectorAddress,
    request: {
      readonly conversationId: ConversationId;
      readonly activityId: ActivityId;
      readonly body: string;
    },
    signal?: Signal,
  ): Promise<Answer<{ readonly activityId: ActivityId | null }>>;
  /** Deletes an activity of the bot's own. May be made again without harm. */
  deleteActivity(
    address: ConnectorAddress,
    request: { readonly conversationId: ConversationId; readonly activityId: ActivityId },
    signal?: Signal,
  ): Promise<Answer<null>>;
  /** One page; `pageSize` from 50 to 500. */
  getMembersPage(
    address: ConnectorAddress,
    request: {
      readonly conversationId: ConversationId;
      readonly pageSize: number;
      readonly continuationToken?: string;
    },
    signal?: Signal,
  ): Promise<Answer<RosterPage>>;
  /** By `29:` id, object id or UPN, within a conversation the bot is in. */
  getMember(
    address: ConnectorAddress,
    request: { readonly conversationId: ConversationId; readonly memberId: string },
    signal?: Signal,
  ): Promise<Answer<RosterMember>>;
  getTeam(
    address: ConnectorAddress,
    request: { readonly teamId: TeamId },
    signal?: Signal,
  ): Promise<Answer<{ readonly name: string | null; readonly aadGroupId: string | null }>>;
  getChannels(
    address: ConnectorAddress,
    request: { readonly teamId: TeamId },
    signal?: Signal,
  ): Promise<Answer<readonly Channel[]>>;
  /**
   * Gets ready what every request needs, such as a token, so that none that was let in has to wait for it. Null where it is
   * there, or is known not to be had now; else resolves when that is so.
   */
  prepare?(address: Pick<ConnectorAddress, "tenantId">): Promise<void> | null;
  /** The other cloud host to try after a `wrong-host` refusal (Public ↔ GCC), or null where there is none. */
  alternateServiceUrl(serviceUrl: string | null): string | null;
  /** Whether a bearer token may go to this URL. */
  isTrusted(serviceUrl: string): boolean;
}

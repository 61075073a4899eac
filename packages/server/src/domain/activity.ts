/**
 * The parts of the connector's JSON that we read. Spelling is Microsoft's. Everything is optional beside `type`,
 * because what comes in is parsed tolerantly; unknown members are kept.
 * Source: teams.api, botframework-schema (types), msteams-docs subscribe-to-conversation-events.md.
 */
export interface Activity {
  readonly type: string;
  readonly id?: string;
  readonly timestamp?: string;
  readonly localTimezone?: string;
  readonly locale?: string;
  readonly channelId?: string;
  readonly serviceUrl?: string;
  readonly from?: ChannelAccount;
  readonly recipient?: ChannelAccount;
  readonly conversation?: ConversationAccount;
  readonly text?: string;
  readonly textFormat?: string;
  readonly summary?: string;
  readonly attachments?: readonly Attachment[];
  readonly entities?: readonly Entity[];
  readonly value?: unknown;
  readonly name?: string;
  readonly action?: string;
  readonly replyToId?: string;
  readonly membersAdded?: readonly ChannelAccount[];
  readonly membersRemoved?: readonly ChannelAccount[];
  readonly reactionsAdded?: readonly { readonly type?: string }[];
  readonly reactionsRemoved?: readonly { readonly type?: string }[];
  readonly channelData?: ChannelData;
}

export interface ChannelAccount {
  readonly id?: string;
  readonly name?: string;
  readonly aadObjectId?: string;
  /** The plain member list's name for `aadObjectId`. */
  readonly objectId?: string;
  readonly givenName?: string;
  readonly surname?: string;
  readonly email?: string;
  readonly userPrincipalName?: string;
  readonly tenantId?: string;
  readonly userRole?: string;
}

export interface ConversationAccount {
  readonly id?: string;
  readonly conversationType?: string;
  readonly tenantId?: string;
  readonly isGroup?: boolean;
  readonly name?: string;
}

export interface Attachment {
  readonly contentType?: string;
  readonly content?: unknown;
}

export interface Entity {
  readonly type?: string;
  readonly locale?: string;
  readonly timezone?: string;
  readonly text?: string;
  readonly mentioned?: ChannelAccount;
}

export interface ChannelData {
  readonly tenant?: { readonly id?: string };
  readonly team?: { readonly id?: string; readonly name?: string; readonly aadGroupId?: string };
  readonly channel?: { readonly id?: string; readonly name?: string };
  readonly eventType?: string;
  readonly settings?: { readonly selectedChannel?: { readonly id?: string } };
}

import type { BotId, ConversationId, PersonId, TeamId, TenantId } from "./ids.ts";

/** Whether the app is present in a person's personal scope, as far as we were told. */
export type InstallState = "installed" | "removed" | "unknown";

/** One person as the directory knows them for one bot. Instants are epoch ms. */
export interface Person {
  readonly botId: BotId;
  readonly tenantId: TenantId;
  readonly id: PersonId;
  /** Entra object id; null only where Teams gave none. */
  readonly aadObjectId: string | null;
  /** The `29:` id, valid for this bot only. */
  readonly teamsId: string | null;
  readonly userPrincipalName: string | null;
  readonly email: string | null;
  readonly name: string | null;
  readonly givenName: string | null;
  readonly surname: string | null;
  readonly locale: string | null;
  readonly timezone: string | null;
  readonly userRole: string | null;
  readonly install: InstallState;
  /** Set when a send was refused because the person blocked the bot; cleared by the next install or message. */
  readonly blockedAt: number | null;
  readonly conversationId: ConversationId | null;
  readonly serviceUrl: string | null;
  /** When Teams said what stands in `install`, by its own clock; absent where that is not known. */
  readonly installSaidAt?: number;
  /** The same for the chat and its service URL. */
  readonly chatSaidAt?: number;
  readonly updatedAt: number;
}

/** `personal` is one person's chat with the bot. A team's conversation is its General channel. */
export type ConversationKind = "personal" | "groupChat" | "channel";

/** A stored conversation reference: where to post, and at which service URL. */
export interface Conversation {
  readonly botId: BotId;
  readonly tenantId: TenantId;
  readonly id: ConversationId;
  readonly kind: ConversationKind;
  readonly serviceUrl: string;
  readonly personId: PersonId | null;
  readonly teamId: TeamId | null;
  readonly name: string | null;
  /** Set when Teams told us that it is gone or that the bot was removed from it. */
  readonly goneAt: number | null;
  readonly goneReason: string | null;
  /** When Teams said so last, by its own clock; absent where that is not known. */
  readonly saidAt?: number;
  readonly updatedAt: number;
}

/** A team the bot is or was in. */
export interface Team {
  readonly botId: BotId;
  readonly tenantId: TenantId;
  readonly id: TeamId;
  readonly aadGroupId: string | null;
  readonly name: string | null;
  readonly serviceUrl: string;
  readonly install: InstallState;
  readonly archived: boolean;
  /** When Teams said what stands in `install`, by its own clock; absent where that is not known. */
  readonly installSaidAt?: number;
  /** The same for everything else. */
  readonly saidAt?: number;
  readonly updatedAt: number;
}

/** A channel of a team, as learnt from events or listed by the connector. General has the team's own id. */
export interface Channel {
  readonly teamId: TeamId;
  readonly id: ConversationId;
  readonly name: string | null;
  readonly type: string | null;
  readonly deleted: boolean;
  /** When Teams said so last, by its own clock; absent where that is not known. */
  readonly saidAt?: number;
}

/** The fields of a person that an event may teach; absent ones leave what is stored. */
export interface PersonFields {
  readonly aadObjectId?: string;
  readonly teamsId?: string;
  readonly userPrincipalName?: string;
  readonly email?: string;
  readonly name?: string;
  readonly givenName?: string;
  readonly surname?: string;
  readonly locale?: string;
  readonly timezone?: string;
  readonly userRole?: string;
}

/**
 * One thing learnt about the directory, applied in order by the store. `serviceUrl`s in facts come from verified
 * activities, or from answers of a host that such an activity named.
 */
export type DirectoryFact = FactBody & {
  /**
   * When Teams said so, by its own clock: what it said later stays, in whatever order processes come to learn it. Absent in what
   * our own requests taught, which is applied when it is learnt.
   */
  readonly saidAt?: number;
};

type FactBody =
  /** A person exists; says nothing of installs. Merged by object id, then by `29:` id. */
  | { readonly fact: "person-seen"; readonly tenantId: TenantId; readonly person: PersonFields }
  /** A person's personal chat with the bot is known at this service URL. Does not by itself mean installed. */
  | {
      readonly fact: "personal-conversation";
      readonly tenantId: TenantId;
      readonly person: PersonFields;
      readonly conversationId: ConversationId;
      readonly serviceUrl: string;
    }
  /** The app was added to, or removed from, a person's personal scope. `installed` also clears a block. */
  | {
      readonly fact: "person-install";
      readonly tenantId: TenantId;
      readonly person: PersonFields;
      readonly install: "installed" | "removed";
    }
  /** A send was refused because the person blocked the bot. */
  | { readonly fact: "person-blocked"; readonly tenantId: TenantId; readonly personId: PersonId }
  /** A person wrote or pressed something, so a block is over. */
  | { readonly fact: "person-active"; readonly tenantId: TenantId; readonly person: PersonFields }
  /** A group chat or channel conversation is known. */
  | {
      readonly fact: "conversation-seen";
      readonly tenantId: TenantId;
      readonly conversationId: ConversationId;
      readonly kind: "groupChat" | "channel";
      readonly serviceUrl: string;
      readonly teamId?: TeamId;
      readonly name?: string;
    }
  /** Teams said that a conversation is gone, or that the bot is no longer in it. A person's stored conversation id is dropped. */
  | {
      readonly fact: "conversation-gone";
      readonly tenantId: TenantId;
      readonly conversationId: ConversationId;
      readonly reason: string;
    }
  | {
      readonly fact: "team-seen";
      readonly tenantId: TenantId;
      readonly teamId: TeamId;
      readonly serviceUrl: string;
      readonly name?: string;
      readonly aadGroupId?: string;
      readonly install?: "installed" | "removed";
      readonly archived?: boolean;
    }
  | {
      readonly fact: "channel-seen";
      readonly tenantId: TenantId;
      readonly teamId: TeamId;
      readonly channelId: ConversationId;
      readonly name?: string;
      readonly type?: string;
      readonly deleted?: boolean;
    };

/** What an emulator shows of itself. */
import type { Card, JsonObject } from "./json.ts";

/** All that a bot needs to know to talk to this emulator rather than to Teams. */
export interface BotIdentity {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tenantId: string;
  /** The token endpoint is `{loginUrl}/{tenantId}/oauth2/v2.0/token`. */
  readonly loginUrl: string;
  readonly openIdMetadataUrl: string;
  /** With region and tenant in its path, as inbound activities carry it. */
  readonly serviceUrl: string;
  /** The one to use where no activity has named another. */
  readonly globalServiceUrl: string;
  readonly graphUrl: string;
  readonly issuer: string;
  /** Scope of connector tokens. */
  readonly scope: string;
  readonly graphScope: string;
  /** The messaging endpoint that activities go to, or null. */
  readonly botEndpoint: string | null;
}

/** A person as the control API shows it. */
export interface PersonView {
  readonly index: number;
  readonly aadObjectId: string;
  readonly teamsId: string;
  readonly conversationId: string;
  readonly name: string;
  readonly givenName: string;
  readonly surname: string;
  readonly userPrincipalName: string;
  readonly email: string;
  readonly locale: string;
  readonly timezone: string;
  readonly role: "user" | "guest";
  readonly licensed: boolean;
  readonly installed: boolean;
  readonly blocked: boolean;
  /** An admin's policy keeps the app from this person. */
  readonly disabled: boolean;
  /** What `install("all")` does: installs, installs and then the person blocks the bot, or leaves out. */
  readonly fate: "installs" | "blocks" | "without-app";
  /** Messages of the bot in the personal chat. */
  readonly messages: number;
}

/** A channel as the control API shows it. The General channel has the team's id and no name. */
export interface ChannelView {
  readonly id: string;
  readonly name: string | null;
  readonly messages: number;
}

/** A team as the control API shows it. */
export interface TeamView {
  readonly index: number;
  readonly id: string;
  readonly aadGroupId: string;
  readonly name: string;
  readonly members: number;
  readonly installed: boolean;
  readonly channels: readonly ChannelView[];
}

/** A group chat as the control API shows it. */
export interface ChatView {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly members: number;
  readonly installed: boolean;
  readonly messages: number;
}

/** Part of a list; `total` counts everything that matches. */
export interface PageOf<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly offset: number;
}

/** Which part: `limit` from 1 to 1,000 (default 50). */
export interface PageQuery {
  readonly offset?: number;
  readonly limit?: number;
  /** Matches any part of name, UPN or object id, without regard to case. */
  readonly search?: string;
}

/** What came of activities posted to the bot. */
export interface InstallReport {
  readonly id: string;
  readonly state: "running" | "finished";
  /** Targets to install for. */
  readonly total: number;
  /** Targets done, failed ones included. */
  readonly done: number;
  /** Targets for which the bot did not answer 2xx to each activity. */
  readonly failed: number;
  /** Targets that have the app now, with or without the bot's knowing. */
  readonly installed: number;
  /** The first few failures, in words. */
  readonly failures: readonly string[];
}

/** The bot's answer to one activity. */
export interface BotAnswer {
  /** Id of the activity that was posted. */
  readonly activityId: string;
  readonly conversationId: string;
  /** Null when no answer came: see `error`. */
  readonly status: number | null;
  readonly body: string;
  readonly error: string | null;
}

/** What pressing did. `answer` is null for buttons that call nobody (Action.OpenUrl). */
export interface PressResult {
  readonly action: string;
  readonly title: string;
  readonly url: string | null;
  readonly answer: BotAnswer | null;
}

/** A message as it lies in an inbox. */
export interface InboxMessage {
  readonly activityId: string;
  readonly conversationId: string;
  /** Root message of the channel thread (its own id for a root), or null outside channels. */
  readonly thread: string | null;
  readonly from: { readonly kind: "bot" | "person"; readonly name: string };
  readonly at: number;
  readonly editedAt: number | null;
  readonly deleted: boolean;
  /** Text and attachment came in one activity: Teams makes two messages of it and answers no id. */
  readonly split: boolean;
  /** The activity as it was received; null once it is older than what is kept. */
  readonly activity: JsonObject | null;
  /** What an answer to Action.Execute put in place of the card, by person index. */
  readonly views: Readonly<Record<string, Card>>;
  readonly reactions: readonly { readonly person: number; readonly type: string }[];
}

/** A message that was answered 2xx (or would have been, had the answer not been lost). */
export interface AcceptedMessage {
  readonly conversationId: string;
  readonly activityId: string;
  /** The body as received; empty once it is older than what is kept. */
  readonly body: string;
  readonly at: number;
  /** Root message of the channel thread (its own id for a root), or null outside channels. */
  readonly thread: string | null;
  /** The person of a personal conversation, else null. */
  readonly person: number | null;
  /** No id was answered, as Teams made two messages of it. */
  readonly split: boolean;
  readonly deleted: boolean;
}

/** What a client did that it must not do. */
export interface Violation {
  readonly at: number;
  readonly kind:
    | "retry-after-ignored"
    | "wrong-audience"
    | "not-installed"
    | "wrong-host"
    | "wrong-tenant"
    | "wrong-region"
    | "too-large";
  readonly operation: string;
  readonly conversationId: string | null;
  readonly detail: string;
}

/** Totals since the start or the last reset. */
export interface Counts {
  /** Messages of the bot that took effect. */
  readonly accepted: number;
  readonly conversations: number;
  /** Requests to the connector. */
  readonly requests: number;
  readonly throttled: number;
  /** Requests that a fault was applied to. */
  readonly faulted: number;
  readonly tokens: number;
  readonly violations: number;
  readonly byStatus: Readonly<Record<string, number>>;
}

/** A 429 of the connector, and which limit it spoke of: what its answer does not say. */
export interface Throttle {
  readonly at: number;
  readonly limit: "conversation" | "lane";
}

/** One request to the emulator, without tokens or bodies. */
export interface LogEntry {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  /** 0 when the connection was reset. */
  readonly status: number;
  readonly code: string | null;
  readonly fault: string | null;
}

/** A whole state, as JSON. */
export interface StateExport {
  readonly format: 1;
  readonly seed: number;
  readonly people: number;
  readonly at: number;
  readonly state: JsonObject;
}

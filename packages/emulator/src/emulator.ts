/** What an emulator is to the programs that use it: its options, its one `fetch`, and the controls that tests turn. */

import type { FaultPlan } from "./faults/plan.ts";
import type { Card, JsonObject } from "./json.ts";
import type { WireAnswer, WireRequest } from "./wire.ts";

/** Time, as the emulator may know it. */
export interface EmulatorClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`, or earlier when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Only virtual clocks have it: moves time forward and wakes whoever is due. */
  advance?(ms: number): void;
}

/** How the emulator calls the bot's messaging endpoint. `fetch` itself fits. */
export type PostToBot = (
  url: string,
  init: {
    readonly method: "POST";
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly signal: AbortSignal;
  },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

/** Shares of the made-up tenant, each from 0 to 1. */
export interface TenantShares {
  /** People for whom `install("all")` leaves the app out. Default 0.04; guests and people without a licence are among them. */
  readonly withoutApp?: number;
  /** People who block the bot right after it was installed for them. Default 0.02. */
  readonly blocked?: number;
}

/** All settings of an emulator; every one has a default. */
export interface EmulatorOptions {
  /** How many people the tenant has. Default 1,000. */
  readonly people?: number;
  /** Default 5. */
  readonly teams?: number;
  /** Group chats. Default 2. */
  readonly chats?: number;
  /** Names, ids, shares and fault rates all follow from it. Default 1. */
  readonly seed?: number;
  readonly shares?: TenantShares;
  /** Default: a guid made from the seed; so are the app id and the secret. */
  readonly tenantId?: string;
  readonly botAppId?: string;
  readonly botSecret?: string;
  /** Default "Carillon". */
  readonly botName?: string;
  /** Public keys or certificates (PEM) whose client assertions the token endpoint takes. */
  readonly botCertificates?: readonly string[];
  /** Further apps that Entra knows and that are no bots: they get tokens, and 401 `BotNotRegistered` from the connector. */
  readonly otherApps?: readonly { readonly appId: string; readonly secret: string }[];
  /** A multi-tenant registration gets its tokens at the segment `botframework.com`. Default "single-tenant". */
  readonly registration?: "single-tenant" | "multi-tenant";
  /** Where activities for the bot are posted. Default: none, and no activity leaves. */
  readonly botEndpoint?: string;
  /** Origin under which the emulator is reached; `listen` sets it. Default `http://127.0.0.1:3979`. */
  readonly baseUrl?: string;
  /** Requests per second for the bot in the tenant. Default 50; 0 turns all limits off. */
  readonly rps?: number;
  /** Every answer of the connector leaves this much later. Default 0. */
  readonly latencyMs?: number;
  /** Up to this much more, by `rng`. Default 0. */
  readonly latencyJitterMs?: number;
  readonly faults?: FaultPlan;
  /** How many message bodies are kept; counts go on beyond it. Default 20,000. */
  readonly keepMessages?: number;
  /** Lifetime of access tokens in seconds. Default 3,600. */
  readonly tokenLifetimeSeconds?: number;
  /** How a send to someone who blocked the bot is refused. Default "writes-blocked" (numeric `errorCode`, nested JSON). */
  readonly blockedError?: BlockedError;
  /** False relaxes: unknown fields and activity types are taken and logged rather than answered 501. Default true. */
  readonly strict?: boolean;
  /** Default: the machine's clock. */
  readonly clock?: EmulatorClock;
  /** A uniform number in [0, 1), for jitter and fault rates. Default: made from the seed. */
  readonly rng?: () => number;
  /** Default: the global `fetch`. */
  readonly post?: PostToBot;
  /** Gets a line for everything that is not supported, and for each violation. Default: none. */
  readonly log?: (line: string) => void;
}

/** The three bodies that a 403 for a blocked bot may have. */
export type BlockedError = "writes-blocked" | "writes-blocked-named" | "blocked-by-user";

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

/** A person: index, object id, UPN, `29:` id, or the id of the personal conversation. */
export type PersonRef = number | string;
/** A team: index, `19:` id, or Entra group id. */
export type TeamRef = number | string;
/** A group chat: index or `19:…@thread.v2` id. */
export type ChatRef = number | string;
/** Whom the app is installed for. */
export type InstallTarget =
  | PersonRef
  | readonly PersonRef[]
  | "all"
  | { readonly team: TeamRef }
  | { readonly chat: ChatRef };

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

/** What is wrong, on purpose, with the token of an activity. */
export type TokenFlaw =
  | "missing"
  | "garbage"
  | "wrong-issuer"
  | "wrong-audience"
  | "wrong-endorsement"
  | "unknown-kid"
  | "bad-signature"
  | "expired"
  | "expired-within-skew"
  | "not-yet-valid"
  | "no-service-url"
  | "other-service-url"
  | "alg-none"
  | "hs256"
  | "entra-own-tenant"
  | "entra-strange-tenant";

/** How an activity is posted. */
export interface DeliveryOptions {
  readonly flaw?: TokenFlaw;
}
/** How an install is made known. */
export interface InstallOptions extends DeliveryOptions {
  /** False: the app is there, and the bot hears nothing of it. Default true. */
  readonly events?: boolean;
  /** How many people at a time. Default 16. */
  readonly concurrency?: number;
}
/** Where somebody speaks, when not in the personal chat. `thread` is the root message's id. */
export interface Place {
  /** A channel's or group chat's id. */
  readonly conversation: string;
  readonly thread?: string;
}
/** Which button, and what was typed into the card's inputs. */
export interface Press {
  /** The message with the card; default: the newest one of the bot with a card. */
  readonly activityId?: string;
  /** The place; default: the personal chat. */
  readonly conversation?: string;
  /** By place in the card (from 0), by title, or by verb. Default: the first button. */
  readonly button?: number | { readonly title: string } | { readonly verb: string };
  /** Values by input id; inputs that are left out keep the value the card gave them. */
  readonly inputs?: Readonly<Record<string, string>>;
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

/** Limits and what a 429 says. */
export interface LimitSettings {
  /** Requests per lane window for the bot in the tenant; 0 turns all limits off. */
  readonly rps: number;
  readonly laneWindowMs: number;
  /** Whether the per-conversation windows count. */
  readonly threads: boolean;
  readonly retryAfterSeconds: number;
  /** False: 429 without the header. */
  readonly sendRetryAfter: boolean;
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

/**
 * A Teams tenant with one bot in it. Methods that take a reference throw `ControlError` where it names nothing, or where
 * Teams would not let it happen.
 */
export interface Emulator {
  /** All services behind one web-standard function. Rejects with `ConnectionReset` where a fault resets the connection. */
  fetch(input: Request | string | URL, init?: RequestInit): Promise<Response>;
  /** The same without web objects; `listen` and simulations use it. */
  exchange(request: WireRequest): Promise<WireAnswer>;

  bot(): BotIdentity;
  setBotEndpoint(url: string | null): void;
  /** The origin that URLs are made of from now on. */
  setBaseUrl(origin: string): void;
  /** Activities carry this region from now on; with `refuseOthers`, requests through another region get a 403. */
  setRegion(region: string, options?: { readonly refuseOthers?: boolean }): void;
  /** Adds a public key or certificate (PEM) for client assertions. */
  addCertificate(pem: string): void;
  /** A new signing key; the one before stays published until the next call. Answers the new `kid`. */
  rotateKeys(): string;

  people(query?: PageQuery): PageOf<PersonView>;
  person(ref: PersonRef): PersonView;
  teams(): readonly TeamView[];
  team(ref: TeamRef): TeamView;
  chats(): readonly ChatView[];
  members(
    of: { readonly team: TeamRef } | { readonly chat: ChatRef },
    query?: PageQuery,
  ): PageOf<PersonView>;

  /** Resolves when all activities were answered. Each target gets `installationUpdate` and `conversationUpdate`. */
  install(target: InstallTarget, options?: InstallOptions): Promise<InstallReport>;
  /** Installs begun, newest first; running ones with their progress. */
  installs(): readonly InstallReport[];
  uninstall(target: InstallTarget, options?: InstallOptions): Promise<InstallReport>;
  /** The person blocks the bot. No activity tells of it. */
  block(ref: PersonRef): void;
  unblock(ref: PersonRef): void;
  /** An admin's policy keeps the app from the person. No activity tells of it. */
  disable(ref: PersonRef): void;
  enable(ref: PersonRef): void;
  addMember(team: TeamRef, person: PersonRef, options?: DeliveryOptions): Promise<BotAnswer>;
  removeMember(team: TeamRef, person: PersonRef, options?: DeliveryOptions): Promise<BotAnswer>;
  createChannel(team: TeamRef, name: string, options?: DeliveryOptions): Promise<BotAnswer>;

  /** The person writes to the bot in the personal chat, or in a place (in channels and group chats with a mention). */
  say(ref: PersonRef, text: string, options?: DeliveryOptions & Partial<Place>): Promise<BotAnswer>;
  /** The person mentions the bot in a channel or group chat. */
  mention(ref: PersonRef, text: string, place: Place & DeliveryOptions): Promise<BotAnswer>;
  press(ref: PersonRef, press?: Press & DeliveryOptions): Promise<PressResult>;
  react(
    ref: PersonRef,
    reaction: {
      readonly activityId: string;
      readonly type: string;
      readonly remove?: boolean;
      readonly conversation?: string;
    } & DeliveryOptions,
  ): Promise<BotAnswer>;
  /** The person edits an own message. */
  edit(
    ref: PersonRef,
    edit: {
      readonly activityId: string;
      readonly text: string;
      readonly conversation?: string;
    } & DeliveryOptions,
  ): Promise<BotAnswer>;
  /** The person deletes an own message. */
  erase(
    ref: PersonRef,
    erased: { readonly activityId: string; readonly conversation?: string } & DeliveryOptions,
  ): Promise<BotAnswer>;
  /** The person reads up to a message: a read receipt. */
  read(ref: PersonRef, upTo: { readonly activityId: string } & DeliveryOptions): Promise<BotAnswer>;
  /** Posts any activity, signed, filling in nothing but `serviceUrl` and `channelId` where they are missing. */
  deliver(activity: JsonObject, options?: DeliveryOptions): Promise<BotAnswer>;
  /** Posts an activity that was posted before once more, with the same id: one of the last 1,000. */
  redeliver(activityId: string, options?: DeliveryOptions): Promise<BotAnswer>;

  /** A person's personal chat, or any conversation by id; oldest first. */
  inbox(ref: PersonRef): readonly InboxMessage[];
  /** Every message of the bot that is kept, in the order in which they took effect. */
  acceptedMessages(): Iterable<AcceptedMessage>;
  /** How many messages of the bot a conversation holds; goes on counting beyond what is kept. */
  messageCount(ref: PersonRef): number;
  counts(): Counts;
  violations(): readonly Violation[];
  requestLog(): readonly LogEntry[];

  faults(): FaultPlan;
  setFaults(plan: FaultPlan | null): void;
  limits(): LimitSettings;
  setLimits(change: Partial<LimitSettings>): void;
  setLatency(latencyMs: number, jitterMs?: number): void;
  /** Sends by other bots into a conversation: they use up the windows that all bots share. */
  addOtherTraffic(conversationId: string, requests: number): void;

  now(): number;
  /** Moves a virtual clock; throws `ControlError` for a real one. */
  advance(ms: number): void;
  /** Back to the beginning: same seed, nobody installed, no faults. The bot endpoint stays. */
  reset(): void;
  exportState(): StateExport;
  importState(state: StateExport): void;
}

/** A control was asked for something that is not there or cannot be. `status` is the HTTP status of the control API. */
export class ControlError extends Error {
  readonly status: 400 | 404 | 409;
  constructor(status: 400 | 404 | 409, message: string) {
    super(message);
    this.name = "ControlError";
    this.status = status;
  }
}

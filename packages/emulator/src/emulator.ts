/** What an emulator is to the programs that use it: one `fetch`, and the controls that tests turn. */
import type { FaultPlan } from "./faults/plan.ts";
import type { JsonObject } from "./json.ts";
import type { LimitSettings } from "./options.ts";
import type {
  AcceptedMessage,
  BotAnswer,
  BotIdentity,
  ChatView,
  Counts,
  InboxMessage,
  InstallReport,
  LogEntry,
  PageOf,
  PageQuery,
  PersonView,
  PressResult,
  StateExport,
  TeamView,
  Throttle,
  Violation,
} from "./views.ts";
import type { WireAnswer, WireRequest } from "./wire.ts";

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
  /** The last 1,000 answers 429, and which limit each was for. */
  throttles(): readonly Throttle[];
  requestLog(): readonly LogEntry[];

  faults(): FaultPlan;
  setFaults(plan: FaultPlan | null): void;
  limits(): LimitSettings;
  setLimits(change: Partial<LimitSettings>): void;
  setLatency(latencyMs: number, jitterMs?: number): void;
  /** What an admin of the tenant has consented to: tokens of Graph that are issued from now on carry it. */
  setGraphPermissions(permissions: readonly string[]): void;
  /** Reads of Graph by others in the tenant, in resource units: they use up what the bot may use. */
  addOtherGraphTraffic(units: number): void;
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

import type { Log } from "../domain/log.ts";
import type { Message } from "../domain/message.ts";
import type { Metrics } from "../domain/metrics.ts";
import type { Target } from "../domain/target.ts";
import type {
  CampaignView,
  Engine,
  LeaveOptions,
  NewCampaign,
  NewEdit,
  NotificationView,
  RecallOptions,
  RetryOptions,
  SendOptions,
} from "../engine/engine.ts";
import type { Clock, Ids, Rng } from "../engine/ports/runtime.ts";
import type { Store } from "../engine/ports/store.ts";
import type { BotEventHandlers } from "../inbound/bot-events.ts";
import type { InboundEndpoint } from "../inbound/endpoint.ts";

/** The clouds that Teams runs in, as the Teams SDK names them. */
export type CloudName = "Public" | "USGov" | "USGovDoD" | "China";

/** The bot's registration. */
export interface BotCredentials {
  /** The app (client) id, a bare guid. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** The bot's own tenant (single-tenant registrations); without it the cloud's shared one is asked for tokens. */
  readonly tenantId?: string;
  /** Default `Public`. */
  readonly cloud?: CloudName;
}

/** Addresses that differ from the cloud's own: for the emulator and for tests. */
export interface EndpointOverrides {
  readonly loginUrl?: string;
  readonly openIdMetadataUrl?: string;
  /** The global service URL, for conversations of which none is known yet. */
  readonly serviceUrl?: string;
  readonly graphUrl?: string;
}

/** For how many days what is kept; 0 = for good. Campaigns with their counters and reasons stay in any case. */
export interface KeepDays {
  /** Single recipients and what became of each, and whole notifications, after their end. Default 0. */
  readonly recipients?: number;
  /** The single requests for each recipient, after the campaign's end. Default 0. */
  readonly attempts?: number;
  /** Default 30. */
  readonly idempotencyKeys?: number;
  /** Activities as they came, after they were processed. Default 3. */
  readonly inbound?: number;
}

export interface CarillonOptions {
  readonly bot: BotCredentials;
  /** `sqlite:PATH`, or a store opened with `openStore` (which then stays the caller's to close). */
  readonly store: string | Store;
  readonly endpoints?: EndpointOverrides;
  /** Further exact hosts (`host` or `host:port`) that tokens may go to; http only for loopback hosts named here. */
  readonly trustedHosts?: readonly string[];
  /** Ceiling per tenant, requests per second; `0` = no pacing. Default 50. */
  readonly ratePerSecond?: number;
  /** Whether the roster of a team is read once the bot is added to it, so that its members are known by name. Default true. */
  readonly readsRosters?: boolean;
  /**
   * Whether Microsoft Graph is asked who a user principal name is that the bot has not met. Takes the application permission
   * `User.Read.All`, consented to in each tenant. Default false.
   */
  readonly findsUsersInGraph?: boolean;
  /**
   * Whether this process sends. Without it messages and campaigns wait for another one on the same database that does, such as
   * `carillon worker`. Default true.
   */
  readonly worker?: boolean;
  /** For how long what is kept. */
  readonly keepDays?: KeepDays;
  /** `off` believes unsigned activities: only for a listener on loopback. Default `required`. */
  readonly inboundAuth?: "required" | "off";
  /** Tenants whose activities are taken; default: every tenant that the token check lets through. */
  readonly allowedTenants?: readonly string[];
  /** Default: nothing is logged. */
  readonly log?: Log;
  /** Default: nothing is measured. */
  readonly metrics?: Metrics;
  /** The bot's own code. */
  readonly on?: BotEventHandlers;
  /** Time, randomness and ids; default: the process's own. */
  readonly runtime?: Runtime;
}

/** What the engine may know of the outside world. */
export interface Runtime {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly ids: Ids;
}

/** Options of one `send`. */
export interface SendMessageOptions extends SendOptions {
  /** A repeated `send` with the same key and content answers the first one's notification. */
  readonly idempotencyKey?: string;
  readonly tenantId?: string;
}

/** One campaign. Each step throws `ProblemError` CAMPAIGN_STATE_CONFLICT where the state does not allow it. */
export interface CampaignHandle {
  readonly id: string;
  start(): Promise<CampaignView>;
  pause(): Promise<CampaignView>;
  resume(): Promise<CampaignView>;
  cancel(): Promise<CampaignView>;
  /**
   * Puts another message in place of the present one. Resolves once what is not sent yet goes out with it; what was accepted is
   * updated by the campaign that it answers. Throws `ProblemError` CAMPAIGN_RECALLED, MESSAGE_….
   */
  edit(message: Message | string, options?: Omit<NewEdit, "message">): Promise<CampaignHandle>;
  /**
   * Deletes what was accepted. Resolves once nothing more is sent; the deletes are the campaign that it answers. While they run,
   * another recall answers the same.
   */
  recall(options?: RecallOptions): Promise<CampaignHandle>;
  /** Tries deliveries again that did not arrive: the failed ones, or those that the options name. */
  retry(options?: RetryOptions): Promise<CampaignView>;
  /** Decides that what may have arrived stays as it is. */
  leave(options?: LeaveOptions): Promise<CampaignView>;
  status(): Promise<CampaignView>;
  /** Resolves when the campaign is finished or cancelled, with its last state; rejects when `signal` aborts. */
  finished(options?: { readonly signal?: AbortSignal }): Promise<CampaignView>;
}

/** A bot that sends proactively: what `createCarillon` answers. */
export interface Carillon {
  /** Web-standard: takes `POST /api/messages`, and answers 404 to everything else. */
  fetch(request: Request): Promise<Response>;
  /** Stores a message to one or several targets durably, then sends it. Throws `ProblemError`. */
  send(
    to: Target | readonly Target[],
    message: Message | string,
    options?: SendMessageOptions,
  ): Promise<NotificationView>;
  /** Stores a campaign as a draft; nothing is sent before `start`. Throws `ProblemError`. */
  campaign(request: NewCampaign): Promise<CampaignHandle>;
  readonly engine: Engine;
  readonly store: Store;
  readonly inbound: InboundEndpoint;
  /** Takes up what was left open, and works until `stop`. Messages may be sent before; they wait. */
  start(): Promise<void>;
  /** Ends the requests in flight, gives everything back, and closes the store if it was opened here. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Opens the store and puts the parts together; nothing moves before `start`. Throws `ConfigError` for options that cannot
 * work, and `StoreError` where the store cannot be opened.
 */
export async function createCarillon(options: CarillonOptions): Promise<Carillon> {
  // Loaded here, so that importing the library costs next to nothing until a bot is made.
  const { compose } = await import("./compose.ts");
  return compose(options);
}

/**
 * The made-up bot of a running emulator, to be spread into the options of {@link createCarillon}. Waits some seconds for an
 * emulator that is just starting. Throws `ConfigError`: EMULATOR_UNREACHABLE, or CONFIG_INVALID where something else answers.
 */
export async function emulatorOptions(
  url: string,
): Promise<Required<Pick<CarillonOptions, "bot" | "endpoints" | "trustedHosts">>> {
  const { discoverEmulator } = await import("./config-emulator.ts");
  const { bot, endpoints, hosts } = await discoverEmulator(url);
  return { bot, endpoints, trustedHosts: hosts };
}

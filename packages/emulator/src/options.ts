/** What an emulator is made with. */
import type { FaultPlan } from "./faults/plan.ts";

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
  /**
   * Permissions of Graph that an admin of the tenant has consented to: the ones that tokens issued from then on carry. Default
   * `User.Read.All`.
   */
  readonly graphPermissions?: readonly string[];
  /** Every answer of connector and Graph leaves this much later. Default 0. */
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
  /** Resource units of Graph per ten seconds; 0: Graph is not limited. Default: by the size of the tenant. */
  readonly graphUnits: number;
}

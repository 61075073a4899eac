import { type CampaignCalls, campaignCalls } from "./campaigns.ts";
import { type CallOptions, type Connection, callJson, pathOf } from "./connection.ts";
import { type PeopleCalls, peopleCalls, type TeamCalls, teamCalls } from "./directory-calls.ts";
import { type ExplainCalls, explainCalls } from "./explain-calls.ts";
import { type NotificationCalls, notificationCalls } from "./notifications.ts";
import type { Status } from "./status.ts";
import { platformTiming, type Timing } from "./timing.ts";
import { type UncertainCalls, uncertainCalls } from "./uncertain-calls.ts";

export interface ClientOptions {
  /** Where the service listens, such as `http://127.0.0.1:3978`. */
  readonly url: string;
  readonly apiKey: string;
  /** Default: the platform's own. */
  readonly fetch?: typeof fetch;
  /** The longest wait for an answer, ms. Default 30,000. */
  readonly timeoutMs?: number;
  /** Default: the platform's timers and chance. */
  readonly timing?: Timing;
}

/**
 * A client of one Carillon service. Calls reject with `CarillonError` where the service refuses, with
 * `CarillonUnreachableError` where none answers, and with the signal's reason where that aborts. A call that got no answer is
 * made again up to twice, which is safe: the service carries out a repeated request once.
 */
export interface CarillonClient {
  readonly notifications: NotificationCalls;
  readonly campaigns: CampaignCalls;
  readonly people: PeopleCalls;
  readonly teams: TeamCalls;
  readonly explain: ExplainCalls;
  readonly uncertain: UncertainCalls;
  status(options?: CallOptions): Promise<Status>;
}

/** Throws a `TypeError` for an address that is not http or https, and for a key that cannot be one. Connects to nothing yet. */
export function createClient(options: ClientOptions): CarillonClient {
  const connection: Connection = {
    url: baseOf(options.url),
    apiKey: keyOf(options.apiKey),
    // Called without its receiver, a browser's fetch throws.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    timeoutMs: options.timeoutMs ?? 30_000,
    timing: options.timing ?? platformTiming,
  };
  return {
    notifications: notificationCalls(connection),
    campaigns: campaignCalls(connection),
    people: peopleCalls(connection),
    teams: teamCalls(connection),
    explain: explainCalls(connection),
    uncertain: uncertainCalls(connection),
    status: ({ signal } = {}) =>
      callJson(connection, { method: "GET", path: pathOf("status"), repeatable: true, signal }),
  };
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new TypeError(
      `"${url}" is not the address of a service: it is written like http://127.0.0.1:3978.`,
    );
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
}

function keyOf(apiKey: string): string {
  // Never shown: it is a secret, or a mistyped one.
  if (!/^[\x21-\x7e]+$/.test(apiKey))
    throw new TypeError("The API key is empty, or has a character in it that no key has.");
  return apiKey;
}

/** Why a conversation or person cannot be reached, as Teams told us. */
export type UnreachableReason =
  | "app-not-installed"
  | "blocked-by-user"
  | "disabled-by-admin"
  | "not-in-roster"
  | "conversation-gone"
  | "activity-gone"
  | "wrong-host";

/** Which limit a 429 most likely spoke of. Teams does not say, so the connector answers `unknown` and the engine decides. */
export type ThrottleScope = "conversation" | "lane" | "unknown";

/**
 * What one attempt told us: the only thing the engine decides on.
 *
 * - `accepted`: Teams answered 2xx. Never called sent, delivered or read.
 * - `throttled`: 429. `retryAfterMs` is null when Teams gave no usable `Retry-After`.
 * - `transient`: certainly not carried out, and worth another try (412, 503, refused connection, 401 for a token that has been
 *   replaced, 5xx of a call without visible effect).
 * - `uncertain`: it may have been carried out (time-out, reset or 5xx after the body was written, of a call that people see the
 *   effect of).
 * - `unreachable`: refused for this recipient.
 * - `unauthorized`: the bot's own credentials were refused; concerns the whole lane.
 * - `rejected`: refused for this message (size, syntax) or by a status that Teams says not to retry.
 */
export type Outcome =
  | { readonly kind: "accepted" }
  | {
      readonly kind: "throttled";
      readonly retryAfterMs: number | null;
      readonly scope: ThrottleScope;
    }
  | {
      readonly kind: "transient";
      readonly reason: TransientReason;
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: "uncertain"; readonly reason: UncertainReason }
  | { readonly kind: "unreachable"; readonly reason: UnreachableReason }
  | { readonly kind: "unauthorized"; readonly reason: UnauthorizedReason }
  | { readonly kind: "rejected"; readonly reason: RejectedReason };

export type TransientReason =
  | "precondition"
  | "unavailable"
  | "no-connection"
  | "server-error"
  | "token-unavailable"
  /** Teams refused the token, and a fresh one is to be had. */
  | "token-stale";
export type UncertainReason =
  | "timeout"
  | "connection-lost"
  | "server-error"
  | "unreadable-answer"
  | "worker-died";
export type UnauthorizedReason =
  | "bot-unknown"
  | "token-refused"
  | "credentials-wrong"
  | "host-not-trusted";
export type RejectedReason = "bad-request" | "too-big" | "not-permitted" | "unlisted-status";

/** What was observed in one attempt, kept so that any outcome can be explained from stored facts. Holds no secret. */
export interface Evidence {
  /** HTTP status, or null when no answer came. */
  readonly status: number | null;
  /** The platform's code, such as `ConversationBlockedByUser`. */
  readonly platformCode: string | null;
  readonly subCode: string | null;
  /** The platform's text, or our own where none came; at most 500 characters. */
  readonly detail: string | null;
  /** The `MS-CV` response header, or Graph's `request-id`, for a support case. */
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;
  readonly latencyMs: number;
}

/** What is known of a request to which no answer came: our own words for why. */
export function noAnswer(detail: string | null, latencyMs: number): Evidence {
  return {
    status: null,
    platformCode: null,
    subCode: null,
    detail,
    requestId: null,
    retryAfterMs: null,
    latencyMs,
  };
}

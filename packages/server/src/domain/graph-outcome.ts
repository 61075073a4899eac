/**
 * Which of Graph's limits a 429 spoke of: those of the application in the tenant, of everybody in the tenant, or of the application
 * in all tenants together. Where it does not say, the first is meant.
 */
export type GraphScope = "application-in-tenant" | "tenant" | "application";

/**
 * What one request to Microsoft Graph told us: the only thing that is decided on.
 *
 * - `answered`: Graph gave what was asked for.
 * - `absent`: there is no such thing (404).
 * - `throttled`: 429. `retryAfterMs` is null where Graph gave no usable `Retry-After`.
 * - `transient`: worth another try (5xx, time-out, no connection, no token now, not let in by our own budget).
 * - `refused`: the bot may not ask this in the tenant; somebody has to act.
 * - `rejected`: Graph does not take this request, and would not the next time.
 */
export type GraphOutcome =
  | { readonly kind: "answered" }
  | { readonly kind: "absent" }
  | {
      readonly kind: "throttled";
      readonly retryAfterMs: number | null;
      readonly scope: GraphScope;
    }
  | {
      readonly kind: "transient";
      readonly reason: GraphTransientReason;
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: "refused"; readonly reason: GraphRefusal }
  | { readonly kind: "rejected" };

export type GraphTransientReason =
  | "unavailable"
  | "no-connection"
  | "token-unavailable"
  /** Graph refused the token, and a fresh one is to be had. */
  | "token-stale"
  /** Nothing was requested: our own budget, or a time of quiet, did not let it in. */
  | "not-let-in";

/** `not-consented`: the token lacks the permission. `credentials-wrong`: there is no token for the bot in this tenant. */
export type GraphRefusal = "not-consented" | "token-refused" | "credentials-wrong";

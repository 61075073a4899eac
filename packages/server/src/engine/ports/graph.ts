import type { GraphOutcome } from "../../domain/graph-outcome.ts";
import type { TenantId } from "../../domain/ids.ts";
import type { Evidence } from "../../domain/outcome.ts";
import type { Signal } from "../../domain/signal.ts";

/** What an answer of Graph tells of its limits; null where it does not. */
export interface GraphUsage {
  /** What the request cost, in resource units. */
  readonly units: number | null;
  /** The share of the limit that is used up: told above 0.8 only, and more than 1 where it is exceeded. */
  readonly load: number | null;
}

/** The answer to one request to Graph. `value` is there exactly when the outcome is `answered`. */
export interface GraphAnswer<T> {
  readonly outcome: GraphOutcome;
  readonly evidence: Evidence;
  readonly usage: GraphUsage;
  readonly value?: T;
}

/** A user of the tenant's directory. */
export interface GraphUser {
  /** The Entra object id. */
  readonly id: string;
  readonly userPrincipalName: string | null;
  readonly name: string | null;
  readonly isGuest: boolean;
}

/**
 * Microsoft Graph, as the bot's application sees a tenant. Every call makes at most one request, answers rather than throws, and
 * never waits longer than its time-out.
 */
export interface Graph {
  /** The user with this user principal name; takes the application permission `User.Read.All`. */
  findUser(tenantId: TenantId, name: string, signal?: Signal): Promise<GraphAnswer<GraphUser>>;
  /**
   * Gets a token for the tenant, so that no request that was let in has to wait for it. Null where it is there, or is known not
   * to be had now; else resolves when that is so.
   */
  prepare(tenantId: TenantId): Promise<void> | null;
}

/** What goes wrong, and when. The same shape is read from a file. */
import type { FaultKind } from "./kinds.ts";

/** The operations that faults can be aimed at. */
export type FaultOperation =
  | "token"
  | "create-conversation"
  | "create-thread"
  | "send"
  | "update"
  | "delete"
  | "members"
  | "paged-members"
  | "member"
  | "activity-members"
  | "team"
  | "channels"
  | "graph-user";

/** Those of them that are requests to the connector. */
export type ConnectorOperation = Exclude<FaultOperation, "token" | "graph-user">;

/** A fault with its details. */
export interface Fault {
  readonly kind: FaultKind;
  /** For kinds with Retry-After: what it says. Default: as in the limits. */
  readonly retryAfterSeconds?: number;
  /** The header's text as it is, sense or nonsense, in place of seconds; what comes meanwhile is then no violation. */
  readonly retryAfter?: string;
  /**
   * What the 429 slows: this conversation, or the bot in the tenant. Decides which later requests are violations. Default "thread".
   * At Graph `app` makes it say that it counted the app in all tenants; else it says the app in this one.
   */
  readonly scope?: "thread" | "lane" | "app";
  /** For 5xx and HTML: whether the request takes effect all the same. Default false. */
  readonly commit?: boolean;
  /** For `slow`: how long the answer is held back. Default 30,000. */
  readonly ms?: number;
  /** For `token-refused`: the number of the AADSTS code. Default 7000215. */
  readonly aadsts?: number;
  /** For `token-short-lived`: how many seconds the token really lives, whatever `expires_in` says. Default 0. */
  readonly seconds?: number;
  /** Another code than the kind's usual one, such as `RequestEntityTooLarge` for `too-large`; and another text. */
  readonly code?: string;
  readonly message?: string;
  /** Shape of an error's body. Default "normal". */
  readonly body?: "normal" | "plain" | "html" | "empty";
}

/** Which requests are meant; what is left out matches all (but tokens and Graph only when named). */
export interface FaultMatch {
  readonly operation?: FaultOperation;
  /** Index, object id, UPN or `29:` id. */
  readonly person?: number | string;
  /** A thread's id matches by its channel too. */
  readonly conversation?: string;
}

/** A fault for matching requests: from the `nth` on (from 1; default 1), `times` times (default: always). */
export interface FaultRule extends Fault, FaultMatch {
  readonly nth?: number;
  readonly times?: number;
}
/** A fault for a share of the matching requests, 0 to 1, by the seed. */
export interface FaultRate extends Fault, FaultMatch {
  readonly share: number;
}
/** The next matching request gets it; `ok` lets one pass. Requests that do not match the item at the front pass it by. */
export type FaultStep =
  | "ok"
  | FaultKind
  | (Fault & FaultMatch)
  | ({ readonly kind: "ok" } & FaultMatch);

/** A script comes first, then rules in their order, then rates in theirs; at most one fault for a request. */
export interface FaultPlan {
  readonly script?: readonly FaultStep[];
  readonly rules?: readonly FaultRule[];
  readonly rates?: readonly FaultRate[];
  /** Chance for the rates. Default: the emulator's. */
  readonly seed?: number;
}

/** At most `units` in any `ms`: resource units, or requests where each counts as one. */
export interface UnitWindow {
  readonly units: number;
  readonly ms: number;
}

/** One of Graph's limits, as far as it is counted for the bot's application. */
export interface GraphLimit {
  readonly inTenant: UnitWindow;
  /** In all tenants together. */
  readonly inAll: UnitWindow;
  /**
   * The share of both that one process keeps to. Processes do not count together: as many as keep to a fourth each do not exceed it;
   * what more of them do is left to Graph's own answers.
   */
  readonly shareOfProcess: number;
}

/**
 * Graph's limits, each counted by itself. `identity`: reads of users and groups, in resource units. How large a tenant is we do not
 * know, so it is taken for the smallest: 5,000 and 8,000 units are for larger ones.
 * Source: graph throttling-limits.md, identity and access include.
 * Checked: 2026-11-26.
 * Strength: documented (the limits); the share is ours.
 */
export const graphLimits = {
  identity: {
    inTenant: { units: 3500, ms: 10_000 },
    inAll: { units: 150_000, ms: 20_000 },
    shareOfProcess: 0.25,
  },
} as const satisfies Readonly<Record<string, GraphLimit>>;

/** The name of a limit. */
export type GraphLimitName = keyof typeof graphLimits;

/**
 * What each call counts for, and in which limit, before its answer tells.
 * Source: graph throttling-limits.md, identity and access include (a request costs at least 1, `$select` takes 1 off).
 * Checked: 2026-11-26.
 * Strength: documented.
 */
export const graphCalls = {
  "find-user": { limit: "identity", units: 1 },
} as const satisfies Readonly<Record<string, { limit: GraphLimitName; units: number }>>;

/** The name of a call to Graph. */
export type GraphCallName = keyof typeof graphCalls;

/**
 * From which share of a limit on a caller has to slow down: the least that Graph tells.
 * Source: graph throttling-limits.md, identity and access include.
 * Checked: 2026-11-26.
 * Strength: documented.
 */
export const loadMax = 0.8;

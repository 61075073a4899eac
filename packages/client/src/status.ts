import type { Attention, CampaignState, DeliveryCounts } from "./campaign.ts";

/** One bot in one tenant: where Teams' limits are counted. */
export interface Lane {
  readonly tenantId: string;
  readonly inFlight: number;
  readonly ratePerSecond: number;
  readonly ceilingPerSecond: number;
  readonly throttledUntil: string | null;
  readonly attention: Attention | null;
  /** Totals since the service started. */
  readonly requests: number;
  readonly throttled: number;
  /** How often another process took the lane before this one gave it back. */
  readonly holdsLost: number;
  /** Ends of deliveries that were not recorded, because another process had the lane by then; there they are uncertain. */
  readonly settlementsIgnored: number;
}

/** Microsoft Graph in one tenant, as the process that answers uses it. */
export interface GraphStatus {
  readonly tenantId: string;
  /** Totals since the service started: how often Graph was asked, and answered 429. */
  readonly requests: number;
  readonly throttled: number;
  /** Why Graph is not asked now. */
  readonly attention: Attention | null;
  readonly budgets: readonly {
    /** Graph's limit, such as `identity`. */
    readonly limit: string;
    /** In a window of the limit: what the process may use now, what it may use at most, and what it has used. */
    readonly unitsAllowed: number;
    readonly unitsCeiling: number;
    readonly unitsSpent: number;
    readonly pausedUntil: string | null;
  }[];
}

export interface Status {
  readonly version: string;
  readonly botId: string;
  /** The directory, counted. */
  readonly counts: {
    readonly people: number;
    readonly installed: number;
    readonly blocked: number;
    readonly removed: number;
  };
  readonly lanes: readonly Lane[];
  /** The tenants that Graph was asked about; none unless the service may ask it. */
  readonly graph: readonly GraphStatus[];
  /** Everything that stands in the way of sending, or of Graph; `tenantId` for a lane and for Graph, `campaignId` for a campaign. */
  readonly attention: readonly (Attention & {
    readonly tenantId: string | null;
    readonly campaignId: string | null;
  })[];
}

/** What the service tells those who follow it. */
export type StreamEvent =
  | { readonly type: "campaign"; readonly id: string; readonly state: CampaignState }
  | {
      readonly type: "progress";
      readonly id: string;
      readonly counts: DeliveryCounts;
      readonly ratePerSecond: number;
      readonly etaSeconds: number | null;
    }
  | {
      readonly type: "attention";
      readonly id: string | null;
      readonly attention: Attention | null;
    };

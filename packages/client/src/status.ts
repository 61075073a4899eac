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
  /** Everything that stands in the way of sending; `tenantId` for a lane, `campaignId` for a campaign. */
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

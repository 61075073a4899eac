import type { BotId, CampaignId } from "../../domain/ids.ts";

/** What of campaigns and notifications that are over may be removed: the requests made for each recipient, or all rows of recipients. */
export type Forgettable = "attempts" | "recipients";

/** A campaign or notification of which something may be removed. */
export interface ForgettableCampaign {
  readonly id: CampaignId;
  readonly finishedAt: number;
}

/** A part of a removal: how many rows it removed, and whether nothing is left of what was meant. */
export interface Forgotten {
  readonly removed: number;
  readonly isDone: boolean;
}

/** The part of the ledger that removes what is older than it is to be kept. Counters and reasons of campaigns always stay. */
export interface RetentionStore {
  /**
   * Campaigns and notifications that ended before `before`, with nothing left to be sent, changed or recalled, of which not
   * everything that is meant is removed; the longest ended first, and of those that ended at once in the order of their ids. Begins
   * behind `after`.
   */
  campaignsToForget(request: {
    readonly botId: BotId;
    readonly what: Forgettable;
    readonly before: number;
    readonly after?: ForgettableCampaign;
    readonly limit: number;
  }): Promise<readonly ForgettableCampaign[]>;
  /**
   * Removes up to `limit` rows of a campaign that may be forgotten (see `campaignsToForget`; of any other nothing): at least one, or
   * it is done. From the first part on `forgottenAt` says so. Of a notification whose recipients are removed nothing at all is left
   * in the end, nor of a change whose campaign is gone.
   */
  forget(request: {
    readonly id: CampaignId;
    readonly what: Forgettable;
    readonly limit: number;
    readonly now: number;
  }): Promise<Forgotten>;
  /** Since when a campaign's attempts, or all rows of its recipients, are not complete any more; null as long as they are. */
  forgottenAt(
    id: CampaignId,
  ): Promise<{ readonly attempts: number | null; readonly recipients: number | null }>;
  /** Removes up to `limit` idempotency keys of a bot that were first used before `before`; answers how many. */
  forgetIdempotencyKeys(botId: BotId, before: number, limit: number): Promise<number>;
}

import type { CampaignState } from "../../domain/campaign.ts";
import type { CampaignId, RecipientKey } from "../../domain/ids.ts";
import type { RetryRequest } from "../../domain/retry-request.ts";

/** The part of the ledger that tries deliveries again because somebody asked for it. */
export interface RetryStore {
  /**
   * Asks for failed, skipped or uncertain deliveries to be tried again, in a campaign that is in one of the `from` states. In one
   * transaction the request is stored for `retryRows`, and a finished campaign is `sending` again, its failures counted anew; it
   * does not finish before the request is carried out. With `recipient` that row alone is meant, and is pending when this resolves.
   *
   * - `asked`: stored; one that asks for the same and is not begun yet is carried out for both.
   * - `nothing`: no row is meant (see `isToRetry`); nothing changed.
   * - `refused`: the campaign is in none of the `from` states, or was recalled, or is a change after which another one was made,
   *   or its rows are kept no more; nothing changed.
   * - `full`: `retriesMax` requests wait already; nothing changed.
   * - `repeated`, `conflict`: the idempotency key was used before, for the same or for something else; nothing changed.
   */
  requestRetry(request: {
    readonly id: CampaignId;
    readonly from: readonly CampaignState[];
    readonly retry: RetryRequest;
    readonly recipient?: RecipientKey;
    readonly now: number;
    readonly idempotency?: { readonly key: string; readonly fingerprint: string };
  }): Promise<"asked" | "nothing" | "refused" | "full" | "repeated" | "conflict">;
  /** Campaigns with requests for retries; the longest untouched first. */
  campaignsToRetry(limit: number): Promise<readonly CampaignId[]>;
  /**
   * Carries out the next part of a campaign's oldest request: walks up to `limit` rows, and makes those that are meant pending,
   * due at once, as rows of which nothing was tried: attempts go on being numbered, the retry deadline begins anew, and one that
   * was `uncertain` counts as resent. Each row is walked once for a request; one that ended after the request, as the store counts
   * requests, is left out: whatever clocks say.
   * `isDone`: none of the campaign's requests is left.
   */
  retryRows(
    id: CampaignId,
    limit: number,
    now: number,
  ): Promise<{ readonly retried: number; readonly isDone: boolean }>;
}

import type { BotId, CampaignId, RecipientKey } from "../../domain/ids.ts";
import type { Page, PageRequest, PastDelivery } from "./store.ts";

/** The part of the ledger that keeps what nobody knows, until somebody decides about it. */
export interface UncertainStore {
  /** Uncertain deliveries about which nobody has decided: those of the newest campaigns and notifications first, then by recipient. */
  listUncertain(page: PageRequest & { readonly botId: BotId }): Promise<Page<PastDelivery>>;
  /**
   * Gives uncertain deliveries the code DELIVERY_LEFT_UNCERTAIN: the one to `recipient`, or up to `limit` of those after `after`.
   * Answers how many, and the last one walked; `after` is null where none is left.
   */
  leaveUncertain(request: {
    readonly id: CampaignId;
    readonly which:
      | { readonly recipient: RecipientKey }
      | { readonly after: string; readonly limit: number };
    readonly now: number;
  }): Promise<{ readonly left: number; readonly after: RecipientKey | null }>;
}

/** What the engine needs of storage to change messages that Teams has taken: a part of the ledger. */
import type { CampaignState, ChangeKind } from "../../domain/campaign.ts";
import type { DeliveryCounts, DeliveryState } from "../../domain/delivery.ts";
import type { ErrorCode } from "../../domain/error-codes.ts";
import type { CampaignId, RecipientKey } from "../../domain/ids.ts";
import type { Campaign, ExpansionCursor } from "./store.ts";

/** A change as its campaign lists it. */
export interface CampaignChange {
  readonly id: CampaignId;
  readonly kind: ChangeKind;
  readonly state: CampaignState;
  readonly counts: DeliveryCounts;
  readonly createdAt: number;
}

/** What became of a change of one recipient's message. */
export interface DeliveryChange {
  readonly recipient: RecipientKey;
  readonly id: CampaignId;
  readonly kind: ChangeKind;
  readonly state: DeliveryState;
  readonly code: ErrorCode | null;
  readonly detail: string | null;
}

/**
 * Edits and recalls. A change is a campaign of its own, whose deliveries are the messages to be changed; `createChange` and
 * `expandChange` see to it that no request of a change starts before those that came before it have ended.
 */
export interface ChangeStore {
  /**
   * Stores a change of another campaign and makes way for it, in one transaction, if that one is in `state` and at the revision
   * before the change's. It comes to the change's revision; an edit's message takes the place of its own (the first one is kept); by a recall it is
   * marked as recalled, and `cancelled` unless it is over; and its earlier changes that are not over are `cancelled`.
   * Answers the change, the changed campaign and those changes as they are now; or null where the campaign was not as expected,
   * or its rows are kept no more, and nothing was changed. Idempotency keys are as for `createCampaign`.
   */
  createChange(request: {
    readonly change: Campaign & { readonly changeOf: CampaignId };
    readonly state: CampaignState;
    readonly idempotency?: { readonly key: string; readonly fingerprint: string };
  }): Promise<
    | {
        readonly result: "created";
        readonly change: Campaign;
        readonly changed: Campaign;
        readonly superseded: readonly Campaign[];
      }
    | { readonly result: "repeated" | "conflict" }
    | null
  >;
  /** The changes made to a campaign, the newest first. */
  changesOf(id: CampaignId, limit: number): Promise<readonly CampaignChange[]>;
  /**
   * Of each of these recipients (1,000 or fewer) the newest change that has a delivery to them, and what became of it; in any
   * order, and none of those that no change concerns.
   */
  changesTo(
    id: CampaignId,
    recipients: readonly RecipientKey[],
  ): Promise<readonly DeliveryChange[]>;
  /** Campaigns past their `recallAt` that were started and were never recalled. Soonest first. */
  campaignsToRecall(now: number, limit: number): Promise<readonly Campaign[]>;
  /**
   * A step of a change's expansion, like `expandEveryone`: walks up to `limit` of the next rows of the changed campaign after
   * `from.after`. Each that was claimed last before the change's revision and may have brought a message becomes a delivery of
   * the change: `pending` with that message's ids, or `failed` / DELIVERY_ID_UNKNOWN where they are not known. A recall leaves
   * out what an earlier one has deleted.
   *
   * Answers `under-way`, and changes nothing, as long as requests are that came before it: while such rows, or rows of earlier
   * changes, are in `sending`. An edit's delivery is due `lateMs` after the last touch of an earlier change of the same message
   * that lost an answer, because that may still have its effect.
   */
  expandChange(request: {
    readonly id: CampaignId;
    readonly from: ExpansionCursor;
    readonly limit: number;
    readonly now: number;
    readonly lateMs: number;
  }): Promise<{ readonly added: number; readonly after: string | null } | "under-way" | null>;
}

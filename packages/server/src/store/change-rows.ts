import type { CampaignState, ChangeKind } from "../domain/campaign.ts";
import { countsOf, type DeliveryState } from "../domain/delivery.ts";
import type { ErrorCode } from "../domain/error-codes.ts";
import type { ActivityId, CampaignId, ConversationId, RecipientKey } from "../domain/ids.ts";
import type { CampaignChange, DeliveryChange } from "../engine/ports/change-store.ts";
import type { PostedMessage } from "../engine/ports/store.ts";

/** The columns of {@link ChangeRow}, of campaigns as `c`. */
export const changeColumns = `c.campaign_id, c.kind, c.state, c.created_at, c.pending, c.sending, c.accepted, c.failed,
  c.skipped, c.cancelled, c.uncertain`;

/** A change as lists show it. */
export interface ChangeRow extends Readonly<Record<DeliveryState, number>> {
  readonly campaign_id: CampaignId;
  readonly kind: ChangeKind;
  readonly state: CampaignState;
  readonly created_at: number;
}

/** A stored row as the port shows it. */
export function changeOf(row: ChangeRow): CampaignChange {
  return {
    id: row.campaign_id,
    kind: row.kind,
    state: row.state,
    counts: countsOf(row),
    createdAt: row.created_at,
  };
}

/** A delivery of a change. */
export interface ChangedRow {
  readonly campaign_id: CampaignId;
  readonly kind: ChangeKind;
  readonly recipient_key: RecipientKey;
  readonly state: DeliveryState;
  readonly code: ErrorCode | null;
  readonly detail: string | null;
}

/** A stored row as the port shows it. */
export function changeTo(row: ChangedRow): DeliveryChange {
  return {
    recipient: row.recipient_key,
    id: row.campaign_id,
    kind: row.kind,
    state: row.state,
    code: row.code,
    detail: row.detail,
  };
}

/** The ids that a pending row has of a message. */
export interface PostedRow {
  readonly posted_in: ConversationId | null;
  readonly posted_id: ActivityId | null;
}

/** The message that a claimed row is about. Only rows of changes have its ids before they are accepted. */
export function postedOf({ posted_in, posted_id }: PostedRow): PostedMessage | null {
  return posted_in === null || posted_id === null
    ? null
    : { conversationId: posted_in, activityId: posted_id };
}

/** Why a message that was accepted cannot be named. */
export const gaveNoId =
  "Teams took the message and gave no id for it, as it does with one that it splits in two.";
/** Why a message cannot be named that may have arrived. */
export const mayBeThere = "Whether the message arrived is not known, and so is its id.";

import type { DeliveryState } from "../domain/delivery.ts";
import type { ErrorCode } from "../domain/error-codes.ts";
import type { ActivityId, CampaignId, ConversationId, RecipientKey } from "../domain/ids.ts";
import type { Evidence, Outcome } from "../domain/outcome.ts";
import type { Attempt, Delivery, Operation, Page, PageRequest } from "../engine/ports/store.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { shownDueAt } from "./due-at.ts";

export type DeliveryPageRequest = PageRequest & { readonly state?: DeliveryState };

/** The columns of {@link DeliveryRow}. */
export const deliveryColumns = `recipient_key, state, attempts, code, detail, conversation_id, activity_id, resent, due_at,
  ordinal, updated_at, first_attempt_at, retried_at, status, latency_ms, request_id`;

/** A delivery as stored, as far as lists show it. */
export interface DeliveryRow {
  readonly recipient_key: RecipientKey;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly code: ErrorCode | null;
  readonly detail: string | null;
  readonly conversation_id: ConversationId | null;
  readonly activity_id: ActivityId | null;
  readonly resent: number;
  readonly due_at: number;
  readonly ordinal: number;
  readonly updated_at: number;
  readonly first_attempt_at: number | null;
  readonly retried_at: number | null;
  readonly status: number | null;
  readonly latency_ms: number | null;
  readonly request_id: string | null;
}

/** The columns of {@link AttemptRow}. */
export const attemptColumns = "number, operation, at, outcome, evidence, decision";

/** A recorded request as stored. */
export interface AttemptRow {
  readonly number: number;
  readonly operation: Operation;
  readonly at: number;
  readonly outcome: string;
  readonly evidence: string;
  readonly decision: string;
}

/** A stored row as the port shows it. */
export function attemptOf(row: AttemptRow): Attempt {
  return {
    ...row,
    outcome: JSON.parse(row.outcome) as Outcome, // written by `JSON.stringify` of an outcome
    evidence: JSON.parse(row.evidence) as Evidence, // likewise
  };
}

/** After which recipient a page begins. Pending rows have another order: {@link pendingPlace}. */
export function deliveryPlace(cursor: string | undefined): string {
  const [after] = cursor === undefined ? [""] : decodeCursor(cursor, "deliveries", ["string"]);
  return after;
}

/** After which row, by due time, ordinal and recipient, a page of pending rows begins. */
export function pendingPlace(cursor: string | undefined): readonly [number, number, string] {
  return cursor === undefined
    ? [Number.MIN_SAFE_INTEGER, 0, ""]
    : decodeCursor(cursor, "deliveries.pending", ["number", "number", "string"]);
}

/** A page of the rows that were read for it: one more than it may show, where there are more. */
export function deliveryPage(
  id: CampaignId,
  rows: readonly DeliveryRow[],
  { limit, state }: DeliveryPageRequest,
): Page<Delivery> {
  const shown = rows.slice(0, limit);
  const items = shown.map((row) => deliveryOf(id, row));
  const last = shown.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  const next =
    state === "pending"
      ? encodeCursor("deliveries.pending", [last.due_at, last.ordinal, last.recipient_key])
      : encodeCursor("deliveries", [last.recipient_key]);
  return { items, next };
}

/** A stored row as the port shows it. */
export function deliveryOf(campaignId: CampaignId, row: DeliveryRow): Delivery {
  return {
    campaignId,
    recipient: row.recipient_key,
    state: row.state,
    attempts: row.attempts,
    code: row.code,
    detail: row.detail,
    conversationId: row.conversation_id,
    activityId: row.activity_id,
    resent: row.resent,
    dueAt: row.state === "pending" ? shownDueAt(row) : null,
    updatedAt: row.updated_at,
    firstAttemptAt: row.first_attempt_at,
    retriedAt: row.retried_at,
    status: row.status,
    latencyMs: row.latency_ms,
    requestId: row.request_id,
  };
}

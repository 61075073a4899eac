import type { DeliveryState } from "../../domain/delivery.ts";
import type { ErrorCode } from "../../domain/error-codes.ts";
import type { NewDelivery } from "../../engine/ports/store.ts";
import type { CampaignTally } from "../campaign-tally.ts";
import { heldDueAt } from "../due-at.ts";
import { storedRecipient } from "../recipient-rows.ts";
import type { Database } from "./database.ts";

/** Adds a delivery where the campaign has none for this recipient; answers whether it did. */
export function insertDelivery(
  db: Database,
  tally: CampaignTally,
  delivery: NewDelivery,
  {
    ordinal,
    dueAt,
    now,
  }: { readonly ordinal: number; readonly dueAt: number; readonly now: number },
): boolean {
  const { recipient, data, refused } = delivery;
  const state: DeliveryState = refused?.state ?? "pending";
  const isHeld = tally.holdsBack && refused === undefined;
  const added = db.run(
    `INSERT INTO deliveries (tenant_id, campaign_id, recipient_key, state, ordinal, due_at, updated_at, code, detail,
       recipient, fields, retries_before)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant_id, campaign_id, recipient_key) DO NOTHING`,
    tally.tenantId,
    tally.id,
    recipient.key,
    state,
    ordinal,
    isHeld ? heldDueAt : dueAt,
    now,
    refused?.code ?? null,
    refused?.detail ?? null,
    storedRecipient(recipient),
    data === undefined ? null : JSON.stringify(data),
    tally.retriesAsked,
  );
  if (added === 0) return false;
  if (isHeld) tally.hold(1);
  else tally.add(state, 1, refused === undefined ? { dueAt } : { code: refused.code });
  return true;
}

/**
 * Ends up to `limit` pending rows of a campaign, the earliest due first, and counts them; answers how many. Those that may have
 * arrived in an earlier attempt become `uncertain`, whatever ends them, and when they were touched never goes back.
 */
export function endPending(
  db: Database,
  tally: CampaignTally,
  { state, code, limit, now }: PendingEnd,
): number {
  const rows = db.all<{ resent: number; due_at: number }>(
    `UPDATE deliveries SET state = CASE WHEN resent > 0 THEN 'uncertain' ELSE ? END,
       code = CASE WHEN resent > 0 THEN 'TEAMS_UNCERTAIN' ELSE ? END, detail = NULL, updated_at = max(updated_at, ?),
       retries_before = ?
     WHERE tenant_id = ? AND campaign_id = ? AND recipient_key IN (
       SELECT recipient_key FROM deliveries WHERE tenant_id = ? AND campaign_id = ? AND state = 'pending'
       ORDER BY due_at, ordinal LIMIT (? + 0))
     RETURNING resent, due_at`,
    state,
    code,
    now,
    tally.retriesAsked,
    tally.tenantId,
    tally.id,
    tally.tenantId,
    tally.id,
    Math.min(limit, endMax),
  );
  const uncertain = rows.filter((row) => row.resent > 0).length;
  tally.step("pending", "uncertain", uncertain, { code: "TEAMS_UNCERTAIN" });
  tally.step("pending", state, rows.length - uncertain, { code });
  tally.letGo(rows.filter((row) => row.due_at === heldDueAt).length);
  return rows.length;
}

// Less than 10 ms of work. Ending fewer than asked for is allowed: the answer says how many.
const endMax = 500;

interface PendingEnd {
  readonly state: "cancelled" | "failed";
  readonly code: ErrorCode;
  readonly limit: number;
  readonly now: number;
}

import type { DeliveryState } from "../../domain/delivery.ts";
import type { ErrorCode } from "../../domain/error-codes.ts";
import type { RecipientKey } from "../../domain/ids.ts";
import type { NewDelivery } from "../../engine/ports/store.ts";
import type { CampaignTally } from "../campaign-tally.ts";
import { heldDueAt } from "../due-at.ts";
import { storedRecipient } from "../recipient-rows.ts";
import { columnsOf } from "./columns.ts";

/** The columns of a delivery that is new. */
export const newColumns = columnsOf({
  tenant_id: "text",
  campaign_id: "text",
  recipient_key: "text",
  state: "text",
  ordinal: "bigint",
  due_at: "bigint",
  updated_at: "bigint",
  code: "text",
  detail: "text",
  recipient: "text",
  fields: "text",
  retries_before: "integer",
});

/** A delivery that is new. */
export interface NewRow {
  readonly tenant_id: string;
  readonly campaign_id: string;
  readonly recipient_key: RecipientKey;
  readonly state: DeliveryState;
  readonly ordinal: number;
  readonly due_at: number;
  readonly updated_at: number;
  readonly code: ErrorCode | null;
  readonly detail: string | null;
  readonly recipient: string | null;
  readonly fields: string | null;
  readonly retries_before: number;
}

/** One row for each recipient, the first where the same comes twice, numbered from `ordinal` on. */
export function newRows(
  tally: CampaignTally,
  deliveries: readonly NewDelivery[],
  {
    ordinal,
    dueAt,
    now,
  }: { readonly ordinal: number; readonly dueAt: number; readonly now: number },
): readonly NewRow[] {
  const rows = new Map<RecipientKey, NewRow>();
  for (const { recipient, data, refused } of deliveries) {
    if (rows.has(recipient.key)) continue;
    rows.set(recipient.key, {
      tenant_id: tally.tenantId,
      campaign_id: tally.id,
      recipient_key: recipient.key,
      state: refused?.state ?? "pending",
      ordinal: ordinal + rows.size,
      due_at: tally.holdsBack && refused === undefined ? heldDueAt : dueAt,
      updated_at: now,
      code: refused?.code ?? null,
      detail: refused?.detail ?? null,
      recipient: storedRecipient(recipient),
      fields: data === undefined ? null : JSON.stringify(data),
      retries_before: tally.retriesAsked,
    });
  }
  return [...rows.values()];
}

/** Counts rows that were added. */
export function countNew(tally: CampaignTally, rows: readonly NewRow[]): void {
  for (const { state, code, due_at } of rows)
    if (due_at === heldDueAt) tally.hold(1);
    else tally.add(state, 1, code === null ? { dueAt: due_at } : { code });
}

import type { DeliveryState } from "../../domain/delivery.ts";
import type { ErrorCode } from "../../domain/error-codes.ts";
import type {
  ActivityId,
  CampaignId,
  ConversationId,
  RecipientKey,
  TenantId,
} from "../../domain/ids.ts";
import type { Evidence, Outcome } from "../../domain/outcome.ts";
import type { Attempt, Delivery, Operation, Page, PageRequest } from "../../engine/ports/store.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import type { Database } from "./database.ts";

type DeliveryPageRequest = PageRequest & { readonly state?: DeliveryState };

/** Ordered by recipient key. */
export function listDeliveries(
  db: Database,
  id: CampaignId,
  { cursor, limit, state }: DeliveryPageRequest,
): Page<Delivery> {
  const [after] = cursor === undefined ? [""] : decodeCursor(cursor, "deliveries", ["string"]);
  const tenant = tenantOf(db, id);
  if (tenant === null) return { items: [] };
  const rows = db.all<DeliveryRow>(
    `${selectDeliveries} ${conditions(state)} ORDER BY recipient_key LIMIT ?`,
    tenant,
    id,
    after,
    ...(state === undefined ? [] : [state]),
    limit + 1,
  );
  const items = rows.slice(0, limit).map((row) => deliveryOf(id, row));
  const last = items.at(-1);
  return rows.length <= limit || last === undefined
    ? { items }
    : { items, next: encodeCursor("deliveries", [last.recipient]) };
}

/** The recorded requests of one delivery, the first one first. */
export function attemptsOf(
  db: Database,
  id: CampaignId,
  recipient: RecipientKey,
): readonly Attempt[] {
  const tenant = tenantOf(db, id);
  if (tenant === null) return [];
  return db
    .all<AttemptRow>(
      `SELECT number, operation, at, outcome, evidence, decision FROM attempts
       WHERE tenant_id = ? AND campaign_id = ? AND recipient_key = ? ORDER BY entry`,
      tenant,
      id,
      recipient,
    )
    .map((row) => ({
      ...row,
      outcome: JSON.parse(row.outcome) as Outcome, // written by `recordAttempt`
      evidence: JSON.parse(row.evidence) as Evidence, // likewise
    }));
}

interface DeliveryRow {
  readonly recipient_key: RecipientKey;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly code: ErrorCode | null;
  readonly detail: string | null;
  readonly conversation_id: ConversationId | null;
  readonly activity_id: ActivityId | null;
  readonly resent: number;
  readonly due_at: number;
  readonly updated_at: number;
}

interface AttemptRow {
  readonly number: number;
  readonly operation: Operation;
  readonly at: number;
  readonly outcome: string;
  readonly evidence: string;
  readonly decision: string;
}

const selectDeliveries = `
SELECT recipient_key, state, attempts, code, detail, conversation_id, activity_id, resent, due_at, updated_at FROM deliveries
WHERE tenant_id = ? AND campaign_id = ? AND recipient_key > ?`;

/** Says what the planner needs to know to take the smallest index that holds every row of the state. */
function conditions(state: DeliveryState | undefined): string {
  if (state === undefined) return "";
  if (state === "sending") return "AND state = ? AND state = 'sending'";
  const always: readonly DeliveryState[] = ["failed", "skipped", "cancelled", "uncertain"];
  return always.includes(state) ? "AND state = ? AND code IS NOT NULL" : "AND +state = ?";
}

function tenantOf(db: Database, id: CampaignId): TenantId | null {
  const sql = "SELECT tenant_id FROM campaigns WHERE campaign_id = ?";
  return db.get<{ tenant_id: TenantId }>(sql, id)?.tenant_id ?? null;
}

function deliveryOf(campaignId: CampaignId, row: DeliveryRow): Delivery {
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
    dueAt: row.state === "pending" ? row.due_at : null,
    updatedAt: row.updated_at,
  };
}

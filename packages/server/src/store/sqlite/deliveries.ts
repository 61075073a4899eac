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
import { stretchRows, walkStretches } from "./stretches.ts";

type DeliveryPageRequest = PageRequest & { readonly state?: DeliveryState };

/** Ordered by recipient key; pending ones by when they are due. Each read between two calls of `pause` is short. */
export async function listDeliveries(
  db: Database,
  id: CampaignId,
  page: DeliveryPageRequest,
  pause: () => Promise<void>,
): Promise<Page<Delivery>> {
  const tenant = tenantOf(db, id);
  if (tenant === null) return { items: [] };
  const list: List = { tenant, id, limit: page.limit + 1 };
  if (page.state === "pending") return listPending(db, list, page.cursor);
  const [after] =
    page.cursor === undefined ? [""] : decodeCursor(page.cursor, "deliveries", ["string"]);
  const rows =
    page.state === "accepted"
      ? await readAccepted(db, list, after, pause)
      : readRows(db, list, after, page.state);
  return pageOf(id, rows, page.limit, (last) => encodeCursor("deliveries", [last.recipient_key]));
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

interface List {
  readonly tenant: TenantId;
  readonly id: CampaignId;
  /** One more than a page has, to know whether there is another. */
  readonly limit: number;
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
  readonly ordinal: number;
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
SELECT recipient_key, state, attempts, code, detail, conversation_id, activity_id, resent, due_at, ordinal, updated_at`;

function listPending(db: Database, list: List, cursor: string | undefined): Page<Delivery> {
  const after =
    cursor === undefined
      ? [Number.MIN_SAFE_INTEGER, 0, ""]
      : decodeCursor(cursor, "deliveries.pending", ["number", "number", "string"]);
  const rows = db.all<DeliveryRow>(
    `${selectDeliveries} FROM deliveries
     WHERE tenant_id = ? AND campaign_id = ? AND state = 'pending' AND (due_at, ordinal, recipient_key) > (?, ?, ?)
     ORDER BY due_at, ordinal, recipient_key LIMIT ?`,
    list.tenant,
    list.id,
    ...after,
    list.limit,
  );
  return pageOf(list.id, rows, list.limit - 1, (last) =>
    encodeCursor("deliveries.pending", [last.due_at, last.ordinal, last.recipient_key]),
  );
}

/** The states but `pending` and `accepted`, whose rows an index holds; or every state. */
function readRows(
  db: Database,
  { tenant, id, limit }: List,
  after: string,
  state: DeliveryState | undefined,
): readonly DeliveryRow[] {
  return db.all<DeliveryRow>(
    `${selectDeliveries} ${sourceOf(state)} AND recipient_key > ? ORDER BY recipient_key LIMIT ?`,
    tenant,
    id,
    ...(state === undefined ? [] : [state]),
    after,
    limit,
  );
}

/** Names the index, because the planner would rather walk the campaign in the order that the list has. */
function sourceOf(state: DeliveryState | undefined): string {
  const ofCampaign = "WHERE tenant_id = ? AND campaign_id = ?";
  if (state === undefined) return `FROM deliveries ${ofCampaign}`;
  return state === "sending"
    ? `FROM deliveries INDEXED BY deliveries_sending ${ofCampaign} AND state = ? AND state = 'sending'`
    : `FROM deliveries INDEXED BY deliveries_coded ${ofCampaign} AND state = ? AND code IS NOT NULL`;
}

/** No index holds accepted rows, of which there are most. */
function readAccepted(
  db: Database,
  { tenant, id, limit: wanted }: List,
  after: string,
  pause: () => Promise<void>,
): Promise<readonly DeliveryRow[]> {
  return walkStretches({
    after,
    limit: wanted,
    pause,
    stretchEnd: (from) =>
      db.get<{ recipient_key: string }>(
        `SELECT recipient_key FROM deliveries WHERE tenant_id = ? AND campaign_id = ? AND recipient_key > ?
         ORDER BY recipient_key LIMIT 1 OFFSET ?`,
        tenant,
        id,
        from,
        stretchRows,
      )?.recipient_key ?? null,
    rowsIn: (stretch, limit) =>
      db.all<DeliveryRow>(
        `${selectDeliveries} FROM deliveries WHERE tenant_id = ? AND campaign_id = ? AND recipient_key > ?
           AND recipient_key <= ? AND +state = 'accepted'
         ORDER BY recipient_key LIMIT ?`,
        tenant,
        id,
        stretch.after,
        stretch.end,
        limit,
      ),
  });
}

function pageOf(
  id: CampaignId,
  rows: readonly DeliveryRow[],
  limit: number,
  cursorOf: (last: DeliveryRow) => string,
): Page<Delivery> {
  const shown = rows.slice(0, limit);
  const items = shown.map((row) => deliveryOf(id, row));
  const last = shown.at(-1);
  return rows.length <= limit || last === undefined ? { items } : { items, next: cursorOf(last) };
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

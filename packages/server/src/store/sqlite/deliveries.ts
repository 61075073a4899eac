import type { DeliveryState } from "../../domain/delivery.ts";
import type { CampaignId, RecipientKey, TenantId } from "../../domain/ids.ts";
import type { Attempt, Delivery, Page } from "../../engine/ports/store.ts";
import {
  type AttemptRow,
  attemptColumns,
  attemptOf,
  type DeliveryPageRequest,
  type DeliveryRow,
  deliveryColumns,
  deliveryOf,
  deliveryPage,
  deliveryPlace,
  pendingPlace,
} from "../delivery-rows.ts";
import type { Database } from "./database.ts";
import { stretchRows, walkStretches } from "./stretches.ts";

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
  const after = deliveryPlace(page.cursor);
  const rows =
    page.state === "accepted"
      ? await readAccepted(db, list, after, pause)
      : readRows(db, list, after, page.state);
  return deliveryPage(id, rows, page);
}

/** The delivery of a campaign to one recipient, or null. */
export function getDelivery(
  db: Database,
  id: CampaignId,
  recipient: RecipientKey,
): Delivery | null {
  const tenant = tenantOf(db, id);
  return tenant === null ? null : deliveryAt(db, { tenant, id, recipient });
}

/** The same where the tenant is known. */
export function deliveryAt(
  db: Database,
  {
    tenant,
    id,
    recipient,
  }: { readonly tenant: TenantId; readonly id: CampaignId; readonly recipient: RecipientKey },
): Delivery | null {
  const row = db.get<DeliveryRow>(
    `${selectDeliveries} FROM deliveries WHERE tenant_id = ? AND campaign_id = ? AND recipient_key = ?`,
    tenant,
    id,
    recipient,
  );
  return row === null ? null : deliveryOf(id, row);
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
      `SELECT ${attemptColumns} FROM attempts
       WHERE tenant_id = ? AND campaign_id = ? AND recipient_key = ? ORDER BY entry`,
      tenant,
      id,
      recipient,
    )
    .map(attemptOf);
}

interface List {
  readonly tenant: TenantId;
  readonly id: CampaignId;
  /** One more than a page has, to know whether there is another. */
  readonly limit: number;
}

const selectDeliveries = `SELECT ${deliveryColumns}`;

function listPending(db: Database, list: List, cursor: string | undefined): Page<Delivery> {
  const after = pendingPlace(cursor);
  const rows = db.all<DeliveryRow>(
    `${selectDeliveries} FROM deliveries
     WHERE tenant_id = ? AND campaign_id = ? AND state = 'pending' AND (due_at, ordinal, recipient_key) > (?, ?, ?)
     ORDER BY due_at, ordinal, recipient_key LIMIT (? + 0)`,
    list.tenant,
    list.id,
    ...after,
    list.limit,
  );
  return deliveryPage(list.id, rows, { limit: list.limit - 1, state: "pending" });
}

/** The states but `pending` and `accepted`, whose rows an index holds; or every state. */
function readRows(
  db: Database,
  { tenant, id, limit }: List,
  after: string,
  state: DeliveryState | undefined,
): readonly DeliveryRow[] {
  return db.all<DeliveryRow>(
    `${selectDeliveries} ${sourceOf(state)} AND recipient_key > ? ORDER BY recipient_key LIMIT (? + 0)`,
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
         ORDER BY recipient_key LIMIT (? + 0)`,
        tenant,
        id,
        stretch.after,
        stretch.end,
        limit,
      ),
  });
}

function tenantOf(db: Database, id: CampaignId): TenantId | null {
  const sql = "SELECT tenant_id FROM campaigns WHERE campaign_id = ?";
  return db.get<{ tenant_id: TenantId }>(sql, id)?.tenant_id ?? null;
}

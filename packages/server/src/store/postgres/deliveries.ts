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

/** Ordered by recipient key; pending ones by when they are due. */
export async function listDeliveries(
  db: Database,
  id: CampaignId,
  page: DeliveryPageRequest,
): Promise<Page<Delivery>> {
  const place = page.state === "pending" ? pendingPlace(page.cursor) : [deliveryPlace(page.cursor)];
  const tenant = await tenantOf(db, id);
  if (tenant === null) return { items: [] };
  const rows = await db.all<DeliveryRow>(statementOf(page), tenant, id, page.limit + 1, ...place);
  return deliveryPage(id, rows, page);
}

/** The delivery of a campaign to one recipient, or null. */
export async function getDelivery(
  db: Database,
  id: CampaignId,
  recipient: RecipientKey,
): Promise<Delivery | null> {
  const tenant = await tenantOf(db, id);
  if (tenant === null) return null;
  const row = await db.get<DeliveryRow>(
    `${ofCampaign} AND recipient_key = $3`,
    tenant,
    id,
    recipient,
  );
  return row === null ? null : deliveryOf(id, row);
}

/** The recorded requests of one delivery, the first one first. */
export async function attemptsOf(
  db: Database,
  id: CampaignId,
  recipient: RecipientKey,
): Promise<readonly Attempt[]> {
  const tenant = await tenantOf(db, id);
  if (tenant === null) return [];
  const rows = await db.all<AttemptRow>(
    `SELECT ${attemptColumns} FROM attempts
     WHERE tenant_id = $1 AND campaign_id = $2 AND recipient_key = $3 ORDER BY entry`,
    tenant,
    id,
    recipient,
  );
  return rows.map(attemptOf);
}

async function tenantOf(db: Database, id: CampaignId): Promise<TenantId | null> {
  const sql = "SELECT tenant_id FROM campaigns WHERE campaign_id = $1";
  return (await db.get<{ tenant_id: TenantId }>(sql, id))?.tenant_id ?? null;
}

const ofCampaign = `SELECT ${deliveryColumns} FROM deliveries WHERE tenant_id = $1 AND campaign_id = $2`;
const afterKey = "AND recipient_key > $4 ORDER BY recipient_key LIMIT $3";

/** Written so that each state finds the index that holds its rows; accepted ones, of which there are most, are walked to. */
function statementOf({ state }: DeliveryPageRequest): string {
  switch (state) {
    case undefined:
      return `${ofCampaign} ${afterKey}`;
    case "pending":
      return `${ofCampaign} AND state = 'pending' AND (due_at, ordinal, recipient_key) > ($4, $5, $6)
        ORDER BY due_at, ordinal, recipient_key LIMIT $3`;
    case "sending":
      return `${ofCampaign} AND state = 'sending' ${afterKey}`;
    case "accepted":
      return `${ofCampaign} AND state = 'accepted' ${afterKey}`;
    default:
      return `${ofCampaign} AND state = '${state}' AND code IS NOT NULL ${afterKey}`;
  }
}

import type { CampaignKind, CampaignState } from "../../domain/campaign.ts";
import type { CampaignId } from "../../domain/ids.ts";
import type { LedgerStore, PastDelivery } from "../../engine/ports/store.ts";
import { type DeliveryRow, deliveryColumns, deliveryOf } from "../delivery-rows.ts";
import type { Database } from "./database.ts";
import { lookUp } from "./look-up.ts";

type Request = Parameters<LedgerStore["deliveriesTo"]>[0];

/** The last deliveries to a recipient: each of the newest campaigns is asked by the primary key. */
export async function deliveriesTo(
  db: Database,
  { scope, recipients, limit, campaignsMax }: Request,
): Promise<readonly PastDelivery[]> {
  const rows = await db.all<DeliveryRow & CampaignPart>(
    `SELECT c.id, c.kind, c.campaign_name, c.campaign_state, c.created_at, d.*
     FROM (
       SELECT campaign_id AS id, kind, name AS campaign_name, state AS campaign_state, created_at FROM campaigns
       WHERE tenant_id = $1 AND bot_id = $2 ORDER BY created_at DESC, campaign_id DESC LIMIT $3) c
     CROSS JOIN unnest($4::text[]) WITH ORDINALITY AS r (key, position)
     ${lookUp(
       "d",
       `SELECT ${deliveryColumns} FROM deliveries
        WHERE tenant_id = $1 AND campaign_id = c.id AND recipient_key = r.key`,
     )}
     ORDER BY c.created_at DESC, c.id DESC, r.position LIMIT $5`,
    scope.tenantId,
    scope.botId,
    campaignsMax,
    recipients,
    limit,
  );
  return rows.map((row) => ({
    campaign: {
      id: row.id,
      kind: row.kind,
      name: row.campaign_name,
      state: row.campaign_state,
      createdAt: row.created_at,
    },
    delivery: deliveryOf(row.id, row),
  }));
}

interface CampaignPart {
  readonly id: CampaignId;
  readonly kind: CampaignKind;
  readonly campaign_name: string;
  readonly campaign_state: CampaignState;
  readonly created_at: number;
}

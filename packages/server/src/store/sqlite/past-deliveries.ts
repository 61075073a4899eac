import type { CampaignKind, CampaignState } from "../../domain/campaign.ts";
import type { CampaignId } from "../../domain/ids.ts";
import type { LedgerStore, PastDelivery } from "../../engine/ports/store.ts";
import type { Database } from "./database.ts";
import { deliveryAt } from "./deliveries.ts";

type Request = Parameters<LedgerStore["deliveriesTo"]>[0];

/** The last deliveries to a recipient: the newest campaigns are asked one by one, each by its primary key. */
export function deliveriesTo(
  db: Database,
  { scope, recipients, limit, campaignsMax }: Request,
): readonly PastDelivery[] {
  const found: PastDelivery[] = [];
  for (const row of newestCampaigns(db, scope, campaignsMax))
    for (const recipient of recipients) {
      if (found.length === limit) return found;
      const { campaign_id: id, kind, name, state, created_at: createdAt } = row;
      const delivery = deliveryAt(db, { tenant: scope.tenantId, id, recipient });
      if (delivery !== null)
        found.push({ campaign: { id, kind, name, state, createdAt }, delivery });
    }
  return found;
}

interface NewestRow {
  readonly campaign_id: CampaignId;
  readonly kind: CampaignKind;
  readonly name: string;
  readonly state: CampaignState;
  readonly created_at: number;
}

function newestCampaigns(
  db: Database,
  { tenantId, botId }: Request["scope"],
  limit: number,
): readonly NewestRow[] {
  return db.all<NewestRow>(
    `SELECT campaign_id, kind, name, state, created_at FROM campaigns WHERE tenant_id = ? AND bot_id = ?
     ORDER BY created_at DESC, campaign_id DESC LIMIT (? + 0)`,
    tenantId,
    botId,
    limit,
  );
}

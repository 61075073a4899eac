import type { CampaignId, TenantId } from "../../domain/ids.ts";
import { leftUncertain } from "../../domain/retry-request.ts";
import type { Page, PastDelivery } from "../../engine/ports/store.ts";
import type { UncertainStore } from "../../engine/ports/uncertain-store.ts";
import { type DeliveryRow, deliveryColumns, deliveryOf } from "../delivery-rows.ts";
import type { WalkedRow } from "../retry-walk.ts";
import {
  campaignPart,
  hasUndecided,
  leaveLimit,
  leftOf,
  type UncertainCampaign,
  type UncertainPage,
  uncertainCampaignColumns,
  uncertainPage,
  uncertainPlace,
} from "../uncertain-rows.ts";
import type { Database } from "./database.ts";
import { loadTally, saveTally } from "./tallies.ts";

type Leave = Parameters<UncertainStore["leaveUncertain"]>[0];

/** Uncertain deliveries about which nobody has decided; those of the newest campaigns first. */
export function listUncertain(db: Database, page: UncertainPage): Page<PastDelivery> {
  const place = uncertainPlace(page.cursor);
  const found: PastDelivery[] = [];
  for (const campaign of undecided(db, page, place)) {
    const { tenant_id: tenant, campaign_id: id } = campaign;
    const after = id === place[1] ? place[2] : "";
    const limit = page.limit + 1 - found.length;
    for (const row of rowsOf<DeliveryRow>(db, deliveryColumns, { tenant, id, after, limit }))
      found.push({ campaign: campaignPart(campaign), delivery: deliveryOf(id, row) });
    if (found.length > page.limit) break;
  }
  return uncertainPage(found, page.limit);
}

/** Marks uncertain deliveries as left so: the one to a recipient, or the next ones. */
export function leaveUncertain(
  db: Database,
  { id, which, now }: Leave,
): Awaited<ReturnType<UncertainStore["leaveUncertain"]>> {
  const tally = loadTally(db, id);
  if (tally === null) return { left: 0, after: null };
  const tenant = tally.tenantId;
  const limit = leaveLimit(which, leftMax);
  const rows =
    "recipient" in which
      ? oneRow(db, tenant, { id, recipient: which.recipient })
      : rowsOf<WalkedRow>(db, walkedColumns, { tenant, id, after: which.after, limit });
  for (const { recipient_key, code } of rows) {
    tally.recode("uncertain", { from: code, to: leftUncertain });
    db.run(
      "UPDATE deliveries SET code = ?, updated_at = ? WHERE tenant_id = ? AND campaign_id = ? AND recipient_key = ?",
      leftUncertain,
      now,
      tenant,
      id,
      recipient_key,
    );
  }
  if (rows.length > 0) saveTally(db, tally, now);
  return leftOf(rows, which, limit);
}

// About 10 ms of work.
const leftMax = 300;
const walkedColumns = "recipient_key, state, code, updated_at";

/** Campaigns with such deliveries from a place on, the newest first: as many as can fill a page. */
function undecided(
  db: Database,
  { botId, limit }: UncertainPage,
  [createdAt, campaign]: ReturnType<typeof uncertainPlace>,
): readonly UncertainCampaign[] {
  return db.all<UncertainCampaign>(
    `SELECT ${uncertainCampaignColumns} FROM campaigns c
     WHERE bot_id = ? AND uncertain > 0 AND (created_at, campaign_id) <= (?, ?) AND ${hasUndecided}
     ORDER BY created_at DESC, campaign_id DESC LIMIT (? + 0)`,
    botId,
    createdAt,
    campaign,
    // One of them may have been shown to its end, and one row more is read than a page has.
    limit + 2,
  );
}

/** Its undecided rows after one of them. */
function rowsOf<Row>(
  db: Database,
  columns: string,
  {
    tenant,
    id,
    after,
    limit,
  }: {
    readonly tenant: TenantId;
    readonly id: CampaignId;
    readonly after: string;
    readonly limit: number;
  },
): readonly Row[] {
  return db.all<Row>(
    `SELECT ${columns} FROM deliveries INDEXED BY deliveries_coded
     WHERE tenant_id = ? AND campaign_id = ? AND state = ? AND code IS NOT NULL AND code <> ? AND recipient_key > ?
     ORDER BY recipient_key LIMIT (? + 0)`,
    tenant,
    id,
    "uncertain",
    leftUncertain,
    after,
    limit,
  );
}

function oneRow(
  db: Database,
  tenant: TenantId,
  { id, recipient }: { readonly id: CampaignId; readonly recipient: string },
): readonly WalkedRow[] {
  return db.all<WalkedRow>(
    `SELECT ${walkedColumns} FROM deliveries
     WHERE tenant_id = ? AND campaign_id = ? AND recipient_key = ? AND +state = 'uncertain' AND code IS NOT NULL AND code <> ?`,
    tenant,
    id,
    recipient,
    leftUncertain,
  );
}

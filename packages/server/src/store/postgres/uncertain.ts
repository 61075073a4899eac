import type { ErrorCode } from "../../domain/error-codes.ts";
import type { RecipientKey } from "../../domain/ids.ts";
import { leftUncertain } from "../../domain/retry-request.ts";
import type { Page, PastDelivery } from "../../engine/ports/store.ts";
import type { UncertainStore } from "../../engine/ports/uncertain-store.ts";
import { type DeliveryRow, deliveryColumns, deliveryOf } from "../delivery-rows.ts";
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
import { lookUp } from "./look-up.ts";
import { Tallies } from "./tallies.ts";

type Leave = Parameters<UncertainStore["leaveUncertain"]>[0];

const isUndecided = `state = 'uncertain' AND code IS NOT NULL AND code <> '${leftUncertain}'`;

/** Uncertain deliveries about which nobody has decided; those of the newest campaigns first. */
export async function listUncertain(
  db: Database,
  { botId, cursor, limit }: UncertainPage,
): Promise<Page<PastDelivery>> {
  const rows = await db.all<UncertainCampaign & DeliveryRow>(
    `SELECT c.*, d.*
     FROM (
       SELECT ${uncertainCampaignColumns} FROM campaigns c
       WHERE bot_id = $1 AND uncertain > 0 AND (created_at, campaign_id) <= ($2, $3) AND ${hasUndecided}
       ORDER BY created_at DESC, campaign_id DESC LIMIT $6) c
     ${lookUp(
       "d",
       `SELECT ${deliveryColumns} FROM deliveries
        WHERE tenant_id = c.tenant_id AND campaign_id = c.campaign_id AND ${isUndecided}
          AND recipient_key > CASE c.campaign_id WHEN $3 THEN $4 ELSE '' END
        ORDER BY recipient_key LIMIT $5`,
     )}
     ORDER BY c.created_at DESC, c.campaign_id DESC, d.recipient_key LIMIT $5`,
    botId,
    ...uncertainPlace(cursor),
    limit + 1,
    // One of them may have been shown to its end, and one row more is read than a page has.
    limit + 2,
  );
  const found = rows.map((row) => ({
    campaign: campaignPart(row),
    delivery: deliveryOf(row.campaign_id, row),
  }));
  return uncertainPage(found, limit);
}

/** Marks uncertain deliveries as left so: the one to a recipient, or the next ones. */
export async function leaveUncertain(
  db: Database,
  { id, which, now }: Leave,
): ReturnType<UncertainStore["leaveUncertain"]> {
  const tallies = new Tallies(db);
  await tallies.load([id]);
  const tally = tallies.get(id);
  if (tally === null) return { left: 0, after: null };
  const limit = leaveLimit(which, leftMax);
  const key = "recipient" in which ? "recipient_key = $3" : "recipient_key > $3";
  const rows = await db.all<{ recipient_key: RecipientKey; code: ErrorCode }>(
    `WITH meant AS MATERIALIZED (
       SELECT ctid AS row, recipient_key, code FROM deliveries
       WHERE tenant_id = $1 AND campaign_id = $2 AND ${isUndecided} AND ${key}
       ORDER BY recipient_key LIMIT $4
     ), written AS (
       UPDATE deliveries d SET code = '${leftUncertain}', updated_at = $5 FROM meant WHERE d.ctid = meant.row
     )
     SELECT recipient_key, code FROM meant ORDER BY recipient_key`,
    tally.tenantId,
    id,
    "recipient" in which ? which.recipient : which.after,
    limit,
    now,
  );
  for (const { code } of rows) tally.recode("uncertain", { from: code, to: leftUncertain });
  await tallies.save(now);
  return leftOf(rows, which, limit);
}

const leftMax = 2_000;

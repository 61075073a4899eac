import type { BotId, CampaignId, TenantId } from "../../domain/ids.ts";
import type {
  Forgettable,
  ForgettableCampaign,
  Forgotten,
  RetentionStore,
} from "../../engine/ports/retention-store.ts";
import {
  type ForgottenPlace,
  forgottenColumns,
  forgottenTables,
  goesAsAWhole,
  isForgettable,
  type RecipientTable,
  wholeTables,
} from "../retention-rules.ts";
import type { Database } from "./database.ts";

/** Campaigns of which something is to be removed, the longest ended first. */
export async function campaignsToForget(
  db: Database,
  { botId, what, before, after, limit }: Parameters<RetentionStore["campaignsToForget"]>[0],
): Promise<readonly ForgettableCampaign[]> {
  return db.all<ForgettableCampaign>(
    `SELECT c.campaign_id AS id, c.finished_at AS "finishedAt" FROM campaigns c
     WHERE c.bot_id = $1 AND c.finished_at IS NOT NULL AND c.finished_at < $2
       AND (c.finished_at, c.campaign_id) > ($3, $4) AND ${isForgettable(what)}
     ORDER BY c.finished_at, c.campaign_id LIMIT $5`,
    botId,
    before,
    after?.finishedAt ?? Number.MIN_SAFE_INTEGER,
    after?.id ?? "",
    limit,
  );
}

/** Removes a part of a campaign's rows. Nobody moves the campaign before this transaction ends. */
export async function forget(
  db: Database,
  { id, what, limit, now }: Parameters<RetentionStore["forget"]>[0],
): Promise<Forgotten> {
  const campaign = await db.get<{ tenant_id: TenantId; is_whole: boolean }>(
    `SELECT c.tenant_id, ${goesAsAWhole} AS is_whole FROM campaigns c
     WHERE c.campaign_id = $1 AND ${isForgettable(what)} FOR UPDATE OF c`,
    id,
  );
  if (campaign === null) return { removed: 0, isDone: true };
  const place = { tenantId: campaign.tenant_id, id };
  await mark(db, place, what, now);
  let removed = 0;
  for (const table of forgottenTables[what]) {
    removed += await removeFrom(db, table, place, limit - removed);
    if (removed >= limit) return { removed, isDone: false };
  }
  if (what === "recipients" && campaign.is_whole) await removeWhole(db, place);
  else await noteKept(db, place, what === "attempts" ? 1 : 0);
  return { removed, isDone: true };
}

/** Since when a campaign's rows are not complete any more. */
export async function forgottenAt(
  db: Database,
  id: CampaignId,
): ReturnType<RetentionStore["forgottenAt"]> {
  const row = await db.get<{ attempts: number | null; recipients: number | null }>(
    `SELECT attempts_forgotten_at AS attempts, recipients_forgotten_at AS recipients
     FROM campaigns WHERE campaign_id = $1`,
    id,
  );
  return { attempts: row?.attempts ?? null, recipients: row?.recipients ?? null };
}

/** Removes old idempotency keys, the oldest first. */
export async function forgetIdempotencyKeys(
  db: Database,
  botId: BotId,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<number> {
  return db.run(
    `DELETE FROM idempotency_keys WHERE (tenant_id, bot_id, idempotency_key) IN (
       SELECT tenant_id, bot_id, idempotency_key FROM idempotency_keys
       WHERE bot_id = $1 AND created_at < $2 ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED)`,
    botId,
    before,
    limit,
  );
}

/** Before the first row is gone. */
async function mark(
  db: Database,
  { tenantId, id }: ForgottenPlace,
  what: Forgettable,
  now: number,
): Promise<void> {
  for (const column of forgottenColumns[what])
    await db.run(
      `UPDATE campaigns SET ${column} = $3 WHERE tenant_id = $1 AND campaign_id = $2 AND ${column} IS NULL`,
      tenantId,
      id,
      now,
    );
}

/** By their place in the table, which nobody changes who has not locked their campaign: so no plan walks the whole campaign. */
function removeFrom(
  db: Database,
  table: RecipientTable,
  { tenantId, id }: ForgottenPlace,
  limit: number,
): Promise<number> {
  return db.run(
    `DELETE FROM ${table} WHERE ctid = ANY (ARRAY (
       SELECT ctid FROM ${table} WHERE tenant_id = $1 AND campaign_id = $2 ORDER BY recipient_key LIMIT $3))`,
    tenantId,
    id,
    limit,
  );
}

async function noteKept(
  db: Database,
  { tenantId, id }: ForgottenPlace,
  kept: 0 | 1,
): Promise<void> {
  await db.run(
    "UPDATE campaigns SET kept = $3 WHERE tenant_id = $1 AND campaign_id = $2",
    tenantId,
    id,
    kept,
  );
}

async function removeWhole(db: Database, { tenantId, id }: ForgottenPlace): Promise<void> {
  for (const table of wholeTables)
    await db.run(`DELETE FROM ${table} WHERE tenant_id = $1 AND campaign_id = $2`, tenantId, id);
}

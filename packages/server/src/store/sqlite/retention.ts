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
export function campaignsToForget(
  db: Database,
  { botId, what, before, after, limit }: Parameters<RetentionStore["campaignsToForget"]>[0],
): readonly ForgettableCampaign[] {
  return db.all<ForgettableCampaign>(
    `SELECT c.campaign_id AS id, c.finished_at AS finishedAt FROM campaigns c
     WHERE c.bot_id = ? AND c.finished_at IS NOT NULL AND c.finished_at < ?
       AND (c.finished_at, c.campaign_id) > (?, ?) AND ${isForgettable(what)}
     ORDER BY c.finished_at, c.campaign_id LIMIT (? + 0)`,
    botId,
    before,
    after?.finishedAt ?? Number.MIN_SAFE_INTEGER,
    after?.id ?? "",
    limit,
  );
}

/** Removes a part of a campaign's rows. */
export function forget(
  db: Database,
  { id, what, limit, now }: Parameters<RetentionStore["forget"]>[0],
): Forgotten {
  const campaign = db.get<{ tenant_id: TenantId; is_whole: 0 | 1 }>(
    `SELECT c.tenant_id, ${goesAsAWhole} AS is_whole FROM campaigns c
     WHERE c.campaign_id = ? AND ${isForgettable(what)}`,
    id,
  );
  if (campaign === null) return { removed: 0, isDone: true };
  const place = { tenantId: campaign.tenant_id, id };
  mark(db, place, what, now);
  let removed = 0;
  for (const table of forgottenTables[what]) {
    removed += removeFrom(db, table, place, limit - removed);
    if (removed >= limit) return { removed, isDone: false };
  }
  if (what === "recipients" && campaign.is_whole === 1) removeWhole(db, place);
  else noteKept(db, place, what === "attempts" ? 1 : 0);
  return { removed, isDone: true };
}

/** Since when a campaign's rows are not complete any more. */
export function forgottenAt(
  db: Database,
  id: CampaignId,
): Awaited<ReturnType<RetentionStore["forgottenAt"]>> {
  const row = db.get<{ attempts: number | null; recipients: number | null }>(
    `SELECT attempts_forgotten_at AS attempts, recipients_forgotten_at AS recipients FROM campaigns WHERE campaign_id = ?`,
    id,
  );
  return { attempts: row?.attempts ?? null, recipients: row?.recipients ?? null };
}

/** Removes old idempotency keys, the oldest first. */
export function forgetIdempotencyKeys(
  db: Database,
  botId: BotId,
  before: number,
  limit: number,
): number {
  return db.run(
    `DELETE FROM idempotency_keys WHERE (tenant_id, bot_id, idempotency_key) IN (
       SELECT tenant_id, bot_id, idempotency_key FROM idempotency_keys
       WHERE bot_id = ? AND created_at < ? ORDER BY created_at LIMIT (? + 0))`,
    botId,
    before,
    limit,
  );
}

/** Before the first row is gone. */
function mark(
  db: Database,
  { tenantId, id }: ForgottenPlace,
  what: Forgettable,
  now: number,
): void {
  for (const column of forgottenColumns[what])
    db.run(
      `UPDATE campaigns SET ${column} = ? WHERE tenant_id = ? AND campaign_id = ? AND ${column} IS NULL`,
      now,
      tenantId,
      id,
    );
}

function removeFrom(
  db: Database,
  table: RecipientTable,
  { tenantId, id }: ForgottenPlace,
  limit: number,
): number {
  if (table === "attempts")
    return db.run(
      `DELETE FROM attempts WHERE entry IN (
         SELECT entry FROM attempts WHERE tenant_id = ? AND campaign_id = ? LIMIT (? + 0))`,
      tenantId,
      id,
      limit,
    );
  return db.run(
    `DELETE FROM ${table} WHERE tenant_id = ? AND campaign_id = ? AND recipient_key IN (
       SELECT recipient_key FROM ${table} WHERE tenant_id = ? AND campaign_id = ? LIMIT (? + 0))`,
    tenantId,
    id,
    tenantId,
    id,
    limit,
  );
}

function noteKept(db: Database, { tenantId, id }: ForgottenPlace, kept: 0 | 1): void {
  db.run(
    "UPDATE campaigns SET kept = ? WHERE tenant_id = ? AND campaign_id = ?",
    kept,
    tenantId,
    id,
  );
}

function removeWhole(db: Database, { tenantId, id }: ForgottenPlace): void {
  for (const table of wholeTables)
    db.run(`DELETE FROM ${table} WHERE tenant_id = ? AND campaign_id = ?`, tenantId, id);
}

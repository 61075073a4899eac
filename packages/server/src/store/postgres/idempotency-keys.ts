import type { CampaignId } from "../../domain/ids.ts";
import type { Campaign } from "../../engine/ports/store.ts";
import type { Database } from "./database.ts";

/** What a caller named a request, and a hash of what it said. */
export interface IdempotencyKey {
  readonly key: string;
  readonly fingerprint: string;
}

type Owner = Pick<Campaign, "tenantId" | "botId" | "id">;

/**
 * A new key counts as used from now on: null. Else what it was used for before, for the same (`repeated`) or for something else.
 * Somebody who is just using it is waited for.
 */
export async function useKey(
  db: Database,
  { tenantId, botId, id }: Owner,
  { key, fingerprint, now }: IdempotencyKey & { readonly now: number },
): Promise<{ readonly result: "repeated" | "conflict"; readonly id: CampaignId } | null> {
  const added = await db.run(
    `INSERT INTO idempotency_keys (tenant_id, bot_id, idempotency_key, fingerprint, campaign_id, created_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, bot_id, idempotency_key) DO NOTHING`,
    tenantId,
    botId,
    key,
    fingerprint,
    id,
    now,
  );
  if (added > 0) return null;
  const used = await db.get<{ fingerprint: string; campaign_id: CampaignId }>(
    `SELECT fingerprint, campaign_id FROM idempotency_keys
     WHERE tenant_id = $1 AND bot_id = $2 AND idempotency_key = $3`,
    tenantId,
    botId,
    key,
  );
  if (used === null) return null;
  return {
    result: used.fingerprint === fingerprint ? "repeated" : "conflict",
    id: used.campaign_id,
  };
}

/** Forgets a key that was used in this transaction, for a request that changed nothing. */
export async function forgetKey(
  db: Database,
  { tenantId, botId }: Owner,
  key: string,
): Promise<void> {
  await db.run(
    "DELETE FROM idempotency_keys WHERE tenant_id = $1 AND bot_id = $2 AND idempotency_key = $3",
    tenantId,
    botId,
    key,
  );
}

import type { CampaignId } from "../../domain/ids.ts";
import type { Campaign } from "../../engine/ports/store.ts";
import type { Database } from "./database.ts";

/** What a caller named a request, and a hash of what it said. */
export interface IdempotencyKey {
  readonly key: string;
  readonly fingerprint: string;
}

/** What a key was used for before, for the same (`repeated`) or for something else; null where it is new. */
export function usedKey(
  db: Database,
  { tenantId, botId }: Pick<Campaign, "tenantId" | "botId">,
  { key, fingerprint }: IdempotencyKey,
): { readonly result: "repeated" | "conflict"; readonly id: CampaignId } | null {
  const used = db.get<{ fingerprint: string; campaign_id: CampaignId }>(
    `SELECT fingerprint, campaign_id FROM idempotency_keys
     WHERE tenant_id = ? AND bot_id = ? AND idempotency_key = ?`,
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

/** The same, and a new key counts as used from now on. */
export function useKey(
  db: Database,
  campaign: Pick<Campaign, "tenantId" | "botId" | "id">,
  { key, fingerprint, now }: IdempotencyKey & { readonly now: number },
): ReturnType<typeof usedKey> {
  const used = usedKey(db, campaign, { key, fingerprint });
  if (used !== null) return used;
  db.run(
    `INSERT INTO idempotency_keys (tenant_id, bot_id, idempotency_key, fingerprint, campaign_id, created_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    campaign.tenantId,
    campaign.botId,
    key,
    fingerprint,
    campaign.id,
    now,
  );
  return null;
}

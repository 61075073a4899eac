import type { DeliveryState } from "../../domain/delivery.ts";
import type { Person } from "../../domain/directory.ts";
import type { CampaignId, PersonId } from "../../domain/ids.ts";
import { loadTally } from "./campaign-tally.ts";
import type { Database } from "./database.ts";
import { userKey } from "./delivery-rows.ts";

/**
 * Where a campaign has deliveries to a person under two ids, and one of them is still pending, skips that one; of two pending
 * ones, that under the former id. Answers the campaigns that finished by that.
 */
export function skipDuplicates(
  db: Database,
  person: Person,
  { former, now }: { readonly former: PersonId; readonly now: number },
): readonly CampaignId[] {
  const [oldKey, newKey] = [`${userKey}${former}`, `${userKey}${person.id}`];
  const finished: CampaignId[] = [];
  for (const pair of pairs(db, person, { oldKey, newKey })) {
    const key = keyToSkip(pair, { oldKey, newKey });
    const tally = key === null ? null : loadTally(db, pair.campaign_id);
    if (tally === null) continue;
    db.run(
      `UPDATE deliveries SET state = 'skipped', code = 'DELIVERY_DUPLICATE', detail = NULL, updated_at = ?
       WHERE tenant_id = ? AND campaign_id = ? AND recipient_key = ?`,
      now,
      tally.tenantId,
      tally.id,
      key,
    );
    tally.step("pending", "skipped", 1, { code: "DELIVERY_DUPLICATE" });
    if (tally.save(db, now)) finished.push(tally.id);
  }
  return finished;
}

interface Keys {
  readonly oldKey: string;
  readonly newKey: string;
}

interface Pair {
  readonly campaign_id: CampaignId;
  readonly old_state: DeliveryState;
  readonly old_resent: number;
  readonly new_state: DeliveryState;
  readonly new_resent: number;
}

/** A look into each campaign with pending rows: many, but people become one rarely. */
function pairs(
  db: Database,
  { tenantId, botId }: Person,
  { oldKey, newKey }: Keys,
): readonly Pair[] {
  return db.all<Pair>(
    `SELECT c.campaign_id, a.state AS old_state, a.resent AS old_resent, b.state AS new_state, b.resent AS new_resent
     FROM campaigns c
     JOIN deliveries a ON a.tenant_id = c.tenant_id AND a.campaign_id = c.campaign_id AND a.recipient_key = ?
     JOIN deliveries b ON b.tenant_id = c.tenant_id AND b.campaign_id = c.campaign_id AND b.recipient_key = ?
     WHERE c.tenant_id = ? AND c.bot_id = ? AND c.pending > 0`,
    oldKey,
    newKey,
    tenantId,
    botId,
  );
}

/** A row that may have arrived already is not called skipped. */
function keyToSkip(pair: Pair, { oldKey, newKey }: Keys): string | null {
  const counts = (state: DeliveryState) =>
    ["pending", "sending", "accepted", "uncertain"].includes(state);
  if (pair.old_state === "pending" && pair.old_resent === 0 && counts(pair.new_state))
    return oldKey;
  if (pair.new_state === "pending" && pair.new_resent === 0 && counts(pair.old_state))
    return newKey;
  return null;
}

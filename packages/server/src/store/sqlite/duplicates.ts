import {
  type DuplicateKeys,
  type DuplicatePair,
  duplicateKeys,
  isHeld,
  keyToSkip,
} from "../duplicate-pairs.ts";
import type { Union } from "../learn-person.ts";
import type { Stop } from "../stops.ts";
import type { Database } from "./database.ts";
import { loadTally, saveTally } from "./tallies.ts";

/**
 * Where a campaign has deliveries to a person under two ids, and one of them is still pending, skips that one; of two pending
 * ones, that under the former id. Answers the campaigns that stopped by that.
 */
export function skipDuplicates(db: Database, union: Union, now: number): readonly Stop[] {
  const keys = duplicateKeys(union);
  const stops: Stop[] = [];
  for (const pair of pairs(db, union, keys)) {
    const key = keyToSkip(pair, keys);
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
    if (key !== null && isHeld(pair, key, keys)) tally.letGo(1);
    stops.push(...saveTally(db, tally, now));
  }
  return stops;
}

/**
 * A look into each campaign with pending rows: many, but people become one rarely. Not into changes: who got two messages has
 * two that must be changed.
 */
function pairs(
  db: Database,
  { person: { tenantId, botId } }: Union,
  { oldKey, newKey }: DuplicateKeys,
): readonly DuplicatePair[] {
  return db.all<DuplicatePair>(
    `SELECT c.campaign_id, a.state AS old_state, a.resent AS old_resent, a.due_at AS old_due_at,
       b.state AS new_state, b.resent AS new_resent, b.due_at AS new_due_at
     FROM campaigns c
     JOIN deliveries a ON a.tenant_id = c.tenant_id AND a.campaign_id = c.campaign_id AND a.recipient_key = ?
     JOIN deliveries b ON b.tenant_id = c.tenant_id AND b.campaign_id = c.campaign_id AND b.recipient_key = ?
     WHERE c.tenant_id = ? AND c.bot_id = ? AND c.pending > 0 AND c.change_of IS NULL`,
    oldKey,
    newKey,
    tenantId,
    botId,
  );
}

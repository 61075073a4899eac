import type { CampaignId } from "../../domain/ids.ts";
import {
  type DuplicateKeys,
  type DuplicatePair,
  duplicateKeys,
  isHeld,
  keyToSkip,
} from "../duplicate-pairs.ts";
import type { Union } from "../learn-person.ts";
import type { Database } from "./database.ts";
import { lookUp } from "./look-up.ts";
import type { Tallies } from "./tallies.ts";

/**
 * Where a campaign has deliveries to a person under two ids, and one of them is still pending, skips that one; of two pending
 * ones, that under the former id. A campaign that is just being expanded is waited for: it may be adding the second one.
 */
export async function skipDuplicates(
  db: Database,
  tallies: Tallies,
  union: Union,
  now: number,
): Promise<void> {
  const keys = duplicateKeys(union);
  const concerned = await concernedCampaigns(db, union, keys);
  await tallies.load(concerned);
  for (const pair of await pairs(db, union, keys)) {
    const key = keyToSkip(pair, keys);
    const tally = key === null ? null : tallies.get(pair.campaign_id);
    if (tally === null) continue;
    tally.step("pending", "skipped", 1, { code: "DELIVERY_DUPLICATE" });
    if (key !== null && isHeld(pair, key, keys)) tally.letGo(1);
    await db.run(
      `UPDATE deliveries SET state = 'skipped', code = 'DELIVERY_DUPLICATE', detail = NULL, updated_at = $4
       WHERE tenant_id = $1 AND campaign_id = $2 AND recipient_key = $3`,
      tally.tenantId,
      tally.id,
      key,
      now,
    );
  }
}

// A look into each campaign with pending rows: many, but people become one rarely. Not into changes: who got two messages has two
// that must be changed.
const fromPairs = `FROM (
    SELECT tenant_id, campaign_id FROM campaigns WHERE tenant_id = $1 AND bot_id = $2 AND pending > 0 AND change_of IS NULL) AS c
  ${lookUp("a", deliveryTo("$3"))} ${lookUp("b", deliveryTo("$4"))}`;

function deliveryTo(key: string): string {
  return `SELECT state, resent, due_at FROM deliveries
    WHERE tenant_id = c.tenant_id AND campaign_id = c.campaign_id AND recipient_key = ${key}`;
}

function pairs(
  db: Database,
  { person: { tenantId, botId } }: Union,
  { oldKey, newKey }: DuplicateKeys,
): Promise<readonly DuplicatePair[]> {
  return db.all<DuplicatePair>(
    `SELECT c.campaign_id, a.state AS old_state, a.resent AS old_resent, a.due_at AS old_due_at,
       b.state AS new_state, b.resent AS new_resent, b.due_at AS new_due_at
     ${fromPairs} ORDER BY c.campaign_id`,
    tenantId,
    botId,
    oldKey,
    newKey,
  );
}

async function concernedCampaigns(
  db: Database,
  { person: { tenantId, botId } }: Union,
  { oldKey, newKey }: DuplicateKeys,
): Promise<readonly CampaignId[]> {
  const rows = await db.all<{ campaign_id: CampaignId }>(
    `SELECT c.campaign_id ${fromPairs}
     UNION SELECT campaign_id FROM campaigns WHERE tenant_id = $1 AND bot_id = $2 AND state = 'expanding'
       AND change_of IS NULL`,
    tenantId,
    botId,
    oldKey,
    newKey,
  );
  return rows.map((row) => row.campaign_id);
}

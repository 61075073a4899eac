import type { CampaignId, TenantId } from "../domain/ids.ts";
import type { Forgettable } from "../engine/ports/retention-store.ts";

/** The campaign of which something is removed. */
export interface ForgottenPlace {
  readonly tenantId: TenantId;
  readonly id: CampaignId;
}

/** A table that has rows of single recipients. */
export type RecipientTable = "attempts" | "deliveries" | "exclusions";

/** Of which tables rows are removed, in this order. */
export const forgottenTables: Readonly<Record<Forgettable, readonly RecipientTable[]>> = {
  attempts: ["attempts"],
  recipients: ["attempts", "deliveries", "exclusions"],
};

/** The columns of a campaign that say so, before the first row is gone. */
export const forgottenColumns = {
  attempts: ["attempts_forgotten_at"],
  recipients: ["attempts_forgotten_at", "recipients_forgotten_at"],
} as const satisfies Readonly<Record<Forgettable, readonly string[]>>;

/** The tables of a campaign that goes as a whole, in the order in which they are removed. */
export const wholeTables = ["campaign_codes", "campaign_contents", "campaigns"] as const;

/**
 * Whether something of a campaign `c` may be removed, and is still there. The same words for every driver.
 *
 * Nothing will happen to it any more by itself: it is over, nothing of it is open, nobody is about to retry, change or recall it, and
 * no change of it is under way. What a change did to a message is told with that message: its rows stay as long as those.
 */
export function isForgettable(what: Forgettable): string {
  return what === "attempts"
    ? `c.kept > 1 AND ${isOverAndDone}`
    : `c.kept > 0 AND ${isOverAndDone} AND (c.change_of IS NULL OR NOT EXISTS (${changed} AND o.kept > 0 ${eachAlone}))`;
}

// Asked for each campaign by its key. Without it PostgreSQL may join all changes of a tenant to all its campaigns.
const eachAlone = "LIMIT 1 OFFSET 0";

const isOverAndDone = `c.state IN ('finished', 'cancelled') AND c.pending + c.sending = 0 AND c.retries IS NULL
  AND (c.recall_at IS NULL OR c.recalled_at IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM campaigns x WHERE x.tenant_id = c.tenant_id AND x.change_of = c.campaign_id
    AND x.state NOT IN ('finished', 'cancelled') ${eachAlone})`;

const changed =
  "SELECT 1 FROM campaigns o WHERE o.tenant_id = c.tenant_id AND o.campaign_id = c.change_of";

/** Whether a campaign `c` goes as a whole: a notification is its recipients, and a change of what is gone means nothing. */
export const goesAsAWhole = `(c.kind = 'notification' OR (c.change_of IS NOT NULL AND NOT EXISTS (${changed})))`;

import { isChange } from "../domain/campaign.ts";
import type { DeliveryView } from "./engine.ts";
import type { Campaign, Delivery, LedgerStore } from "./ports/store.ts";

/** Deliveries (1,000 or fewer) with what became of the newest change of each. */
export async function withChanges(
  ledger: LedgerStore,
  { id, kind, revision }: Campaign,
  rows: readonly Delivery[],
): Promise<readonly DeliveryView[]> {
  const asked = revision === 0 || isChange(kind) ? [] : rows.filter(mayBeChanged);
  if (asked.length === 0) return rows.map((row) => ({ ...row, change: null }));
  const recipients = asked.map(({ recipient }) => recipient);
  const changes = await ledger.changesTo(id, recipients);
  const byRecipient = new Map(changes.map(({ recipient, ...change }) => [recipient, change]));
  return rows.map((row) => ({ ...row, change: byRecipient.get(row.recipient) ?? null }));
}

/** Whether it has brought a message, or may have. */
function mayBeChanged({ state, resent }: Delivery): boolean {
  return state === "accepted" || state === "uncertain" || resent > 0;
}

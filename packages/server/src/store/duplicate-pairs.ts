import type { DeliveryState } from "../domain/delivery.ts";
import type { CampaignId } from "../domain/ids.ts";
import { heldDueAt } from "./due-at.ts";
import type { Union } from "./learn-person.ts";
import { userKey } from "./recipient-rows.ts";

/** The keys of deliveries to one person: under the id they had before, and under the present one. */
export interface DuplicateKeys {
  readonly oldKey: string;
  readonly newKey: string;
}

/** The two deliveries of a campaign to one person. */
export interface DuplicatePair {
  readonly campaign_id: CampaignId;
  readonly old_state: DeliveryState;
  readonly old_resent: number;
  readonly old_due_at: number;
  readonly new_state: DeliveryState;
  readonly new_resent: number;
  readonly new_due_at: number;
}

/** Whether the delivery with this key waits for its campaign's canary. */
export function isHeld(pair: DuplicatePair, key: string, { oldKey }: DuplicateKeys): boolean {
  return (key === oldKey ? pair.old_due_at : pair.new_due_at) === heldDueAt;
}

/** The keys of deliveries to people who became one. */
export function duplicateKeys({ person, former }: Union): DuplicateKeys {
  return { oldKey: `${userKey}${former}`, newKey: `${userKey}${person.id}` };
}

/** Which of the two is skipped, or null. A row that may have arrived already is not called skipped. */
export function keyToSkip(pair: DuplicatePair, { oldKey, newKey }: DuplicateKeys): string | null {
  const counts = (state: DeliveryState) =>
    ["pending", "sending", "accepted", "uncertain"].includes(state);
  if (pair.old_state === "pending" && pair.old_resent === 0 && counts(pair.new_state))
    return oldKey;
  if (pair.new_state === "pending" && pair.new_resent === 0 && counts(pair.old_state))
    return newKey;
  return null;
}

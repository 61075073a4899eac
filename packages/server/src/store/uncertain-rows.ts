import type { CampaignKind, CampaignState } from "../domain/campaign.ts";
import type { BotId, CampaignId, RecipientKey, TenantId } from "../domain/ids.ts";
import { leftUncertain } from "../domain/retry-request.ts";
import type { Page, PageRequest, PastDelivery } from "../engine/ports/store.ts";
import type { UncertainStore } from "../engine/ports/uncertain-store.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";

/** A page of what nobody has decided about. */
export type UncertainPage = PageRequest & { readonly botId: BotId };

/** The columns of {@link UncertainCampaign}. */
export const uncertainCampaignColumns =
  "tenant_id, campaign_id, kind, name AS campaign_name, state AS campaign_state, created_at";

/** Whether a campaign `c` has deliveries about which nobody has decided, by its counters. */
export const hasUndecided = `recipients_forgotten_at IS NULL
  AND EXISTS (SELECT 1 FROM campaign_codes k WHERE k.tenant_id = c.tenant_id AND k.campaign_id = c.campaign_id
    AND k.state = 'uncertain' AND k.code <> '${leftUncertain}' AND k.count > 0)`;

/** A campaign as the list of uncertain deliveries names it. */
export interface UncertainCampaign {
  readonly tenant_id: TenantId;
  readonly campaign_id: CampaignId;
  readonly kind: CampaignKind;
  readonly campaign_name: string;
  readonly campaign_state: CampaignState;
  readonly created_at: number;
}

/** Where a page begins: behind this row of this campaign; the newest campaign comes first. */
export function uncertainPlace(
  cursor: string | undefined,
): readonly [createdAt: number, campaign: string, recipient: string] {
  return cursor === undefined
    ? [Number.MAX_SAFE_INTEGER, "", ""]
    : decodeCursor(cursor, "uncertain", ["number", "string", "string"]);
}

/** What is said of the campaign beside its delivery. */
export function campaignPart(row: UncertainCampaign): PastDelivery["campaign"] {
  return {
    id: row.campaign_id,
    kind: row.kind,
    name: row.campaign_name,
    state: row.campaign_state,
    createdAt: row.created_at,
  };
}

/** A page of what was read for it: one more than it may show, where there are more. */
export function uncertainPage(found: readonly PastDelivery[], limit: number): Page<PastDelivery> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length <= limit || last === undefined) return { items };
  const { campaign, delivery } = last;
  return {
    items,
    next: encodeCursor("uncertain", [campaign.createdAt, campaign.id, delivery.recipient]),
  };
}

type Leave = Parameters<UncertainStore["leaveUncertain"]>[0];

/** How many rows one part of a decision touches: leaving fewer than asked for is allowed, the answer says whether more is left. */
export function leaveLimit(which: Leave["which"], most: number): number {
  return "limit" in which ? Math.min(which.limit, most) : 1;
}

/** What a part of a decision answers that left these rows. */
export function leftOf(
  rows: readonly { readonly recipient_key: RecipientKey }[],
  which: Leave["which"],
  limit: number,
): Awaited<ReturnType<UncertainStore["leaveUncertain"]>> {
  const isDone = "recipient" in which || rows.length < limit;
  return { left: rows.length, after: isDone ? null : (rows.at(-1)?.recipient_key ?? null) };
}

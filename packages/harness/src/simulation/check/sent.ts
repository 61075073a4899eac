import { isChange } from "../../../../server/src/domain/campaign.ts";
import type { CampaignId } from "../../../../server/src/domain/ids.ts";
import type { Campaign, LedgerStore } from "../../../../server/src/engine/ports/store.ts";
import { markIn } from "../watch/message-marks.ts";

/** A campaign or notification of the ledger, and the mark in its message. */
export interface Sent {
  readonly id: CampaignId;
  readonly mark: string;
}

/** All that the ledger holds, also what was stored by a process that died before it could say so. */
export async function allSent(ledger: LedgerStore): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  for (const kind of ["campaign", "notification"] as const) {
    let cursor: string | undefined;
    do {
      const page = await ledger.listCampaigns({
        kind,
        limit: 1_000,
        ...(cursor !== undefined && { cursor }),
      });
      sent.push(...page.items.map((one) => sentOf(one)));
      cursor = page.next;
    } while (cursor !== undefined);
  }
  return sent;
}

/** What a campaign is known by; a change by its own id, because its message has the mark of the campaign that it changes. */
export function sentOf({ id, kind, message }: Campaign): Sent {
  if (isChange(kind)) return { id, mark: id };
  return { id, mark: markIn(JSON.stringify(message)) ?? `unmarked ${id}` };
}

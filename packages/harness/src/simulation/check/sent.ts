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

/** What a campaign is known by. */
export function sentOf({ id, message }: Campaign): Sent {
  return { id, mark: markIn(JSON.stringify(message)) ?? `unmarked ${id}` };
}

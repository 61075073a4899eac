import type { Settlement } from "../engine/ports/store.ts";
import type { CampaignTally } from "./campaign-tally.ts";

/** What is written for a settlement. What may have arrived cannot be tried again once its campaign is cancelled: it stays uncertain. */
export function endOf(tally: CampaignTally, { to }: Settlement): Settlement["to"] {
  if (tally.state !== "cancelled" || to.state !== "pending" || !to.resend) return to;
  return { state: "uncertain", code: to.code ?? "TEAMS_UNCERTAIN", detail: to.detail };
}

/** Counts a claimed row whose end was written. */
export function countEnd(tally: CampaignTally, to: Settlement["to"]): void {
  switch (to.state) {
    case "accepted":
      tally.step("sending", "accepted", 1);
      break;
    case "pending":
      tally.step("sending", "pending", 1, { dueAt: to.dueAt });
      if (to.resend) tally.resend(1);
      break;
    default:
      tally.step("sending", to.state, 1, { code: to.code });
  }
}

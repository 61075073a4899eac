import type { CampaignSummary } from "@carillon/client";

/** Whether nothing more will happen to a campaign. */
export function isOver(campaign: Pick<CampaignSummary, "state">): boolean {
  return campaign.state === "finished" || campaign.state === "cancelled";
}

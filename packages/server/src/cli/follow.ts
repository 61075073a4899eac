import type { CampaignSummary, CarillonClient } from "@carillon/client";
import { campaignProgress } from "./campaign-report.ts";
import type { Screen } from "./terminal/screen.ts";

/**
 * Shows a campaign's progress until it is finished or cancelled, or the signal aborts; answers its last state. A service that goes
 * away is waited for as long as the client has patience; after that its error is thrown.
 */
export async function followCampaign(
  client: CarillonClient,
  campaign: CampaignSummary,
  screen: Screen,
  signal: AbortSignal,
): Promise<CampaignSummary> {
  const { kind } = campaign;
  let shown = campaignProgress(campaign);
  screen.progress(shown);
  try {
    const last = await client.campaigns.follow(
      campaign.id,
      (progress) => {
        shown = campaignProgress({ ...progress, kind });
        screen.progress(shown);
      },
      {
        signal,
        onTrouble: () =>
          screen.progress({ ...shown, note: "the service does not answer; waiting" }),
      },
    );
    screen.settle(campaignProgress(last));
    return last;
  } catch (error) {
    screen.settle();
    if (!signal.aborted) throw error;
    return client.campaigns.get(campaign.id);
  }
}

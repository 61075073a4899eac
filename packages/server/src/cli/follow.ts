import type { CampaignSummary, CarillonClient } from "@carillon/client";
import { campaignProgress } from "./campaign-report.ts";
import type { Screen } from "./terminal/screen.ts";

/**
 * Shows a campaign's progress until it is finished or cancelled, or has paused by itself and waits for a person, or the signal
 * aborts; answers its last state. A service that goes away is waited for as long as the client has patience; after that its error
 * is thrown.
 */
export async function followCampaign(
  client: CarillonClient,
  campaign: CampaignSummary,
  screen: Screen,
  signal: AbortSignal,
): Promise<CampaignSummary> {
  const { kind } = campaign;
  const waiting = new AbortController();
  let shown = campaignProgress(campaign);
  screen.progress(shown);
  try {
    const last = await client.campaigns.follow(
      campaign.id,
      (progress) => {
        shown = campaignProgress({ ...progress, kind });
        screen.progress(shown);
        if (waitsForPerson(progress)) waiting.abort();
      },
      {
        signal: AbortSignal.any([signal, waiting.signal]),
        onTrouble: () =>
          screen.progress({ ...shown, note: "the service does not answer; waiting" }),
      },
    );
    screen.settle(campaignProgress(last));
    return last;
  } catch (error) {
    screen.settle();
    if (!signal.aborted && !waiting.signal.aborted) throw error;
    return client.campaigns.get(campaign.id);
  }
}

/** Whether it paused by itself: then it stands until somebody decides. Who paused it by hand may let it go on any moment. */
function waitsForPerson({ state, attention }: Pick<CampaignSummary, "state" | "attention">) {
  return state === "paused" && attention !== null && attention.retryAt === null;
}

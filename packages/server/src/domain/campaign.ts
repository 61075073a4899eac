/** Every state a campaign can be in, as the API shows it. */
export const campaignStates = [
  "draft",
  "scheduled",
  "expanding",
  "sending",
  "paused",
  "finished",
  "cancelled",
] as const;
export type CampaignState = (typeof campaignStates)[number];

export const priorities = ["urgent", "normal", "bulk"] as const;
/** Claims take `urgent` before `normal` before `bulk`. */
export type Priority = (typeof priorities)[number];

/** The order of claims: smaller first. */
export function priorityRank(priority: Priority): number {
  return priorities.indexOf(priority);
}

/** A campaign addresses an audience; a notification names its recipients and is expanded at once. */
export type CampaignKind = "campaign" | "notification";

const next: Readonly<Record<CampaignState, readonly CampaignState[]>> = {
  draft: ["scheduled", "expanding", "cancelled"],
  scheduled: ["expanding", "paused", "cancelled"],
  expanding: ["sending", "paused", "cancelled"],
  sending: ["paused", "finished", "cancelled"],
  paused: ["scheduled", "expanding", "sending", "finished", "cancelled"],
  // Somebody asked for failed deliveries to be tried again.
  finished: ["sending"],
  cancelled: [],
};

/** Whether a campaign may go from one state to the other. */
export function mayBecome(from: CampaignState, to: CampaignState): boolean {
  return next[from].includes(to);
}

/** Whether nothing more is sent from this state by itself. */
export function isOver(state: CampaignState): boolean {
  return state === "finished" || state === "cancelled";
}

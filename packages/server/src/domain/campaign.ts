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

/** What an author may choose. */
export const priorities = ["urgent", "normal", "bulk"] as const;
export type Priority = (typeof priorities)[number];

/** The order in which a lane works: answers to people who act before whatever an author chose. */
export const trafficClasses = ["interactive", ...priorities] as const;
export type TrafficClass = (typeof trafficClasses)[number];

/** The place of a class in that order: smaller first, `urgent` 0. This number is what stores keep. */
export function classRank(trafficClass: TrafficClass): number {
  return trafficClasses.indexOf(trafficClass) - 1;
}

/** Whether it is claimed at once, ahead of what may start soon. */
export function isUrgent(trafficClass: TrafficClass): boolean {
  return classRank(trafficClass) <= 0;
}

/** The class of a rank; undefined where there is none. */
export function classOfRank(rank: number): TrafficClass | undefined {
  return trafficClasses[rank + 1];
}

export const changeKinds = ["edit", "recall"] as const;
/** What may be done to messages that Teams has taken: an edit replaces them, a recall deletes them. */
export type ChangeKind = (typeof changeKinds)[number];

export const campaignKinds = ["campaign", "notification", ...changeKinds] as const;
/**
 * A campaign addresses an audience; a notification names its recipients and is expanded at once; an edit and a recall change
 * the messages of one of those, and are campaigns themselves.
 */
export type CampaignKind = (typeof campaignKinds)[number];

/** Whether a campaign changes the messages of another one. */
export function isChange(kind: CampaignKind): kind is ChangeKind {
  return kind === "edit" || kind === "recall";
}

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

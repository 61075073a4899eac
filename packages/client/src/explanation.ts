import type {
  Attempt,
  CampaignState,
  CampaignSummary,
  Delivery,
  DeliveryState,
} from "./campaign.ts";
import type { Person } from "./directory.ts";

/**
 * What to do next. `install`: the app is missing, and somebody has to add it; `decide`: it may have arrived, leave it or retry
 * it; `person`, `admin`: only they can change it; `correct`: the message or the name is wrong; `configure`: a setting is wrong.
 */
export type NextStep =
  | "nothing"
  | "wait"
  | "start"
  | "resume"
  | "retry"
  | "decide"
  | "install"
  | "person"
  | "admin"
  | "correct"
  | "configure";

/** A delivery with every request made for it. */
export interface DeliveryDetail extends Delivery {
  readonly firstAttemptAt: string | null;
  /** When somebody last asked for it to be tried again. */
  readonly retriedAt: string | null;
  /** The first one first; a first-time success as the one it was. */
  readonly history: readonly Attempt[];
  /** Since when the campaign's requests are not all kept, so that the history may lack some. */
  readonly attemptsForgottenAt: string | null;
}

/** Which campaign, notification or change is meant. */
export interface CampaignReference {
  readonly id: string;
  readonly kind: "campaign" | "notification" | "edit" | "recall";
  readonly name: string;
  readonly state: CampaignState;
  readonly createdAt: string;
}

/** What became of one delivery, in one line and with the facts below it. */
export interface DeliveryExplanation {
  readonly line: string;
  readonly next: NextStep;
  readonly campaign: CampaignReference;
  readonly person: Person | null;
  readonly delivery: DeliveryDetail;
}

/** A delivery of which nobody knows whether it arrived, and whose it is. */
export interface UncertainDelivery {
  readonly campaign: CampaignReference;
  /** Without what became of its changes, which are deliveries themselves. */
  readonly delivery: Omit<Delivery, "change">;
}

/** Whether a person can be reached, and what became of their last messages. */
export interface PersonExplanation {
  readonly line: string;
  readonly next: NextStep;
  readonly person: Person;
  /** The host at which Teams wants to be spoken to for them. */
  readonly serviceHost: string | null;
  /** The newest first; up to ten. */
  readonly deliveries: readonly {
    readonly line: string;
    readonly campaign: CampaignReference;
    /** Without what became of its changes, which are deliveries themselves. */
    readonly delivery: Omit<Delivery, "change">;
  }[];
  /** For how many days after its campaign's end a delivery is kept; null for good. Older ones are not told here. */
  readonly deliveriesKeptDays: number | null;
}

/** How a campaign stands, why, and what to do next. */
export interface CampaignExplanation {
  readonly line: string;
  readonly next: NextStep;
  readonly campaign: CampaignSummary;
  readonly reasons: readonly {
    readonly state: DeliveryState;
    readonly code: string;
    readonly count: number;
    readonly what: string;
    readonly advice: string;
    readonly next: NextStep;
  }[];
}

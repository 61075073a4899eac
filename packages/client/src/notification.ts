import type { CampaignState, Change, Delivery, SendOptions } from "./campaign.ts";
import type { Message, Target } from "./message.ts";

export interface NewNotification extends SendOptions {
  /** One target, or up to 1,000. For everyone or a whole team, use a campaign. */
  readonly to: Target | readonly Target[];
  readonly message: Message;
}

/** A message to named recipients, and what became of it. */
export interface Notification {
  readonly id: string;
  readonly state: CampaignState;
  readonly deliveries: readonly NotificationDelivery[];
  /** Its edits and recalls, the newest first; 20 at most. */
  readonly changes: readonly Change[];
  readonly createdAt: string;
}

export interface NotificationDelivery extends Delivery {
  readonly id: string;
}

/** What the engine offers to the API, the inbound endpoint and the library. Built by `createEngine`. */
import type { CampaignKind, CampaignState, Priority } from "../domain/campaign.ts";
import type { CanaryThen } from "../domain/canary.ts";
import type { DeliveryCounts, DeliveryState, OnUncertain } from "../domain/delivery.ts";
import type { Channel, DirectoryFact, Person, Team } from "../domain/directory.ts";
import type { ErrorCode } from "../domain/error-codes.ts";
import type { ReasonWords } from "../domain/explain-campaign.ts";
import type { Explanation } from "../domain/explain-delivery.ts";
import type { StopWhen } from "../domain/failure-watch.ts";
import type { BotId, CampaignId, TeamId } from "../domain/ids.ts";
import type { Message } from "../domain/message.ts";
import type { RetriableState } from "../domain/retry-request.ts";
import type { Audience, Target } from "../domain/target.ts";
import type { CampaignChange, DeliveryChange } from "./ports/change-store.ts";
import type { Attempt, Delivery, Page, PageRequest, PastDelivery } from "./ports/store.ts";

/** Options common to notifications and campaigns. Instants are epoch ms. */
export interface SendOptions {
  readonly topic?: string;
  /** Default `normal` for notifications, `bulk` for campaigns. */
  readonly priority?: Priority;
  readonly sendAt?: number;
  /** Nothing is tried after this instant. What was accepted by then stays. */
  readonly expiresAt?: number;
  /** What was accepted is deleted at this instant; and nothing is tried after it. */
  readonly recallAt?: number;
  /** Default `resend`. */
  readonly onUncertain?: OnUncertain;
}

export interface NewNotification extends SendOptions {
  /** At most 1,000 recipients; `everyone` and `{team, as: "members"}` are refused here: use a campaign. */
  readonly to: Target | readonly Target[];
  readonly message: Message;
  /** It answers somebody who just acted and waits: it goes before everything else, whatever the priority. */
  readonly isReply?: boolean;
  readonly idempotencyKey?: string;
  /** For a bot in several tenants; default: the configured tenant, else the only one known. */
  readonly tenantId?: string;
}

export interface NewCampaign extends SendOptions {
  readonly name: string;
  readonly message: Message;
  readonly audience: Audience;
  /** The campaign's own cap. */
  readonly ratePerSecond?: number;
  /** Lets some deliveries through first: `count` of them, or `percent` of all. The others `wait` for a person (default), or `continue`. */
  readonly canary?: {
    readonly count?: number;
    readonly percent?: number;
    readonly then?: CanaryThen;
  };
  /** Pauses by itself when more than so many in a hundred failed, of `atLeast` (default 20) that were tried. */
  readonly stopWhen?: { readonly failedPercent: number; readonly atLeast?: number };
  readonly idempotencyKey?: string;
  readonly tenantId?: string;
}

/** Another message in place of the one that is being sent, or was. */
export interface NewEdit {
  readonly message: Message;
  /** Default: the campaign's own. */
  readonly priority?: Priority;
  readonly idempotencyKey?: string;
}

export interface RecallOptions {
  /** Default `urgent`. */
  readonly priority?: Priority;
}

/** An edit or recall, as the campaign that it changes shows it. It is a campaign itself: see `Campaigns.get` for all of it. */
export interface ChangeView extends CampaignChange {
  /** Deliveries by code, for those with one: what could not be changed, and why. */
  readonly reasons: CampaignView["reasons"];
}

/** A delivery with what became of the newest change of its message. */
export interface DeliveryView extends Delivery {
  readonly change: Omit<DeliveryChange, "recipient"> | null;
}

/** Which deliveries are to be tried again. */
export interface RetryOptions {
  /** Default: failed ones; with `recipient`, whichever of the three it is. */
  readonly states?: readonly RetriableState[];
  /** Only those with one of these codes. */
  readonly codes?: readonly string[];
  /** One recipient alone, as the delivery names it, or a person by object id, UPN or `29:` id. */
  readonly recipient?: string;
  /** A repeated request with the same key and content asks for nothing again. */
  readonly idempotencyKey?: string;
}

/** Which uncertain deliveries are to stay as they are. Default: all of them. */
export interface LeaveOptions {
  /** One recipient alone, as the delivery names it, or a person by object id, UPN or `29:` id. */
  readonly recipient?: string;
}

/** What stands in the way of a lane or campaign: cause, age and next step, in words for a person. */
export interface Attention {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly since: number;
  /** When we try again by ourselves; null when somebody has to act. */
  readonly retryAt: number | null;
}

/** A campaign or notification as shown. */
export interface CampaignView {
  readonly id: CampaignId;
  readonly kind: CampaignKind;
  /** Of an edit or a recall: what it changes; else null. */
  readonly changeOf: CampaignId | null;
  readonly name: string;
  readonly state: CampaignState;
  /** In its latest edition; of a recall: what is deleted. */
  readonly message: Message;
  /** What was sent before the first edit; null where there was none. */
  readonly originalMessage: Message | null;
  readonly audience: Audience;
  readonly topic: string | null;
  readonly priority: Priority;
  readonly onUncertain: OnUncertain;
  readonly counts: DeliveryCounts;
  /** Deliveries tried again after `uncertain`. */
  readonly resent: number;
  readonly canary: CanaryView | null;
  readonly stopWhen: StopWhen | null;
  /** Deliveries per second over the last seconds, as measured; 0 when nothing moves. */
  readonly ratePerSecond: number;
  /** The campaign's own cap, or null. */
  readonly rateCap: number | null;
  /** Null when unknown or nothing is left. */
  readonly etaSeconds: number | null;
  /** Deliveries by code, for those with one. */
  readonly reasons: readonly {
    readonly state: DeliveryState;
    readonly code: ErrorCode;
    readonly count: number;
  }[];
  readonly attention: Attention | null;
  readonly sendAt: number | null;
  readonly expiresAt: number | null;
  readonly recallAt: number | null;
  /** When it was recalled first, or null. */
  readonly recalledAt: number | null;
  /** Its edits and recalls, the newest first; 20 at most. */
  readonly changes: readonly ChangeView[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

/** A campaign's canary as shown. */
export interface CanaryView {
  /** How many go first, and in what share of all; the one that was not asked for is null. */
  readonly count: number | null;
  readonly percent: number | null;
  readonly then: CanaryThen;
  /** Pending deliveries that wait for it. */
  readonly held: number;
  /** Whether it holds nothing back (any more). */
  readonly released: boolean;
}

export interface NotificationView {
  readonly id: CampaignId;
  readonly state: CampaignState;
  readonly deliveries: readonly (DeliveryView & { readonly id: string })[];
  /** Its edits and recalls, the newest first; 20 at most. */
  readonly changes: readonly ChangeView[];
  readonly createdAt: number;
}

/** What a campaign would do, without doing it. */
export interface Preflight {
  /** An estimate: known people of the directory; rosters are not read. Null where it cannot be known before reading one. */
  readonly recipients: number | null;
  /** Of them, how many will be skipped or fail as far as is known now, by code. */
  readonly expected: readonly { readonly code: ErrorCode; readonly count: number }[];
  readonly requests: number | null;
  /** At the lane's ceiling and the campaign's cap. */
  readonly seconds: number | null;
  readonly messageBytes: number;
  readonly messageBytesMax: number;
  readonly warnings: readonly string[];
}

export interface Notifications {
  /** Stores it durably, then resolves. Throws `ProblemError`: RECIPIENT_UNKNOWN, TARGET_UNSUPPORTED, MESSAGE_…, IDEMPOTENCY_KEY_REUSED. */
  create(request: NewNotification): Promise<NotificationView>;
  /** Throws NOTIFICATION_UNKNOWN. */
  get(id: string): Promise<NotificationView>;
  /** See `Campaigns.edit`. Throws NOTIFICATION_UNKNOWN. */
  edit(id: string, request: NewEdit): Promise<NotificationView>;
  /** See `Campaigns.recall`. Throws NOTIFICATION_UNKNOWN. */
  recall(id: string, options?: RecallOptions): Promise<NotificationView>;
  /** See `Campaigns.retry`. Throws NOTIFICATION_UNKNOWN. */
  retry(id: string, options?: RetryOptions): Promise<NotificationView>;
  /** See `Campaigns.leave`. Throws NOTIFICATION_UNKNOWN. */
  leave(id: string, options?: LeaveOptions): Promise<NotificationView>;
  /** Resolves once every delivery is final (or the signal aborts): for `send --wait` and the library. */
  settled(id: string, options?: { readonly timeoutMs?: number }): Promise<NotificationView>;
}

/**
 * Each throws CAMPAIGN_UNKNOWN; those that move it throw CAMPAIGN_STATE_CONFLICT. Repeating one that took effect is no error.
 * Edits and recalls are campaigns too, of an id that begins with `chg`.
 */
export interface Campaigns {
  create(request: NewCampaign): Promise<CampaignView>;
  get(id: string): Promise<CampaignView>;
  list(page: PageRequest): Promise<Page<CampaignView>>;
  preflight(id: string): Promise<Preflight>;
  start(id: string): Promise<CampaignView>;
  pause(id: string): Promise<CampaignView>;
  resume(id: string): Promise<CampaignView>;
  cancel(id: string): Promise<CampaignView>;
  /**
   * Puts another message in place of the present one, in any state: what is not sent yet goes out with the new one, and what was
   * accepted is updated by a campaign of its own, the first of `changes`. It cancels an edit that is not over. Throws MESSAGE_…,
   * CAMPAIGN_RECALLED, IDEMPOTENCY_KEY_REUSED.
   */
  edit(id: string, request: NewEdit): Promise<CampaignView>;
  /**
   * Cancels what is left, and deletes what was accepted by a campaign of its own, the first of `changes`. Asking again while it
   * runs changes nothing; afterwards it tries again what could not be deleted. Throws CAMPAIGN_STATE_CONFLICT for a draft.
   */
  recall(id: string, options?: RecallOptions): Promise<CampaignView>;
  /**
   * Tries deliveries again that ended as failed, skipped or uncertain. Asking again while it is carried out changes nothing.
   * Throws DELIVERY_UNKNOWN, DELIVERY_NOT_RETRIABLE, IDEMPOTENCY_KEY_REUSED.
   */
  retry(id: string, options?: RetryOptions): Promise<CampaignView>;
  /**
   * Decides that uncertain deliveries stay as they are: they are asked about no more, and a retry means them only by recipient or
   * code. Asking again changes nothing. Throws DELIVERY_UNKNOWN, DELIVERY_NOT_UNCERTAIN.
   */
  leave(id: string, options?: LeaveOptions): Promise<CampaignView>;
  /** Those that paused by themselves and stand still, and why; a thousand of the newest at most. */
  stopped(): Promise<readonly (Attention & { readonly id: CampaignId })[]>;
  deliveries(
    id: string,
    page: PageRequest & { readonly state?: DeliveryState },
  ): Promise<Page<DeliveryView>>;
  /** Every delivery, a page in memory at a time. */
  export(id: string): AsyncIterable<readonly DeliveryView[]>;
  /** The recorded requests; a first-time success has none. */
  attempts(id: string, recipient: string): Promise<readonly Attempt[]>;
}

/** A person, whether they can be reached, and their last deliveries. */
export interface PersonExplanation extends Explanation {
  readonly person: Person;
  /** Where Teams wants to be spoken to for them. */
  readonly serviceHost: string | null;
  /** The newest first; up to ten, of those in the thousand newest campaigns and notifications. */
  readonly deliveries: readonly (PastDelivery & { readonly line: string })[];
  /** For how long after their campaign's end deliveries are kept; null: for good. Older ones are not among them. */
  readonly deliveriesKeptMs: number | null;
}

export interface CampaignExplanation extends Explanation {
  readonly campaign: CampaignView;
  readonly reasons: readonly ReasonWords[];
}

export interface DeliveryExplanation extends Explanation {
  readonly campaign: PastDelivery["campaign"];
  /** Null where the recipient is no person, or the directory does not know them. */
  readonly person: Person | null;
  readonly delivery: DeliveryView;
  /** Every request, the first one first; a first-time success as the one that it was. */
  readonly history: readonly Attempt[];
  /** Since when requests for this campaign are not all kept: the history may lack some. Null: it is whole. */
  readonly attemptsForgottenAt: number | null;
}

/** What happened and why, in one line and with the facts below it. `id` may be a notification's. */
export interface Explanations {
  /** By object id, UPN or `29:` id. Throws PERSON_UNKNOWN. */
  person(id: string): Promise<PersonExplanation>;
  /** Throws CAMPAIGN_UNKNOWN. */
  campaign(id: string): Promise<CampaignExplanation>;
  /** The recipient as the delivery names it, or a person as above. Throws CAMPAIGN_UNKNOWN, DELIVERY_UNKNOWN. */
  delivery(id: string, recipient: string): Promise<DeliveryExplanation>;
}

export interface Directory {
  people(
    page: PageRequest & { readonly search?: string; readonly tenantId?: string },
  ): Promise<Page<Person>>;
  /** By object id, UPN or `29:` id. Throws PERSON_UNKNOWN. */
  person(id: string): Promise<Person>;
  teams(page: PageRequest & { readonly tenantId?: string }): Promise<Page<Team>>;
  /** Asks Teams for the channels it does not know yet. Throws TEAM_UNKNOWN. */
  channels(id: TeamId): Promise<readonly Channel[]>;
  counts(): Promise<{
    readonly people: number;
    readonly installed: number;
    readonly blocked: number;
    readonly removed: number;
  }>;
}

/** What changed, for followers. Progress comes at most a few times a second for one campaign. */
export type EngineEvent =
  | { readonly type: "campaign"; readonly id: CampaignId; readonly state: CampaignState }
  | {
      readonly type: "progress";
      readonly id: CampaignId;
      readonly counts: DeliveryCounts;
      readonly ratePerSecond: number;
      readonly etaSeconds: number | null;
    }
  | {
      readonly type: "attention";
      readonly id: CampaignId | null;
      readonly attention: Attention | null;
    };

/** A lane as metrics and status show it. */
export interface LaneView {
  readonly tenantId: string;
  readonly inFlight: number;
  readonly ratePerSecond: number;
  readonly ceilingPerSecond: number;
  readonly throttledUntil: number | null;
  readonly attention: Attention | null;
  /** Totals since this process started. */
  readonly requests: number;
  readonly throttled: number;
  /** How often another process had taken the lane before this one gave it back. */
  readonly holdsLost: number;
  /** Ends of deliveries that the ledger did not take, because the rows were another process's by then. */
  readonly settlementsIgnored: number;
}

/** Microsoft Graph for one tenant, as this process uses it. */
export interface GraphView {
  readonly tenantId: string;
  /** Totals since this process started: how often Graph was asked, and answered 429. */
  readonly requests: number;
  readonly throttled: number;
  /** Why Graph is not asked now, or null. */
  readonly attention: Attention | null;
  readonly budgets: readonly {
    readonly limit: string;
    /** In a window of the limit: what this process may use now, what it may use at most, and what it has used. */
    readonly unitsAllowed: number;
    readonly unitsCeiling: number;
    readonly unitsSpent: number;
    /** Until when Graph asked for quiet. */
    readonly pausedUntil: number | null;
  }[];
}

export interface Engine {
  readonly botId: BotId;
  readonly notifications: Notifications;
  readonly campaigns: Campaigns;
  readonly directory: Directory;
  readonly explain: Explanations;
  /** Deliveries of campaigns, notifications and changes that may have arrived, and about which nobody has decided; the newest first. */
  uncertain(page: PageRequest): Promise<Page<PastDelivery>>;
  /** Learnt facts from inbound activities. */
  learn(facts: readonly DirectoryFact[]): Promise<void>;
  lanes(): readonly LaneView[];
  /** The tenants that Graph was asked about. */
  graph(): readonly GraphView[];
  /**
   * Answers how to stop listening. Listeners must not throw. Each hears of everything; of the end of a short `campaign` that another
   * process begins and ends within a second only where it is named here.
   */
  subscribe(
    listener: (event: EngineEvent) => void,
    options?: { readonly campaign?: CampaignId },
  ): () => void;
  /** Takes up what was left open and runs until `stop`. */
  start(): Promise<void>;
  /** Claims nothing more, lets requests in flight end (at most `graceMs`, default 15,000), settles them and gives the lanes back. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
}

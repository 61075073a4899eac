/**
 * What the engine needs of storage.
 *
 * One message, walked through: the API calls `engine.notifications.create`, which resolves the target with
 * `directory.find…`, compiles the message, and calls `ledger.createCampaign` with its recipient: one transaction, then the
 * 202. The lane's loop is woken, asks its pacer how many requests may start soon, and calls `ledger.takeTurn`, which marks
 * that many deliveries `sending` and commits. For each it calls `connector.createPersonalConversation` where no conversation
 * is stored, then `connector.sendActivity`; the `Answer` becomes a `Settlement`, and the next `takeTurn` writes all
 * settlements and claims the next deliveries in one commit.
 */
import type { CampaignKind, CampaignState, TrafficClass } from "../../domain/campaign.ts";
import type { Canary } from "../../domain/canary.ts";
import type { DeliveryCounts, DeliveryState, OnUncertain } from "../../domain/delivery.ts";
import type { DirectoryFact, Person } from "../../domain/directory.ts";
import type { ErrorCode } from "../../domain/error-codes.ts";
import type { StopWhen } from "../../domain/failure-watch.ts";
import type {
  ActivityId,
  BotId,
  CampaignId,
  ConversationId,
  RecipientKey,
  TenantId,
  WorkerId,
} from "../../domain/ids.ts";
import type { JsonObject, Message } from "../../domain/message.ts";
import type { Evidence, Outcome } from "../../domain/outcome.ts";
import type { PauseCause } from "../../domain/pause-cause.ts";
import type { Audience, Recipient } from "../../domain/target.ts";
import type { ChangeStore } from "./change-store.ts";
import type { DirectoryStore } from "./directory-store.ts";
import type { InboundStore } from "./inbound-store.ts";
import type { Jobs } from "./jobs.ts";
import type { KeyStore } from "./key-store.ts";
import type { RetentionStore } from "./retention-store.ts";
import type { RetryStore } from "./retry-store.ts";
import type { SlotStore, TurnNews, TurnSlots } from "./slot-store.ts";
import type { UncertainStore } from "./uncertain-store.ts";
import type { WakeSource } from "./wakes.ts";

/** A page of a list. `next` is an opaque cursor, absent on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}
export interface PageRequest {
  readonly cursor?: string;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** Whose rows: every table leads with the tenant. */
export interface Scope {
  readonly botId: BotId;
  readonly tenantId: TenantId;
}

/** A campaign or notification as stored. Instants are epoch ms. */
export interface Campaign {
  readonly botId: BotId;
  readonly tenantId: TenantId;
  readonly id: CampaignId;
  readonly kind: CampaignKind;
  /** Of an edit or a recall: the campaign or notification whose messages it changes; else null. */
  readonly changeOf: CampaignId | null;
  readonly name: string;
  readonly state: CampaignState;
  /**
   * How many changes were made to it; of a change: which of them it is, from 1. A row keeps the revision at which it was claimed
   * last, so that a change knows the messages that came before it.
   */
  readonly revision: number;
  /** What is sent, in its latest edition; of a recall: what is deleted. */
  readonly message: Message;
  /** What was sent before the first edit; null where there was none. */
  readonly originalMessage: Message | null;
  readonly audience: Audience;
  readonly topic: string | null;
  readonly priority: TrafficClass;
  readonly sendAt: number | null;
  readonly expiresAt: number | null;
  /** When what was accepted is deleted; nothing is tried after it either. */
  readonly recallAt: number | null;
  /** When it was recalled first: nothing of it is sent or edited any more. */
  readonly recalledAt: number | null;
  readonly onUncertain: OnUncertain;
  /** The campaign's own cap, requests per second; null = the lane's budget. */
  readonly ratePerSecond: number | null;
  /** Where expansion stands; null once it is complete. */
  readonly expansion: ExpansionCursor | null;
  /** The state to go back to from `paused`. */
  readonly pausedFrom: CampaignState | null;
  /** What holds it back by itself; see `domain/campaign-guards.ts`, whose rules the store applies whenever rows are counted. */
  readonly canary: Canary | null;
  /** How many more deliveries the canary lets through; null: it holds nothing back (any more). */
  readonly canaryLeft: number | null;
  readonly stopWhen: StopWhen | null;
  /** Why it paused by itself; null where it did not, and once it leaves `paused`. */
  readonly pausedBecause: PauseCause | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

/**
 * A place in the audience, kept in the same transaction as the rows up to it. Excludes are walked before includes. A change has
 * the part `changed` alone: the rows of the campaign that it changes.
 */
export interface ExpansionCursor {
  readonly part: "exclude" | "include" | "changed";
  /** Index into that part of the audience; 0 in `changed`. */
  readonly item: number;
  /** Within the item: the last person id, a roster's continuation token, or the last recipient key; null at its beginning. */
  readonly after: string | null;
}

/** What a stored campaign may change to, beside its state. */
export interface CampaignPatch {
  readonly sendAt?: number | null;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly pausedFrom?: CampaignState | null;
  readonly expansion?: ExpansionCursor | null;
  /** Null: the canary holds nothing back any more. */
  readonly canaryLeft?: null;
}

/** A campaign at a glance: where it is, and its counters. */
export interface CampaignGlance {
  readonly id: CampaignId;
  readonly state: CampaignState;
  readonly counts: DeliveryCounts;
}

/** A delivery to be made: the recipient, and what is known already. */
export interface NewDelivery {
  readonly recipient: Recipient;
  /** Per-recipient data for `${field}`s, from the request. */
  readonly data?: JsonObject;
  /** Set where the recipient was refused while it was resolved: the row is final from the start. */
  readonly refused?: {
    readonly state: "failed" | "skipped";
    readonly code: ErrorCode;
    readonly detail?: string;
  };
}

/** One row of the ledger. */
export interface Delivery {
  readonly campaignId: CampaignId;
  readonly recipient: RecipientKey;
  readonly state: DeliveryState;
  /** Requests made for it, creates included. */
  readonly attempts: number;
  readonly code: ErrorCode | null;
  readonly detail: string | null;
  readonly conversationId: ConversationId | null;
  readonly activityId: ActivityId | null;
  /** How often it was tried again after `uncertain`. */
  readonly resent: number;
  /** When it may next be claimed (pending rows only); null also for one that waits for its campaign's canary. */
  readonly dueAt: number | null;
  readonly updatedAt: number;
  /** When its first request was made; after a retry that somebody asked for, the first one since. */
  readonly firstAttemptAt: number | null;
  /** When somebody last asked for it to be tried again. */
  readonly retriedAt: number | null;
  /** Of the request that was accepted. */
  readonly status: number | null;
  readonly latencyMs: number | null;
  readonly requestId: string | null;
}

/** A delivery with what is said of its campaign beside it. */
export interface PastDelivery {
  readonly campaign: Pick<Campaign, "id" | "kind" | "name" | "state" | "createdAt">;
  readonly delivery: Delivery;
}

/** One recorded request. First-time successes have none: their facts are in the delivery row. */
export interface Attempt {
  readonly number: number;
  readonly operation: Operation;
  readonly at: number;
  readonly outcome: Outcome;
  readonly evidence: Evidence;
  /** What was decided, and why, in one sentence. */
  readonly decision: string;
}
export type Operation = "create-conversation" | "create-thread" | "send" | "update" | "delete";

/** A message that Teams has taken: where it is, and Teams' id of it there. */
export interface PostedMessage {
  readonly conversationId: ConversationId;
  readonly activityId: ActivityId;
}

/** A claimed delivery: marked `sending` and committed, with all that is needed to send it. */
export interface ClaimedDelivery {
  readonly campaignId: CampaignId;
  /** The number of its campaign in the order in which the store took them: whoever asked after another had been answered has a later one. */
  readonly entry: number;
  /** The campaign's revision when it was claimed: an older message must not be sent. */
  readonly revision: number;
  readonly recipient: Recipient;
  readonly priority: TrafficClass;
  /** The message that a change is to change; null for campaigns and notifications. */
  readonly posted: PostedMessage | null;
  /** Requests made for it in earlier turns. */
  readonly attempts: number;
  readonly resent: number;
  /** When its first request was made, or null. The retry deadline counts from here. */
  readonly firstAttemptAt: number | null;
  readonly data: JsonObject | null;
  /** The stored conversation for the recipient, if any. */
  readonly conversationId: ConversationId | null;
  readonly serviceUrl: string | null;
  /** What the directory says of the person, for recipients of kind `person`. */
  readonly person: Person | null;
}

/**
 * The end of a claim: every claimed delivery is settled exactly once. What is to be sent again although its campaign was
 * cancelled meanwhile becomes `uncertain`.
 */
export interface Settlement {
  readonly campaignId: CampaignId;
  readonly recipient: RecipientKey;
  readonly to:
    | {
        readonly state: "accepted";
        readonly activityId: ActivityId | null;
        readonly conversationId: ConversationId | null;
        readonly status: number | null;
        readonly latencyMs: number;
        readonly requestId: string | null;
        /** A remark for people, such as that a recalled message was gone already. */
        readonly detail?: string;
      }
    | {
        readonly state: "failed" | "skipped" | "cancelled";
        readonly code: ErrorCode;
        readonly detail: string | null;
      }
    /** `final` under the policy `hold`. A resend is a settlement to `pending` with `resend: true`. */
    | { readonly state: "uncertain"; readonly code: ErrorCode; readonly detail: string | null }
    /** `resend`: it was uncertain and is tried again. Neither `resend` nor attempts: it was released unsent. */
    | {
        readonly state: "pending";
        readonly dueAt: number;
        readonly resend: boolean;
        readonly code: ErrorCode | null;
        readonly detail: string | null;
      };
  /** Requests made in this turn, all but a first-time success. The last one says why the settlement is what it is. */
  readonly attempts: readonly Attempt[];
  /** How many requests this turn made, including those of a first-time success. */
  readonly requests: number;
  /** When the first request of this turn was made; null when none was. */
  readonly firstAttemptAt: number | null;
}

/** A lane as held by one worker. Its fence number grows with each new holder. */
export interface LaneHold {
  readonly scope: Scope;
  readonly worker: WorkerId;
  readonly fence: number;
}

/** Who holds a lane, as somebody saw it. Two that are equal mean that the holder took no turn in between. */
export interface LaneHolder {
  readonly worker: WorkerId;
  readonly fence: number;
  /** The number of the lane's last turn; it grows with each. */
  readonly turn: number;
  /** The end of the lease by the holder's own clock, which may differ from everybody else's. */
  readonly leaseUntil: number;
}

/** A lane that there is work in, and who holds it; null: nobody. */
export interface OpenLane extends Scope {
  readonly holder: LaneHolder | null;
}

/** One turn of a lane: everything in it happens in one transaction, or not at all. */
export interface TurnRequest extends TurnSlots {
  readonly hold: LaneHold;
  readonly now: number;
  /** The lease is renewed until then. */
  readonly leaseUntil: number;
  readonly settlements: readonly Settlement[];
  /** Applied after the settlements: new conversations, blocks, gone conversations. */
  readonly facts: readonly DirectoryFact[];
  /** Up to how many deliveries to claim; 0 claims none. The most urgent class goes first, campaigns of one class take turns. */
  readonly claim: number;
  /**
   * Beyond `claim`, where that leaves a class fewer than are named here: as many more of its due deliveries as make it so many.
   * What is more urgent loses nothing by it. A `claim` of 0 claims none of these either.
   */
  readonly atLeast: Readonly<Partial<Record<TrafficClass, number>>>;
  /** Campaigns that have used up their own rate for now: claim none of theirs. */
  readonly held: readonly CampaignId[];
}
export interface TurnResult extends TurnNews {
  /** False: another worker holds the lane. Nothing of the request was applied. */
  readonly held: boolean;
  readonly claimed: readonly ClaimedDelivery[];
  /** Campaigns that this turn finished. */
  readonly finished: readonly CampaignId[];
  /** Campaigns that paused by themselves in this turn: what it settled let one of their guards speak. None of theirs is claimed. */
  readonly paused: readonly CampaignId[];
  /**
   * When the next pending delivery of the lane's open campaigns is due, `held` ones included; at or before `now` when more is
   * due already; null when there is none.
   */
  readonly nextDueAt: number | null;
  /** How many settlements were of rows that this hold has not claimed (or not any more); nothing of those was applied. */
  readonly ignored: number;
}

/** Campaigns, deliveries and lanes. Counters change in the same transaction as the rows they count. */
export interface LedgerStore
  extends RetentionStore,
    RetryStore,
    UncertainStore,
    ChangeStore,
    SlotStore {
  /**
   * Stores a campaign, with its deliveries where they are known already (notifications). With an idempotency key that was
   * used before, answers the earlier campaign's id instead, or `conflict` where the fingerprint differs.
   */
  createCampaign(request: {
    readonly campaign: Campaign;
    readonly deliveries?: readonly NewDelivery[];
    readonly idempotency?: { readonly key: string; readonly fingerprint: string };
  }): Promise<{ readonly result: "created" | "repeated" | "conflict"; readonly id: CampaignId }>;
  getCampaign(id: CampaignId): Promise<Campaign | null>;
  /** Newest first; notifications only when asked for. */
  listCampaigns(page: PageRequest & { readonly kind: CampaignKind }): Promise<Page<Campaign>>;
  /** Campaigns, not notifications, that are scheduled, expanding, sending or paused: the newest. */
  campaignsUnderWay(botId: BotId, limit: number): Promise<readonly CampaignGlance[]>;
  /** Campaigns that paused by themselves and stand still: up to `limit` of the newest, with why. */
  campaignsStopped(
    botId: BotId,
    limit: number,
  ): Promise<readonly Pick<Campaign, "id" | "state" | "pausedBecause">[]>;
  /**
   * Compare-and-set: answers the new row, or null when the campaign is in none of the `from` states (nothing changed then). One
   * that becomes `sending` with nothing left to send is `finished` at once. One that leaves `paused` forgets why it was, and where
   * it had paused by itself, its failures are counted anew; its canary may pause it again at once.
   */
  moveCampaign(request: {
    readonly id: CampaignId;
    readonly from: readonly CampaignState[];
    readonly to: CampaignState;
    readonly patch?: CampaignPatch;
    readonly now: number;
  }): Promise<Campaign | null>;
  /** Scheduled campaigns that are due, and campaigns whose expansion is not complete. Soonest first. */
  campaignsToExpand(now: number, limit: number): Promise<readonly Campaign[]>;
  /** When the next scheduled campaign is due; null when there is none. */
  nextScheduledAt(): Promise<number | null>;
  /**
   * Adds recipients (or exclusions) and moves the cursor, in one transaction, if the campaign is still `expanding` and its
   * cursor is still `from`. Known and excluded recipients are left out. Answers how many were added, or null when refused. What is
   * added while the campaign has `canaryLeft` waits for the canary: it has no `dueAt`, and a turn claims no more of such rows than
   * `canaryLeft`, which every claim lowers.
   */
  expand(request: {
    readonly id: CampaignId;
    readonly from: ExpansionCursor;
    readonly to: ExpansionCursor;
    readonly now: number;
    readonly add:
      | { readonly kind: "recipients"; readonly deliveries: readonly NewDelivery[] }
      | { readonly kind: "exclusions"; readonly keys: readonly RecipientKey[] };
  }): Promise<number | null>;
  /**
   * The same for up to `limit` of the next known people after `from.after`, by one statement. Answers how many were added and
   * the last person walked; `after` is null when there were none left.
   */
  expandEveryone(request: {
    readonly id: CampaignId;
    readonly from: ExpansionCursor;
    readonly limit: number;
    readonly now: number;
  }): Promise<{ readonly added: number; readonly after: string | null } | null>;
  /** Ends the expansion: `expanding` → `sending` (→ `finished` at once when there is nothing to send). */
  finishExpansion(id: CampaignId, now: number): Promise<Campaign | null>;
  /**
   * Turns up to `limit` pending rows of a cancelled campaign to `cancelled`, or to `uncertain` where they were tried before and
   * may have arrived; answers how many.
   */
  cancelPending(id: CampaignId, limit: number, now: number): Promise<number>;
  /** Cancelled campaigns that still have pending rows; the longest untouched first. */
  campaignsToCancel(limit: number): Promise<readonly CampaignId[]>;
  /**
   * Moves up to `limit` pending rows of campaigns past `expiresAt` to `failed` / DELIVERY_EXPIRED, or to `uncertain` where they
   * were tried before and may have arrived; answers how many.
   */
  expirePending(now: number, limit: number): Promise<number>;
  /** The newest 5,000 campaigns by state, notifications not among them; states without one are left out. */
  countCampaigns(): Promise<readonly { readonly state: CampaignState; readonly count: number }[]>;
  /** Whether `expirePending` has anything to do. */
  hasExpired(now: number): Promise<boolean>;
  /** `held`: pending deliveries that wait for the canary. */
  counts(id: CampaignId): Promise<{
    readonly counts: DeliveryCounts;
    readonly resent: number;
    readonly held: number;
  }>;
  /** Failed, skipped and uncertain deliveries counted by code. */
  countsByCode(
    id: CampaignId,
  ): Promise<
    readonly { readonly state: DeliveryState; readonly code: ErrorCode; readonly count: number }[]
  >;
  listDeliveries(
    id: CampaignId,
    page: PageRequest & { readonly state?: DeliveryState },
  ): Promise<Page<Delivery>>;
  getDelivery(id: CampaignId, recipient: RecipientKey): Promise<Delivery | null>;
  attemptsOf(id: CampaignId, recipient: RecipientKey): Promise<readonly Attempt[]>;
  /**
   * The last deliveries to a recipient, by any of these keys: up to `limit` of those in the `campaignsMax` newest campaigns and
   * notifications, the newest first.
   */
  deliveriesTo(request: {
    readonly scope: Scope;
    readonly recipients: readonly RecipientKey[];
    readonly limit: number;
    readonly campaignsMax: number;
  }): Promise<readonly PastDelivery[]>;

  /**
   * Takes a lane that nobody holds; renews the worker's own, with the same fence; or takes it from a holder that is dead or
   * silent, if they took no turn since they were seen as `from`. Answers the holder where that is somebody else. Compares no
   * instants: whether a lease is over is judged by those who look, because the clocks of two machines may differ. `leftUntil` is
   * what the last one gave a free lane back with; null where nobody gave it back.
   */
  acquireLane(request: {
    readonly scope: Scope;
    readonly worker: WorkerId;
    readonly leaseUntil: number;
    readonly from?: LaneHolder;
  }): Promise<
    { readonly hold: LaneHold; readonly leftUntil: number | null } | { readonly holder: LaneHolder }
  >;
  /** Gives a lane back; `leftUntil`: until when requests made in it count at the platform. */
  releaseLane(hold: LaneHold, leftUntil: number): Promise<void>;
  /**
   * Turns up to `limit` rows that an earlier holder of the lane left in `sending` into `uncertain` (an attempt with reason
   * `worker-died` is recorded), then into `pending` where the campaign's policy is `resend` (that of changes always is) and it is
   * not over. Answers how many, and which campaigns finished, or paused by themselves, by that.
   */
  recoverLane(
    hold: LaneHold,
    limit: number,
    now: number,
  ): Promise<{
    readonly resent: number;
    readonly held: number;
    readonly finished: readonly CampaignId[];
    readonly paused: readonly CampaignId[];
  }>;
  /**
   * The instant of the lane's last turn, by the clock of whoever took it; null where nothing waits for an instant in the lane, neither
   * a delivery nor a time of quiet. Somebody for whom that is still to come has had the clock set back since.
   */
  laneTurnedAt(scope: Scope): Promise<number | null>;
  /** Lanes with open campaigns, rows in `sending` or asks for slots, and who holds them. */
  openLanes(botId: BotId): Promise<readonly OpenLane[]>;
  takeTurn(request: TurnRequest): Promise<TurnResult>;
}

/** All storage. Failures are `StoreError`s; nothing of a failed call is kept. */
export interface Store {
  readonly directory: DirectoryStore;
  readonly ledger: LedgerStore;
  readonly inbound: InboundStore;
  readonly keys: KeyStore;
  readonly jobs: Jobs;
  /** Null where nobody tells, so that looking is all there is. */
  readonly wakes: WakeSource | null;
  /** A write that changes nothing but proves that writing works; for /readyz. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

import type { Audience, Message } from "./message.ts";

export type CampaignState =
  | "draft"
  | "scheduled"
  | "expanding"
  | "sending"
  | "paused"
  | "finished"
  | "cancelled";
export type Priority = "urgent" | "normal" | "bulk";
export type DeliveryState =
  | "pending"
  | "sending"
  | "accepted"
  | "failed"
  | "skipped"
  | "cancelled"
  | "uncertain";
/** What happens where it cannot be known whether a message arrived: try again (it may arrive twice), or leave it. */
export type OnUncertain = "resend" | "hold";

/** Deliveries by state; `total` is their sum. */
export type DeliveryCounts = Readonly<Record<DeliveryState | "total", number>>;

/** Options common to notifications and campaigns. Instants are ISO 8601 with an offset, such as `2026-12-24T09:00:00+01:00`. */
export interface SendOptions {
  readonly topic?: string;
  /** Default `normal` for notifications, `bulk` for campaigns. */
  readonly priority?: Priority;
  readonly sendAt?: string;
  /** Nothing is tried after this instant. What was accepted by then stays where it is. */
  readonly expiresAt?: string;
  /** What was accepted is deleted at this instant, as by a recall; and nothing is tried after it. */
  readonly recallAt?: string;
  /** Default `resend`. */
  readonly onUncertain?: OnUncertain;
  /** For a bot in several tenants. */
  readonly tenantId?: string;
}

export interface NewCampaign extends SendOptions {
  readonly name: string;
  readonly message: Message;
  readonly audience: Audience;
  /** The campaign's own cap, deliveries per second. */
  readonly ratePerSecond?: number;
  readonly canary?: NewCanary;
  readonly stopWhen?: NewStopWhen;
}

/** Some deliveries go before all others: `count` of them, or `percent` of all. */
export interface NewCanary {
  readonly count?: number;
  readonly percent?: number;
  /** What follows once each of them has ended: `wait` (default) for a person who resumes the campaign, or `continue`. */
  readonly then?: "continue" | "wait";
}

/** The campaign pauses when more than `failedPercent` in a hundred failed, of `atLeast` (default 20) that were tried. */
export interface NewStopWhen {
  readonly failedPercent: number;
  readonly atLeast?: number;
}

/** Which deliveries are to be tried again. */
export interface Retry {
  /** Default `failed`; with `recipient`, whichever of the three it is. */
  readonly states?: readonly ("failed" | "uncertain" | "skipped")[];
  /** Only those with one of these codes. */
  readonly codes?: readonly string[];
  /** One recipient alone, as the delivery names it; or a person by object id, UPN or `29:` id. */
  readonly recipient?: string;
}

/** Which uncertain deliveries stay as they are. Default: all of them. */
export interface Leave {
  /** One recipient alone, as the delivery names it; or a person by object id, UPN or `29:` id. */
  readonly recipient?: string;
}

/** What stands in the way, in words for a person. */
export interface Attention {
  readonly code: string;
  /** What was observed. */
  readonly detail: string;
  /** What to do about it, or that it goes on by itself. */
  readonly next: string;
  readonly since: string;
  /** When the service tries again by itself; null where somebody has to act. */
  readonly retryAt: string | null;
}

/** `edit`: messages are replaced. `recall`: they are deleted. */
export type ChangeKind = "edit" | "recall";

/** Another message in place of the present one. */
export interface NewEdit {
  readonly message: Message;
  /** Of the updates. Default: that of what is edited. */
  readonly priority?: Priority;
}

export interface NewRecall {
  /** Of the deletes. Default `urgent`. */
  readonly priority?: Priority;
}

/**
 * An edit or recall, as what it changes lists it. It is a campaign itself, whose deliveries are the messages to be changed: its
 * id works wherever a campaign's does.
 */
export interface Change {
  readonly id: string;
  readonly kind: ChangeKind;
  readonly state: CampaignState;
  readonly counts: DeliveryCounts;
  readonly reasons: CampaignSummary["reasons"];
  readonly createdAt: string;
}

/** A campaign in a list: all but its message and audience. */
export interface CampaignSummary {
  readonly id: string;
  /** `edit` and `recall` change what `changeOf` has brought. */
  readonly kind: "campaign" | "notification" | ChangeKind;
  readonly changeOf: string | null;
  readonly name: string;
  readonly state: CampaignState;
  readonly topic: string | null;
  readonly priority: Priority;
  readonly onUncertain: OnUncertain;
  readonly counts: DeliveryCounts;
  /** Deliveries that were tried again after `uncertain`. */
  readonly resent: number;
  readonly canary: {
    readonly count: number | null;
    readonly percent: number | null;
    readonly then: "continue" | "wait";
    /** Pending deliveries that wait for it. */
    readonly held: number;
    /** Whether it holds nothing back (any more). */
    readonly released: boolean;
  } | null;
  readonly stopWhen: { readonly failedPercent: number; readonly atLeast: number } | null;
  /** Deliveries per second, as measured over the last seconds; 0 while nothing moves. */
  readonly ratePerSecond: number;
  /** The campaign's own cap. */
  readonly rateCap: number | null;
  readonly etaSeconds: number | null;
  /** Deliveries counted by code, for those with one. */
  readonly reasons: readonly {
    readonly state: DeliveryState;
    readonly code: string;
    readonly count: number;
  }[];
  readonly attention: Attention | null;
  readonly sendAt: string | null;
  readonly expiresAt: string | null;
  /** When what was accepted is deleted. */
  readonly recallAt: string | null;
  /** When it was recalled first: nothing of it is sent or edited any more. */
  readonly recalledAt: string | null;
  /** Its edits and recalls, the newest first; 20 at most. */
  readonly changes: readonly Change[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export interface Campaign extends CampaignSummary {
  readonly message: Message;
  /** As it was before its first edit; null where there was none. */
  readonly originalMessage: Message | null;
  readonly audience: Audience;
}

/** What a campaign would do, as far as is known without doing it. */
export interface Preflight {
  /** Null where it cannot be known before a roster is read. */
  readonly recipients: number | null;
  /** Of them, how many will be skipped or fail, by code. */
  readonly expected: readonly { readonly code: string; readonly count: number }[];
  readonly requests: number | null;
  readonly seconds: number | null;
  readonly messageBytes: number;
  readonly messageBytesMax: number;
  readonly warnings: readonly string[];
}

/** One row of the ledger: what became of the message to one recipient. */
export interface Delivery {
  readonly recipient: string;
  readonly state: DeliveryState;
  /** Requests made for it. */
  readonly attempts: number;
  readonly code: string | null;
  readonly activityId: string | null;
  readonly conversationId: string | null;
  readonly updatedAt: string;
  readonly detail: string | null;
  /** How often it was tried again after `uncertain`. */
  readonly resent: number;
  /** When it may next be tried, while it is pending. */
  readonly dueAt: string | null;
  /** What became of the newest edit or recall of this message; null where none is. */
  readonly change: {
    readonly id: string;
    readonly kind: ChangeKind;
    readonly state: DeliveryState;
    readonly code: string | null;
    readonly detail: string | null;
  } | null;
}

/** One recorded request to Teams. First-time successes have none; the delivery row says it all. */
export interface Attempt {
  readonly number: number;
  readonly operation: "create-conversation" | "create-thread" | "send" | "update" | "delete";
  readonly at: string;
  readonly outcome: {
    readonly kind:
      | "accepted"
      | "throttled"
      | "transient"
      | "uncertain"
      | "unreachable"
      | "unauthorized"
      | "rejected";
    readonly reason?: string;
    readonly retryAfterMs?: number | null;
    readonly scope?: "conversation" | "lane" | "unknown";
  };
  readonly evidence: {
    readonly status: number | null;
    readonly platformCode: string | null;
    readonly subCode: string | null;
    readonly detail: string | null;
    readonly requestId: string | null;
    readonly retryAfterMs: number | null;
    readonly latencyMs: number;
  };
  /** What was decided, and why, in one sentence. */
  readonly decision: string;
}

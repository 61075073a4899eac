/**
 * What the processes of one lane tell each other by way of the store: a part of the ledger.
 *
 * Every request of a bot to a tenant is let in by the process that holds the lane, because the platform counts them together. One
 * that another process has to make, such as a page of a roster, walked through: it asks for a slot (`askSlot`); the holder finds
 * the ask with its next turn, lets it in like a request of its own, and grants it with the turn after that; the other process sees
 * it granted (`slotOf`), makes its request at once, and says with `endSlot` that it is over, and what a 429 asked for.
 */
import type { TrafficClass } from "../../domain/campaign.ts";
import type { CampaignId } from "../../domain/ids.ts";
import type { Recipient } from "../../domain/target.ts";
import type { Place } from "../throttles.ts";
import type { Scope } from "./store.ts";

/** A request that a process without the lane wants to make. */
export interface SlotAsk extends Place {
  /** Made once in all processes. */
  readonly id: string;
  readonly trafficClass: TrafficClass;
}

/** A conversation that Teams asked to be left alone until an instant of the machine's clock. */
export interface QuietPlace extends Place {
  readonly until: number;
}

/** A delivery that was put off before it was tried, to be claimed from `dueAt` on. */
export interface PostponedDelivery {
  readonly campaignId: CampaignId;
  readonly priority: TrafficClass;
  readonly recipient: Recipient;
  /** As in a claim: what was asked for earlier has a smaller one. */
  readonly entry: number;
  readonly dueAt: number;
}

/** What a turn tells other processes. */
export interface TurnSlots {
  /** Asks that were let in. */
  readonly grants: readonly string[];
  readonly quiet: readonly QuietPlace[];
}

/** What a turn hears of other processes. */
export interface TurnNews {
  /** Asks that are not granted yet, the oldest first: at most 16. */
  readonly asks: readonly SlotAsk[];
  /** How many granted ones have not ended. */
  readonly lent: number;
  /** The latest instant until which the lane was asked for quiet, as any process was told; null where it was not. */
  readonly quietUntil: number | null;
}

/** Slots and times of quiet. Instants are those of the lane's holder, whose last turn says what time it is. */
export interface SlotStore {
  /** Asks for one request, at the instant of the lane's last turn; the same ask twice is one. */
  askSlot(scope: Scope, ask: SlotAsk): Promise<void>;
  /**
   * How an ask stands, and whether the lane was asked for quiet beyond its last turn; null where it was forgotten: it ended, or was
   * asked for longer ago than a minute.
   */
  slotOf(
    scope: Scope,
    id: string,
  ): Promise<{ readonly isGranted: boolean; readonly isQuiet: boolean } | null>;
  /**
   * An ask is over: its request ended or was not made. The lane is to be quiet for `quietMs` from its next turn on, which is when its
   * holder hears of it; a shorter time than one that waits to be heard changes nothing.
   */
  endSlot(scope: Scope, id: string, quietMs: number | null): Promise<void>;
  /** Records that no request of the lane may start before `until`; an earlier instant than the one recorded changes nothing. */
  quietLane(scope: Scope, until: number): Promise<void>;
  /** The latest instant recorded by `quietLane`, by whatever process; null where there is none. */
  laneQuietUntil(scope: Scope): Promise<number | null>;
  /**
   * What the next holder of a lane has to know of what earlier ones did: conversations to leave alone, and deliveries of open
   * campaigns that were put off untried to later than `now`, in the order in which they were asked for: by campaign. At most
   * 1,000 of each class, of the campaigns that are due soonest; a campaign that has others due now is left out.
   */
  laneMemory(
    scope: Scope,
    now: number,
  ): Promise<{
    readonly quiet: readonly QuietPlace[];
    readonly postponed: readonly PostponedDelivery[];
  }>;
}

/** So long an ask is kept that nobody ends. */
export const slotKeptMs = 60_000;

import { classOfRank, type TrafficClass } from "../domain/campaign.ts";
import type { CampaignId, RecipientKey } from "../domain/ids.ts";
import {
  type PostponedDelivery,
  type QuietPlace,
  type SlotAsk,
  slotKeptMs,
  type TurnNews,
} from "../engine/ports/slot-store.ts";
import type { TurnResult } from "../engine/ports/store.ts";
import type { ThreadUse } from "../engine/thread-windows.ts";
import { recipientOf } from "./recipient-rows.ts";

/** A request that a process without the lane asked for. */
export interface SlotRow {
  readonly slot_id: string;
  readonly thread_use: ThreadUse;
  readonly conversation: string;
  readonly priority: number;
  readonly asked_at: number;
  readonly granted: number;
}

/** The columns of {@link SlotRow}. */
export const slotColumns = "slot_id, thread_use, conversation, priority, asked_at, granted";

/** What a turn hears of the lane's slots, and which of them nobody ends any more. */
export function slotNews(
  rows: readonly SlotRow[],
  now: number,
): Pick<TurnNews, "asks" | "lent"> & { readonly stale: readonly string[] } {
  const kept = rows.filter((row) => row.asked_at > now - slotKeptMs);
  return {
    asks: kept
      .filter((row) => row.granted === 0)
      .slice(0, asksMax)
      .map(askOf),
    lent: kept.filter((row) => row.granted !== 0).length,
    stale: rows.filter((row) => !kept.includes(row)).map((row) => row.slot_id),
  };
}

function askOf({ slot_id, thread_use, conversation, priority }: SlotRow): SlotAsk {
  const trafficClass: TrafficClass = classOfRank(priority) ?? "bulk";
  return { id: slot_id, use: thread_use, conversation, trafficClass };
}

/** A conversation that is to be left alone. */
export interface QuietRow {
  readonly thread_use: ThreadUse;
  readonly conversation: string;
  readonly quiet_until: number;
}

/** The place that a row names. */
export function quietPlaceOf({ thread_use, conversation, quiet_until }: QuietRow): QuietPlace {
  return { use: thread_use, conversation, until: quiet_until };
}

/** A delivery that was put off before it was tried. */
export interface PostponedRow {
  readonly campaign_id: CampaignId;
  readonly priority: number;
  readonly entry: number;
  readonly recipient_key: RecipientKey;
  readonly recipient: string | null;
  readonly due_at: number;
}

/** Those that were put off, in the order in which their campaigns were stored. */
export function postponedOf(rows: readonly PostponedRow[]): readonly PostponedDelivery[] {
  return rows.toSorted(byEntry).map((row) => ({
    campaignId: row.campaign_id,
    priority: classOfRank(row.priority) ?? "bulk",
    recipient: recipientOf(row.recipient_key, row.recipient),
    entry: row.entry,
    dueAt: row.due_at,
  }));
}

function byEntry(a: PostponedRow, b: PostponedRow): number {
  return a.priority - b.priority || a.entry - b.entry;
}

/** What a turn answers of a lane that another worker holds. */
export const turnRefused: TurnResult = {
  held: false,
  claimed: [],
  finished: [],
  paused: [],
  nextDueAt: null,
  ignored: 0,
  asks: [],
  lent: 0,
  quietUntil: null,
};

const asksMax = 16;
/** More of one lane are not looked at in one turn. */
export const slotsMax = 256;

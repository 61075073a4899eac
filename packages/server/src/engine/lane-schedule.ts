import { renewMs } from "./lease-times.ts";

/** How a lane works: paced by a ceiling, or as fast as answers come. */
export interface LaneMode {
  readonly isPaced: boolean;
  /** Requests in flight at once. */
  readonly inFlightMax: number;
}

/** What a lane's next step depends on. Instants are the lane's clock's; Infinity = never. */
export interface LaneSituation {
  readonly now: number;
  /** Somebody said that there is work. */
  readonly isPoked: boolean;
  /** How many urgent deliveries were announced and not claimed yet. */
  readonly urgent: number;
  /** When the next pending delivery is due, as the last turn said. */
  readonly dueAt: number;
  /** Deliveries in memory: claimed and not settled. */
  readonly open: number;
  /** Requests that wait to start. */
  readonly waiting: number;
  /** Settlements not written yet, and when the first of them came. */
  readonly unwritten: number;
  readonly unwrittenSince: number;
  /** When the last turn was. */
  readonly turnAt: number;
  /** How many requests the pacer lets start in the next {@link aheadMs}, and when the first. */
  readonly startsAhead: number;
  readonly startsAt: number;
  /** From when on the circuit lets a request through. */
  readonly circuitAt: number;
  readonly isHalted: boolean;
  readonly isStopping: boolean;
}

/** How far ahead of their start paced deliveries are claimed: a crash leaves few `sending`, and urgent ones overtake at once. */
export const aheadMs = 250;
/** Unpaced deliveries are claimed by so many at once… */
const batch = 256;
/** …as soon as fewer than this wait, so that requests never run dry while a turn commits. */
export const lowWater = 128;
const urgentMax = 16;
const urgentWaitingMax = 64;
const openMax = 1024;

/** How many deliveries to claim now. */
export function claimCount(lane: LaneSituation, mode: LaneMode): number {
  if (lane.isStopping) return 0;
  if (lane.isHalted) return lane.circuitAt <= lane.now && lane.open === 0 ? 1 : 0;
  // Urgent ones are claimed beyond what may start soon, so that they wait in front of the others.
  const urgent = lane.waiting < urgentWaitingMax ? Math.min(lane.urgent, urgentMax) : 0;
  if (lane.open >= openMax) return urgent;
  if (!mode.isPaced) return lane.waiting < lowWater ? batch : urgent;
  const room = Math.min(lane.startsAhead, batch) - lane.waiting;
  return Math.max(0, room, urgent);
}

/** When the lane should take its next turn: not later than `now` where that is at once. */
export function nextTurnAt(lane: LaneSituation, mode: LaneMode): number {
  return Math.min(claimAt(lane, mode), writeAt(lane), lane.turnAt + renewMs);
}

function claimAt(lane: LaneSituation, mode: LaneMode): number {
  const dueAt = lane.isPoked ? lane.now : lane.dueAt;
  if (lane.isStopping) return Number.POSITIVE_INFINITY;
  if (dueAt > lane.now) return dueAt;
  if (claimCount(lane, mode) > 0) {
    // Paced claims are taken in larger steps than one, unless something is urgent or nothing is left.
    const isSoon = lane.urgent > 0 || lane.waiting === 0 || !mode.isPaced;
    return isSoon ? lane.now : lane.turnAt + tickMs;
  }
  if (lane.isHalted) return lane.open > 0 ? Number.POSITIVE_INFINITY : lane.circuitAt;
  // Unpaced, a request that ends wakes the lane.
  return mode.isPaced
    ? Math.max(lane.now + tickMs, lane.startsAt - aheadMs)
    : Number.POSITIVE_INFINITY;
}

function writeAt(lane: LaneSituation): number {
  if (lane.unwritten === 0) return Number.POSITIVE_INFINITY;
  if (lane.open === 0 || lane.unwritten >= batch) return lane.now;
  return lane.unwrittenSince + (lane.waiting > 0 ? tickMs : idleWriteMs);
}

const tickMs = 100;
const idleWriteMs = 50;

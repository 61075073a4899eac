import { classRank, type TrafficClass, trafficClasses } from "../domain/campaign.ts";
import { shareEvery } from "./class-shares.ts";
import { renewMs } from "./lease-times.ts";

/** How a lane works: paced by a ceiling, or as fast as answers come. */
export interface LaneMode {
  readonly isPaced: boolean;
  /** Whether deliveries are worked on; if not, the lane is taken for single requests only. */
  readonly claims: () => boolean;
}

/** What a lane's next step depends on. Instants are the lane's clock's; Infinity = never. */
export interface LaneSituation {
  readonly now: number;
  /** Somebody said that there is work. */
  readonly isPoked: boolean;
  /** How many deliveries that are urgent, or answers to people who act, were announced and not claimed yet. */
  readonly urgent: number;
  /** What to claim at once beyond that; see {@link behindOf}. */
  readonly behind: Behind | null;
  /** When the next pending delivery is due, as the last turn said. */
  readonly dueAt: number;
  /** Deliveries in memory: claimed and not settled. */
  readonly open: number;
  /** Of them, how many have a request under way. */
  readonly inFlight: number;
  /** Deliveries that wait to start. */
  readonly waiting: number;
  /** Of them, how many are of each class. */
  readonly waitingIn: (trafficClass: TrafficClass) => number;
  /** Settlements not written yet, and when the first of them came. */
  readonly unwritten: number;
  readonly unwrittenSince: number;
  /** When the last turn was. */
  readonly turnAt: number;
  /** How far ahead of their start deliveries are claimed: see {@link aheadOf}. */
  readonly aheadMs: number;
  /** How many requests the pacer lets start in that time, and when the first. */
  readonly startsAhead: number;
  readonly startsAt: number;
  /** From when on the circuit lets a request through. */
  readonly circuitAt: number;
  readonly isHalted: boolean;
  /** Other processes wait for slots, or may have to tell something; and whether there are slots to grant. */
  readonly isLending: boolean;
  readonly hasGrants: boolean;
  readonly isStopping: boolean;
}

/**
 * How far ahead of their start paced deliveries are claimed, where a turn takes so long: little, so that a crash leaves few
 * `sending`; but enough for the lane not to run dry while the store takes its time.
 */
export function aheadOf(turnMs: number): number {
  return Math.min(aheadMsMax, aheadMsMin + 2 * turnMs);
}
const aheadMsMin = 250;
const aheadMsMax = 2000;
/** Unpaced deliveries are claimed by so many at once… */
const batch = 256;
/** …as soon as fewer than this wait, so that requests never run dry while a turn commits. */
export const lowWater = 128;
const urgentMax = 16;
const urgentWaitingMax = 64;
/** Deliveries in memory that have no request under way: they wait for their start, their conversation or its windows. */
const idleMax = 768;

/** How many deliveries to claim now, in order of urgency. */
export function claimCount(lane: LaneSituation, mode: LaneMode): number {
  if (lane.isStopping || !mode.claims()) return 0;
  if (lane.isHalted) return lane.circuitAt <= lane.now && lane.open === 0 ? 1 : 0;
  // Urgent ones are claimed beyond what may start soon, so that they wait in front of the others.
  const urgent = lane.waiting < urgentWaitingMax ? Math.min(lane.urgent, urgentMax) : 0;
  if (lane.open - lane.inFlight >= idleMax) return urgent;
  if (!mode.isPaced) return lane.waiting < lowWater ? batch : urgent;
  const room = startsOf(lane, mode) - (lane.waiting - waitingAsShare(lane, mode));
  return Math.max(0, room, urgent, lane.behind === null ? 0 : 1);
}

/** So many of a class, and of each that is more urgent, are to be claimed if they are due. */
export interface Behind {
  readonly trafficClass: TrafficClass;
  readonly count: number;
}

/** What a turn claimed, and how many of it came to the door. */
export interface LastClaim {
  /** How many were asked for in order of urgency. */
  readonly asked: number;
  readonly classes: readonly TrafficClass[];
  /** How many started, or wait for a start: the others wait for their conversation, its windows, or their campaign's cap. */
  readonly atDoor: number;
}

/**
 * What to claim next, and at once, because what the last turn claimed for its urgency cannot start: less urgent ones wait at the
 * door and would start, while behind those that cannot more may be due that is as urgent. Twice as many each time, so that not
 * even hundreds for one conversation hold up what is urgent elsewhere. Null where none of that is so.
 */
export function behindOf(last: LastClaim, lane: LaneSituation, mode: LaneMode): Behind | null {
  const trafficClass =
    last.asked > 0 ? [...last.classes].sort(byUrgency)[last.asked - 1] : undefined;
  if (trafficClass === undefined || !mode.isPaced || lane.isHalted) return null;
  if (last.atDoor >= last.classes.length || lane.startsAhead <= 0) return null;
  const first = trafficClasses.find((one) => lane.waitingIn(one) > 0);
  if (first === undefined || byUrgency(first, trafficClass) <= 0) return null;
  const count = Math.min(batch, Math.max(urgentMax, 2 * (lane.behind?.count ?? 0)));
  return { trafficClass, count };
}

function byUrgency(a: TrafficClass, b: TrafficClass): number {
  return classRank(a) - classRank(b);
}

/**
 * How many of each class to claim at least, where its urgency gives it fewer: so that the share of starts that is its own never
 * lacks deliveries. Nothing where that many of it wait already. The most urgent class needs no share. And what is to be claimed
 * behind others that cannot start.
 */
export function claimShares(
  lane: LaneSituation,
  mode: LaneMode,
): Readonly<Partial<Record<TrafficClass, number>>> {
  // A halted lane claims one, to see whether it may go on: the most urgent there is.
  if (lane.isHalted) return {};
  const share = shareOf(lane, mode);
  return Object.fromEntries(
    trafficClasses
      .map((one) => [one, Math.max(behindIn(one, lane), lacking(one, lane, share))] as const)
      .filter(([, count]) => count > 0),
  );
}

/** How many a class lacks of its share; the most urgent needs none. */
function lacking(one: TrafficClass, lane: LaneSituation, share: number): number {
  return sharing.includes(one) ? Math.max(0, share - lane.waitingIn(one)) : 0;
}

function behindIn(one: TrafficClass, { behind }: LaneSituation): number {
  return behind !== null && byUrgency(one, behind.trafficClass) <= 0 ? behind.count : 0;
}

const sharing: readonly TrafficClass[] = trafficClasses.slice(1);

/** How many that wait are no more than the shares of their classes: they take no room from what is more urgent. */
function waitingAsShare(lane: LaneSituation, mode: LaneMode): number {
  const share = shareOf(lane, mode);
  return sharing.reduce((sum, one) => sum + Math.min(share, lane.waitingIn(one)), 0);
}

/** One more than a class may start as its share until the next turn, so that it is never found without. */
function shareOf(lane: LaneSituation, mode: LaneMode): number {
  const starts = startsOf(lane, mode);
  return starts > 0 ? Math.ceil(starts / shareEvery) + 1 : 0;
}

function startsOf(lane: LaneSituation, mode: LaneMode): number {
  return mode.isPaced ? Math.min(lane.startsAhead, batch) : batch;
}

/** When the lane should take its next turn: not later than `now` where that is at once. */
export function nextTurnAt(lane: LaneSituation, mode: LaneMode): number {
  return Math.min(claimAt(lane, mode), writeAt(lane), lendAt(lane), lane.turnAt + renewMs);
}

function lendAt(lane: LaneSituation): number {
  if (lane.hasGrants) return lane.now;
  return lane.isLending ? lane.turnAt + tickMs : Number.POSITIVE_INFINITY;
}

function claimAt(lane: LaneSituation, mode: LaneMode): number {
  const dueAt = lane.isPoked ? lane.now : lane.dueAt;
  if (lane.isStopping) return Number.POSITIVE_INFINITY;
  if (!mode.claims()) return lane.isPoked ? lane.now : Number.POSITIVE_INFINITY;
  if (dueAt > lane.now) return dueAt;
  if (claimCount(lane, mode) > 0) {
    // Paced claims are taken in larger steps than one, unless something is urgent or nothing is left.
    const isUrgent = lane.urgent > 0 || lane.behind !== null;
    const isSoon = isUrgent || lane.waiting === 0 || !mode.isPaced;
    return isSoon ? lane.now : lane.turnAt + tickMs;
  }
  if (lane.isHalted) return lane.open > 0 ? Number.POSITIVE_INFINITY : lane.circuitAt;
  // Unpaced, a request that ends wakes the lane.
  return mode.isPaced
    ? Math.max(lane.now + tickMs, lane.startsAt - lane.aheadMs)
    : Number.POSITIVE_INFINITY;
}

function writeAt(lane: LaneSituation): number {
  if (lane.unwritten === 0) return Number.POSITIVE_INFINITY;
  if (lane.open === 0 || lane.unwritten >= batch) return lane.now;
  return lane.unwrittenSince + (lane.waiting > 0 ? tickMs : idleWriteMs);
}

const tickMs = 100;
const idleWriteMs = 50;

import { classRank, type TrafficClass } from "../domain/campaign.ts";
import type { CampaignId } from "../domain/ids.ts";

/** A delivery as its conversation knows it. */
export interface Visitor {
  readonly conversation: string;
  readonly campaignId: CampaignId;
  /** Names the delivery, the same each time it comes. */
  readonly key: string;
  readonly trafficClass: TrafficClass;
  /** It was tried before, and answered: then it has no place in the order any more. */
  readonly isRetry: boolean;
  /** The number of its campaign: what was asked for earlier has a smaller one. */
  readonly entry: number;
  /** An earlier holder of the lane sent it back: whoever comes and was asked for before it goes before it. */
  readonly isFromBefore: boolean;
  /** Its place in the order of first coming; given by the conversation. */
  order?: number;
  /** Asks one that is inside and waits for its start to go back, because a more urgent one came. */
  stepBack?: (() => void) | null;
}

/** One that was sent back and has not come again. */
interface Absent
  extends Pick<Visitor, "campaignId" | "key" | "trafficClass" | "entry" | "isFromBefore"> {
  readonly order: number;
  /** When it comes again. */
  readonly until: number;
}

/**
 * Lets one delivery at a time into a conversation, the most urgent class first and within a class in the order in which they
 * first came: two sends to the same conversation never overlap, and none overtakes another. Those that cannot stay are sent
 * back to the ledger; it is remembered who they are, and whoever came after them is sent back, too, until they are here again.
 * Remembers only conversations that somebody is in, or was sent back from.
 */
export class ConversationTurns {
  readonly #inside = new Map<string, Inside>();
  readonly #absent = new Map<string, Map<string, Absent>>();
  #sweepAbove = sweepAboveMin;
  #count = 0;
  /** When deliveries were claimed last, and since when that goes on. */
  #claimedAt = Number.NEGATIVE_INFINITY;
  #claimsSince = Number.NEGATIVE_INFINITY;

  /** Enters at once where nobody is inside; answers whether it did. */
  tryEnter(visitor: Visitor): boolean {
    if (this.#inside.has(visitor.conversation)) return false;
    this.#inside.set(visitor.conversation, { visitor, waiting: null });
    return true;
  }

  /** Resolves when it is this visitor's turn. */
  enter(visitor: Visitor): Promise<void> {
    if (this.tryEnter(visitor)) return Promise.resolve();
    return new Promise((resolve) => {
      const inside = this.#inside.get(visitor.conversation);
      if (inside === undefined) return;
      inside.waiting ??= [];
      const at = inside.waiting.findIndex((one) => isBefore(visitor, one.visitor));
      inside.waiting.splice(at < 0 ? inside.waiting.length : at, 0, { visitor, resolve });
      if (isMoreUrgent(visitor, inside.visitor)) inside.visitor.stepBack?.();
    });
  }

  /** Hands the conversation to the next who waits. */
  leave({ conversation }: Visitor): void {
    const inside = this.#inside.get(conversation);
    const next = inside?.waiting?.shift();
    if (inside === undefined || next === undefined) {
      this.#inside.delete(conversation);
      return;
    }
    inside.visitor = next.visitor;
    next.resolve();
  }

  /**
   * When a visitor has to come back: because too many of its class wait, or one that came before it was sent back and is not here
   * again. Null where it may enter.
   */
  comeBackAt(visitor: Visitor, now: number): number | null {
    visitor.order ??= this.#orderOf(visitor);
    const depth = this.depth(visitor.conversation, visitor.trafficClass);
    if (depth < depthMax) return this.#overtakesUntil(visitor, now);
    const last = this.#lastBefore(visitor, now);
    return this.#postponed(visitor, Math.max(last, now + (depth - 1) * spacingMs) + spacingMs, now);
  }

  /** The same for one that waited and whose turn it is: somebody who stood before it may have been sent back meanwhile. */
  goBackAt(visitor: Visitor, now: number): number | null {
    return this.#overtakesUntil(visitor, now);
  }

  /** Remembers one that goes back and comes again at `until`. */
  sentBack(visitor: Visitor, until: number, now: number): void {
    if (visitor.isRetry) return;
    const { conversation, key, campaignId, trafficClass, entry } = visitor;
    const absent = this.#absent.get(conversation) ?? new Map<string, Absent>();
    if (absent.size >= absentMax && !absent.has(key)) return;
    visitor.order ??= this.#orderOf(visitor);
    const isFromBefore = visitor.isFromBefore || (absent.get(key)?.isFromBefore ?? false);
    const { order } = visitor;
    absent.set(key, { key, campaignId, trafficClass, entry, isFromBefore, order, until });
    this.#absent.set(conversation, absent);
    if (this.#absent.size > this.#sweepAbove) this.#sweep(now);
  }

  /** Deliveries are claimed: whoever is due may come. */
  claims(now: number): void {
    if (now - this.#claimedAt > claimsEveryMs) this.#claimsSince = now;
    this.#claimedAt = now;
  }

  /** Waits for none of a campaign's any more: it was paused, or is over. */
  forget(campaignId: CampaignId): void {
    for (const [conversation, absent] of this.#absent) {
      for (const one of absent.values()) if (one.campaignId === campaignId) absent.delete(one.key);
      if (absent.size === 0) this.#absent.delete(conversation);
    }
  }

  /** Waits for nobody any more: the lane is another's. */
  forgetAll(): void {
    this.#absent.clear();
  }

  /** How many are inside or wait, of this class or a more urgent one; of all where none is given. */
  depth(conversation: string, trafficClass: TrafficClass = "bulk"): number {
    const inside = this.#inside.get(conversation);
    if (inside === undefined) return 0;
    const counts = (one: Visitor) => classRank(one.trafficClass) <= classRank(trafficClass);
    const waiting = inside.waiting?.filter(({ visitor }) => counts(visitor)).length ?? 0;
    return waiting + (counts(inside.visitor) ? 1 : 0);
  }

  #orderOf({ conversation, key, entry }: Visitor): number {
    this.#count += 1;
    const absent = this.#absent.get(conversation);
    const known = absent?.get(key);
    if (known !== undefined) return known.order;
    let order = this.#count;
    for (const one of absent?.values() ?? [])
      if (one.isFromBefore && one.entry > entry)
        // Just before it, and after those that came to stand there already.
        order = Math.min(order, one.order - 1 / (this.#count + 1));
    return order;
  }

  /** Until when a visitor would overtake one of its class that was sent back; null where it would not, and is here from now on. */
  #overtakesUntil(visitor: Visitor, now: number): number | null {
    const absent = this.#absent.get(visitor.conversation);
    if (absent === undefined) return null;
    const last = visitor.isRetry ? Number.NEGATIVE_INFINITY : this.#lastBefore(visitor, now);
    if (last > Number.NEGATIVE_INFINITY)
      return this.#postponed(visitor, Math.max(last, now) + spacingMs, now);
    absent.delete(visitor.key);
    if (absent.size === 0) this.#absent.delete(visitor.conversation);
    return null;
  }

  #postponed(visitor: Visitor, at: number, now: number): number {
    this.sentBack(visitor, at, now);
    return at;
  }

  /** When the last of those of a class who came before and were sent back comes again; -Infinity where there is none. */
  #lastBefore({ conversation, trafficClass, order = 0 }: Visitor, now: number): number {
    let last = Number.NEGATIVE_INFINITY;
    const absent = this.#absent.get(conversation);
    for (const one of absent?.values() ?? []) {
      if (this.#isOverdue(one, now)) absent?.delete(one.key);
      else if (one.trafficClass === trafficClass && one.order < order)
        last = Math.max(last, one.until);
    }
    return last;
  }

  #isOverdue({ until }: Absent, now: number): boolean {
    return Math.max(until, this.#claimsSince) + patienceMs < now;
  }

  /** Forgets those who did not come when they should have. */
  #sweep(now: number): void {
    for (const [conversation, absent] of this.#absent) {
      for (const one of absent.values()) if (this.#isOverdue(one, now)) absent.delete(one.key);
      if (absent.size === 0) this.#absent.delete(conversation);
    }
    this.#sweepAbove = Math.max(sweepAboveMin, this.#absent.size * 2);
  }
}

interface Inside {
  visitor: Visitor;
  waiting: { readonly visitor: Visitor; readonly resolve: () => void }[] | null;
}

function isMoreUrgent(a: Visitor, b: Visitor): boolean {
  return classRank(a.trafficClass) < classRank(b.trafficClass);
}

/** More urgent; or of the same class and here earlier, perhaps before it was sent back. */
function isBefore(a: Visitor, b: Visitor): boolean {
  if (a.trafficClass !== b.trafficClass) return isMoreUrgent(a, b);
  return (a.order ?? Number.POSITIVE_INFINITY) < (b.order ?? Number.POSITIVE_INFINITY);
}

/** How many deliveries of a class to one conversation are kept in memory. */
const depthMax = 8;
/** A conversation takes a message every half second in the long run. */
const spacingMs = 500;
/** Who could have come for so long and does not is not waited for: his campaign was paused elsewhere, or ended. */
const patienceMs = 30_000;
/** A lane that claims less often, such as one that is halted or paused, has not given everybody a chance to come. */
const claimsEveryMs = 5000;
/** How many that were sent back are known by name in one conversation; those beyond come again in the order of their times. */
const absentMax = 1000;
const sweepAboveMin = 1000;

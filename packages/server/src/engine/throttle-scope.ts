/** How much of what a conversation allows our own requests had used. */
export type OwnUse = "alone" | "some" | "near";

/** A 429 of which the connector does not know what it spoke of, and all that is known of its request. */
export interface UnknownThrottle {
  readonly conversation: string;
  /** When the request started. */
  readonly startedAt: number;
  /** `alone`: it was the only one in two seconds; `near`: about as many as the conversation's own windows allow. */
  readonly ownUse: OwnUse;
  /** Whether nobody but this bot writes there, so that no other bot can have filled the conversation's windows. */
  readonly isOurs: boolean;
  /** The lane's starts in the second before the request, as a share of what it may start: 1 = all. */
  readonly laneLoad: number;
}

/**
 * Decides whether a 429 spoke of the conversation or of the whole lane: Teams does not say. What else was under way tells:
 *
 * | our requests there, in two seconds | in a personal chat | in a chat or channel that other bots may write into, too |
 * | --- | --- | --- |
 * | this one alone | the lane's | the lane's |
 * | some | the lane's | doubtful |
 * | about as many as its own windows allow, in a loaded lane | the lane's | doubtful |
 * | the same, in a lane that is not loaded | the conversation's | the conversation's |
 *
 * What other bots write counts in the conversation's windows, too, and we do not see it. A doubtful one counts as the
 * conversation's, until others get doubtful ones for requests that started within a second of its own, the lane's window:
 * in a loaded lane one other conversation is enough, where no more were accepted since the first of them than refused; in one that
 * is not loaded it takes two others, and none accepted. Then the lane is at its limit. Reads no clock.
 */
export class ThrottleScope {
  readonly #doubtful: UnknownThrottle[] = [];
  /** When the last requests started that were accepted; a ring. */
  readonly #accepted = new Float64Array(acceptedKept).fill(Number.NEGATIVE_INFINITY);
  #count = 0;

  /** A request that started at this instant was accepted. */
  accepted(startedAt: number): void {
    this.#accepted[this.#count % acceptedKept] = startedAt;
    this.#count += 1;
  }

  /** What it most likely spoke of. */
  judge(one: UnknownThrottle): "conversation" | "lane" {
    const isLoaded = one.laneLoad >= loadedShare;
    if (one.ownUse === "near" && !isLoaded) return "conversation";
    if (one.isOurs || one.ownUse === "alone") return "lane";
    this.#doubtful.push(one);
    if (this.#doubtful.length > doubtfulMax) this.#doubtful.shift();
    return this.#isLanes(one.startedAt, isLoaded) ? "lane" : "conversation";
  }

  /** Whether what happened around a doubtful one is more likely one lane's doing than several conversations'. */
  #isLanes(startedAt: number, isLoaded: boolean): boolean {
    const near = this.#doubtful.filter((one) => Math.abs(one.startedAt - startedAt) < laneWindowMs);
    const conversations = new Set(near.map(({ conversation }) => conversation)).size;
    const since = Math.min(...near.map((one) => one.startedAt));
    const accepted = this.#accepted.filter((at) => at >= since).length;
    return isLoaded
      ? conversations >= 2 && accepted <= near.length
      : conversations >= 3 && accepted === 0;
  }
}

/** A lane that starts this share of what it may is loaded: the platform's count may be a few requests ahead of ours. */
const loadedShare = 0.8;
const laneWindowMs = 1000;
/** More conversations cannot be near their limits within a second that matters. */
const doubtfulMax = 64;
const acceptedKept = 64;

import type { CampaignId, RecipientKey } from "../../../../server/src/domain/ids.ts";
import { leaseMs } from "../../../../server/src/engine/lease-times.ts";
import type { BrokenPromise } from "../check/promises.ts";
import { isDelivery, type RequestSubject } from "./requests.ts";

/** A request that started, seen where it leaves the process. */
export interface Start extends RequestSubject {
  readonly at: number;
  readonly process: number;
  readonly life: number;
  /** Null while it is under way, and where no answer came. */
  status: number | null;
}

/** A span in which a person could not be written to, as the directory knew. `until` is Infinity to the end. */
export interface Unreachable {
  readonly person: string;
  readonly from: number;
  until: number;
}

/** Which row of the ledger. */
export interface RowName {
  readonly campaignId: CampaignId;
  readonly recipient: RecipientKey;
}

interface Quiet {
  readonly act: "pause" | "cancel";
  readonly at: number;
  readonly process: number;
}

/**
 * What is seen of a run from outside the product: requests at the wire, commits at the database, answers to operators. All
 * instants are real ones, but for `expiry`, which the machine's clock decides.
 */
export class RunRecord {
  readonly starts: Start[] = [];
  /** Those that carried a message, by its mark. */
  readonly startsOf = new Map<string, Start[]>();
  /** By mark: when the engine first asked the connector to send it, whether or not a request came of it, and how many had been before. */
  readonly firstTries = new Map<string, { readonly at: number; readonly rank: number }>();
  readonly unreachable: Unreachable[] = [];
  readonly broken: BrokenPromise[] = [];
  /** When requests started that got a 429 of which the lane's holder cannot know, or cannot know that it is the lane's. */
  readonly doubts: number[] = [];
  /** When each marked campaign expires. */
  readonly expiry = new Map<string, number>();
  /** Every campaign and notification that was asked for, whether or not it was stored. */
  readonly campaigns = new Set<CampaignId>();
  /** When each of them was seen to begin, and to be over. */
  readonly began = new Map<CampaignId, number>();
  readonly over = new Map<CampaignId, number>();
  /** Lives that were ended. */
  readonly ended = new Set<number>();
  /** When lives were ended, or lost the lane: what they did last may not be written. */
  readonly cutOffs: { readonly life: number; readonly at: number }[] = [];
  /** Lives that stopped when they were told to. */
  readonly stopped = new Set<number>();
  readonly #startsAt = new Map<string, Start[]>();
  readonly #readsAt = new Map<string, Start[]>();
  readonly #createsFor = new Map<string, Start[]>();
  readonly #written = new Map<string, { readonly life: number; readonly at: number }[]>();
  readonly #quiet = new Map<string, Quiet>();
  /** How often each mark was asked to go on, without an answer so far. */
  readonly #resumes = new Map<string, number>();
  #holder: number | null = null;

  /** A request leaves; checks what can be checked at once. `shownAt` is what the machine's clock shows. */
  started(
    subject: RequestSubject,
    from: { readonly at: number; readonly process: number; readonly life: number },
    shownAt: number,
  ): Start {
    const start: Start = { ...subject, ...from, status: null };
    this.starts.push(start);
    const isRead = start.kind === "read";
    if (start.place !== null) pushTo(isRead ? this.#readsAt : this.#startsAt, start.place, start);
    if (start.member !== null) pushTo(this.#createsFor, start.member, start);
    if (start.mark !== null) pushTo(this.startsOf, start.mark, start);
    this.#check(start, shownAt);
    return start;
  }

  answered(start: Start, status: number | null): void {
    start.status = status;
    // A process that has ended tells nobody of a 429.
    const isUntold = this.ended.has(start.life);
    if (status === 429 && (isUntold || this.#looksLikeItsOwn(start))) this.doubts.push(start.at);
  }

  /** The requests that went to a conversation, but for reads, in the order of time. */
  startsAt(place: string): readonly Start[] {
    return this.#startsAt.get(place) ?? [];
  }

  /** The requests for a conversation with this person. */
  createsFor(person: string): readonly Start[] {
    return this.#createsFor.get(person) ?? [];
  }

  /** The engine asks the connector to send a message. */
  tries(mark: string, at: number): void {
    if (!this.firstTries.has(mark)) this.firstTries.set(mark, { at, rank: this.firstTries.size });
  }

  tookLane(life: number): void {
    this.#holder = life;
  }

  leftLane(life: number): void {
    if (this.#holder === life) this.#holder = null;
  }

  /** A turn of this life was committed that said something of this delivery. */
  wrote(life: number, row: RowName, at: number): void {
    pushTo(this.#written, shownRow(row), { life, at });
  }

  /**
   * Whether what a request came to may never be written: its life was ended, or lost the lane, before it wrote anything more
   * of this delivery.
   */
  mayBeLost({ life, at }: Start, row: RowName): boolean {
    const written = this.#written.get(shownRow(row)) ?? [];
    return this.cutOffs.some(
      (cut) =>
        cut.life === life &&
        at <= cut.at &&
        !written.some((one) => one.life === life && at <= one.at && one.at <= cut.at),
    );
  }

  /** An operator was answered: from now on the campaign is quiet. */
  quiet(mark: string, quiet: Quiet): void {
    const isAskedToGoOn = quiet.act === "pause" && (this.#resumes.get(mark) ?? 0) > 0;
    if (this.#quiet.get(mark)?.act !== "cancel" && !isAskedToGoOn) this.#quiet.set(mark, quiet);
  }

  /** Somebody asks for it to go on; from then until the answer a pause may be over as soon as it is made. */
  async resumes(mark: string, asked: () => Promise<unknown>): Promise<void> {
    this.#resumes.set(mark, (this.#resumes.get(mark) ?? 0) + 1);
    this.#mayGoOn(mark);
    try {
      await asked();
    } finally {
      this.#resumes.set(mark, (this.#resumes.get(mark) ?? 0) - 1);
    }
  }

  lost(person: string, at: number): void {
    if (this.unreachable.some((one) => one.person === person && one.until > at)) return;
    this.unreachable.push({ person, from: at, until: Number.POSITIVE_INFINITY });
  }

  back(person: string, at: number): void {
    for (const one of this.unreachable) if (one.person === person && one.until > at) one.until = at;
  }

  breaks(promise: BrokenPromise["promise"], what: string): void {
    this.broken.push({ promise, what });
  }

  #mayGoOn(mark: string): void {
    if (this.#quiet.get(mark)?.act === "pause") this.#quiet.delete(mark);
  }

  /**
   * Whether a 429 may be the conversation's own: so many of our requests went there just before; or some, where other bots may
   * write, too.
   */
  #looksLikeItsOwn({ at, place, kind }: Start): boolean {
    // Reads have windows of their own.
    const those = kind === "read" ? this.#readsAt : this.#startsAt;
    const there = place === null ? [] : (those.get(place) ?? []);
    const isShared = place?.startsWith("19:") ?? false;
    return [...nearLimits, ...(isShared ? [someOfOurs] : [])].some(({ ms, count }) => {
      const nth = there.at(-count);
      return nth !== undefined && nth.at > at - ms;
    });
  }

  #check(start: Start, shownAt: number): void {
    const { at, life, kind, mark } = start;
    if (this.stopped.has(life))
      this.breaks("stops-cleanly", `${at}: ${kind} ${mark} in life ${life}, which has stopped`);
    if (isDelivery(start) && this.#holder !== life)
      this.breaks(
        "one-process-per-lane",
        `${at}: ${kind} ${mark} in life ${life}, and life ${this.#holder} holds the lane`,
      );
    if (mark !== null) this.#checkMark(start, mark, shownAt);
  }

  #checkMark(start: Start, mark: string, shownAt: number): void {
    const quiet = this.#quiet.get(mark);
    // Another process learns of it within a lease, and the second for which it trusts what it knows.
    const learnsAt = (quiet?.at ?? 0) + leaseMs + 1_000;
    if (quiet !== undefined && (quiet.process === start.process || start.at > learnsAt))
      this.breaks(
        `${quiet.act}-takes-effect`,
        `${start.at}: ${mark} to ${start.place} starts ${start.at - quiet.at} ms after it`,
      );
    const expiresAt = this.expiry.get(mark);
    if (expiresAt !== undefined && shownAt >= expiresAt)
      this.breaks("expiry-kept", `${mark} starts ${shownAt - expiresAt} ms after it expired`);
  }
}

function shownRow({ campaignId, recipient }: RowName): string {
  return `${campaignId} ${recipient}`;
}

function pushTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** A 429 does not say what it is about; see `ThrottleScope` for how the engine decides. */
const nearLimits = [
  { ms: 2_100, count: 7 },
  { ms: 30_100, count: 54 },
];
const someOfOurs = { ms: 2_100, count: 2 };

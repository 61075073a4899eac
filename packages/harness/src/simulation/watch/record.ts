import { leaseMs } from "../../../../server/src/engine/lease-times.ts";
import type { Settlement } from "../../../../server/src/engine/ports/store.ts";
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

/** What a turn that was committed said of a delivery. */
export interface Settled {
  readonly life: number;
  readonly at: number;
  readonly settlement: Settlement;
}

/** A span in which a person could not be written to, as the directory knew. `until` is Infinity to the end. */
export interface Unreachable {
  readonly person: string;
  readonly from: number;
  until: number;
}

interface Quiet {
  readonly act: "pause" | "cancel";
  readonly at: number;
  readonly process: number;
}

/** What is seen of a run from outside the product: requests at the wire, commits at the database, answers to operators. */
export class RunRecord {
  readonly starts: Start[] = [];
  /** Messages that the engine asked the connector to send, whether or not a request came of it. */
  readonly tries: { readonly mark: string; readonly at: number }[] = [];
  readonly settled: Settled[] = [];
  readonly unreachable: Unreachable[] = [];
  readonly broken: BrokenPromise[] = [];
  /** When requests started that got a 429 of which the lane's holder cannot know, or cannot know that it is the lane's. */
  readonly doubts: number[] = [];
  /** When each marked campaign expires. */
  readonly expiry = new Map<string, number>();
  /** Lives that were ended. */
  readonly ended = new Set<number>();
  /** When lives were ended, or lost the lane: what they did last may not be written. */
  readonly cutOffs: { readonly life: number; readonly at: number }[] = [];
  readonly #quiet = new Map<string, Quiet>();
  /** How often each mark was asked to go on, without an answer so far. */
  readonly #resumes = new Map<string, number>();
  #holder: number | null = null;

  /** A request leaves; checks what can be checked at once. */
  started(
    subject: RequestSubject,
    from: { readonly at: number; readonly process: number; readonly life: number },
  ): Start {
    const start: Start = { ...subject, ...from, status: null };
    this.starts.push(start);
    if (isDelivery(start) && this.#holder !== start.life)
      this.breaks(
        "one-process-per-lane",
        `${start.at}: ${start.kind} ${start.mark} in life ${start.life}, and life ${this.#holder} holds the lane`,
      );
    if (start.mark !== null) this.#checkMark(start, start.mark);
    return start;
  }

  answered(start: Start, status: number | null): void {
    start.status = status;
    // A process that has ended, or reads a roster while another holds the lane, does not tell that one of a 429.
    const isUntold =
      (start.kind === "read" && this.#holder !== start.life) || this.ended.has(start.life);
    if (status === 429 && (isUntold || this.#looksLikeItsOwn(start))) this.doubts.push(start.at);
  }

  tookLane(life: number): void {
    this.#holder = life;
  }

  leftLane(life: number): void {
    if (this.#holder === life) this.#holder = null;
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

  #mayGoOn(mark: string): void {
    if (this.#quiet.get(mark)?.act === "pause") this.#quiet.delete(mark);
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

  /** Whether a 429 is most likely the conversation's own: so many of our requests went there just before. */
  #looksLikeItsOwn({ at, place }: Start): boolean {
    return nearLimits.some(({ ms, count }) => {
      const there = this.starts.filter((one) => one.place === place && one.at > at - ms);
      return there.length >= count;
    });
  }

  #checkMark(start: Start, mark: string): void {
    const quiet = this.#quiet.get(mark);
    // Another process learns of it within a lease, and the second for which it trusts what it knows.
    const learnsAt = (quiet?.at ?? 0) + leaseMs + 1_000;
    if (quiet !== undefined && (quiet.process === start.process || start.at > learnsAt))
      this.breaks(
        `${quiet.act}-takes-effect`,
        `${start.at}: ${mark} to ${start.place} starts ${start.at - quiet.at} ms after it`,
      );
    const expiresAt = this.expiry.get(mark);
    if (expiresAt !== undefined && start.at >= expiresAt)
      this.breaks("expiry-kept", `${mark} starts ${start.at - expiresAt} ms after it expired`);
  }
}

/** A 429 does not say what it is about; see `Traffic.ends` for how the engine decides. */
const nearLimits = [
  { ms: 2_100, count: 7 },
  { ms: 30_100, count: 54 },
];

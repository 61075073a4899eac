import type { TrafficClass } from "../domain/campaign.ts";
import { noAnswer, type Outcome } from "../domain/outcome.ts";
import type { Signal } from "../domain/signal.ts";
import type { Admission, Entry, Verdict } from "./admission.ts";
import { PlaceTurns } from "./place-turns.ts";
import type { Answer } from "./ports/connector.ts";
import type { Clock } from "./ports/runtime.ts";
import { StopSignal } from "./stop-signal.ts";
import type { ThreadWindows } from "./thread-windows.ts";
import type { Place, Quiet, StartedRequest } from "./throttles.ts";

/** The place of a request outside deliveries, and what it is let in as. */
export interface OutsidePlace extends Place {
  readonly trafficClass: TrafficClass;
}

/** A slot that the lane's holder lent us: the request is made at once. */
export interface BorrowedSlot {
  /**
   * The request is over. `quietMs`: for how long its answer asked the lane to be quiet. Resolves when the others know that, when it
   * is over, or when `closing` aborts. Never rejects.
   */
  end(quietMs: number | null, closing: Signal): Promise<void>;
}

/** How a request may start: through our own lane, or in a slot of somebody else's. */
export type Way = "ours" | BorrowedSlot;

/** What letting in requests outside deliveries needs of the lane's traffic. */
export interface OutsideParts {
  /** A stopwatch. */
  readonly clock: Clock;
  readonly admission: Admission;
  readonly windows: ThreadWindows;
  /** See the methods of `Traffic`. */
  readonly starts: (place: Place) => StartedRequest;
  readonly ends: (request: StartedRequest, verdict: Verdict, answer: Answer<unknown>) => unknown;
  readonly withdrawn: (verdict: Verdict) => void;
  /** Counts a request that another process starts, `lentMs` from now at the latest. */
  readonly lends: (place: Place, lentMs: number) => void;
  /** What a 429 to a request in a borrowed slot asks of the lane; null where it was none. */
  readonly endsElsewhere: (request: StartedRequest, outcome: Outcome) => Quiet | null;
  /** Finds a way for a request, until the signal aborts. May throw `StoreError`. */
  readonly reach: (place: OutsidePlace, until: Signal) => Promise<Way | null>;
  /** Told when a request is over. */
  readonly onEnded: () => void;
}

/**
 * Requests of one bot to one tenant that belong to no delivery, such as a page of a roster. They go through the same door as
 * deliveries, and wait for the windows of their place one after another; where another process holds the lane, in slots that it
 * lends. The other side of that is here, too: `lend` lets in a request that another process makes.
 */
export class OutsideRequests {
  readonly #parts: OutsideParts;
  readonly #turns = new PlaceTurns();
  readonly #closing = new StopSignal();
  #count = 0;

  constructor(parts: OutsideParts) {
    this.#parts = parts;
  }

  /** How many are under way, or wait for it. */
  get count(): number {
    return this.#count;
  }

  /**
   * Makes a request when the lane's budget and the windows allow. Answers null when the lane is closed before, and `unavailable`
   * where it was not let in within `patienceMs`. Throws `StoreError`.
   */
  async request<T>(
    place: OutsidePlace,
    call: () => Promise<Answer<T>>,
    patienceMs = patienceMsDefault,
  ): Promise<Answer<T> | null> {
    this.#count += 1;
    try {
      const answer = await this.#once(place, call, patienceMs);
      // A stale token is nobody's trouble: the same request is let in once more, with a fresh one.
      return answer !== null && isStale(answer.outcome)
        ? await this.#once(place, call, patienceMs)
        : answer;
    } finally {
      this.#count -= 1;
      this.#parts.onEnded();
    }
  }

  /** Lets in a request that another process makes, `lentMs` from now at the latest. Answers false where it must not start now. */
  lend(place: OutsidePlace, lentMs: number): Promise<boolean> {
    return this.#turns.run(place, this.#closing, async () => {
      if (this.#waitMs(place) > 0) return false;
      const { trafficClass } = place;
      const verdict = await this.#admitted({ trafficClass, campaignId: null, cap: null, lentMs });
      if (verdict === "released") return false;
      // It is under way in the process that makes it, and no probe of ours.
      this.#parts.withdrawn(verdict);
      if (verdict === "probe") return false;
      this.#parts.lends(place, lentMs);
      return true;
    });
  }

  /** Lets nothing start any more. */
  close(): void {
    this.#closing.abort();
  }

  async #once<T>(
    place: OutsidePlace,
    call: () => Promise<Answer<T>>,
    patienceMs: number,
  ): Promise<Answer<T> | null> {
    const { clock } = this.#parts;
    const since = clock.now();
    const patience = new StopSignal();
    const end = () => patience.abort();
    this.#closing.addEventListener("abort", end);
    void clock.sleep(patienceMs, patience).then(end);
    try {
      const started = this.#closing.aborted ? null : await this.#started(place, patience);
      if (started === null) return this.#closing.aborted ? null : notLetIn(clock.now() - since);
      const { request, way } = started;
      const answer = await call();
      if (typeof way === "string") this.#parts.ends(request, way, answer);
      else await this.#endElsewhere(way, request, answer.outcome);
      return answer;
    } finally {
      this.#closing.removeEventListener("abort", end);
      end();
    }
  }

  /** Starts through our own door, or in a slot that the lane's holder lent us. Null when the signal aborted before. */
  async #started(place: OutsidePlace, until: Signal): Promise<Started | null> {
    const { admission, reach, starts } = this.#parts;
    while (!until.aborted) {
      const way = admission.isOpen ? "ours" : await reach(place, until);
      if (way === null) return null;
      if (way !== "ours") return { way, request: starts(place) };
      const started = await this.#turns.run(place, until, () => this.#letIn(place, until));
      if (started !== false) return started;
    }
    return null;
  }

  /** Starts through our own door; null where another way has to be found. */
  async #letIn(place: OutsidePlace, until: Signal): Promise<Started | false> {
    const { admission, clock, starts } = this.#parts;
    while (!until.aborted) {
      const waitMs = this.#waitMs(place);
      if (waitMs > 0) {
        await clock.sleep(waitMs, until);
        continue;
      }
      if (!admission.isOpen) return false;
      const entry = { trafficClass: place.trafficClass, campaignId: null, cap: null };
      const verdict = await this.#admitted(entry, until);
      return verdict === "released" ? false : { way: verdict, request: starts(place) };
    }
    return false;
  }

  async #admitted(entry: Entry, until?: Signal): Promise<Verdict> {
    const { admission } = this.#parts;
    const verdict = admission.tryStart(entry);
    if (verdict !== null) return verdict;
    const end = () => admission.withdraw(entry);
    until?.addEventListener("abort", end);
    const started = await admission.start(entry);
    until?.removeEventListener("abort", end);
    return started;
  }

  /** The end of a request in a borrowed slot: what its answer asked for is for the lane's holder, too. */
  async #endElsewhere(
    slot: BorrowedSlot,
    request: StartedRequest,
    outcome: Outcome,
  ): Promise<void> {
    const { endsElsewhere, clock } = this.#parts;
    const quiet = endsElsewhere(request, outcome);
    // A length of time: the holder's clock may be another one.
    const quietMs = quiet === null ? null : Math.ceil(quiet.until - clock.now());
    await slot.end(quietMs, this.#closing);
  }

  #waitMs({ use, conversation }: Place): number {
    const now = this.#parts.clock.now();
    return this.#parts.windows.nextAt(use, conversation, now) - now;
  }
}

/** A request that was let in, and how. */
interface Started {
  readonly way: "go" | "probe" | BorrowedSlot;
  readonly request: StartedRequest;
}

const patienceMsDefault = 60_000;

/** Whether it is to be tried again at once, with a fresh token. */
export function isStale(outcome: Outcome): boolean {
  return outcome.kind === "transient" && outcome.reason === "token-stale";
}

/** What is answered in the place of Teams where a request was not let in. */
function notLetIn<T>(waitedMs: number): Answer<T> {
  const seconds = Math.round(waitedMs / 1000);
  const detail = `The request was not let in within ${seconds} seconds: the lane is full, paused or halted.`;
  return {
    outcome: { kind: "transient", reason: "unavailable", retryAfterMs: null },
    evidence: noAnswer(detail, 0),
  };
}

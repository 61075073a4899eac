import type { TrafficClass } from "../domain/campaign.ts";
import type { CampaignId } from "../domain/ids.ts";
import type { Evidence, Outcome } from "../domain/outcome.ts";
import { Admission, type Verdict } from "./admission.ts";
import { Circuit, type LaneTrouble } from "./circuit.ts";
import { ConversationTurns } from "./conversation-turns.ts";
import type { Attention } from "./engine.ts";
import { InFlightLimit } from "./in-flight-limit.ts";
import { Pacer } from "./pacer.ts";
import type { Answer } from "./ports/connector.ts";
import type { Clock } from "./ports/runtime.ts";
import { StopSignal } from "./stop-signal.ts";
import { ThreadWindows } from "./thread-windows.ts";
import { type Place, type StartedRequest, Throttles } from "./throttles.ts";

export interface TrafficOptions {
  /** The lane's ceiling; 0 = no pacing. */
  readonly ratePerSecond: number;
  /** Requests in flight at once, where that is fixed. */
  readonly inFlightMax?: number;
  /** Told when the lane halts (with the reason) and when it goes on (null). */
  readonly onAttention: (attention: Attention | null) => void;
  /** Told of each 429 that slowed the whole lane. */
  readonly onThrottled: (until: number) => void;
  /** Gets ready what a request needs, such as a token: null where it is there. No request is let in before. */
  readonly prepare: () => Promise<void> | null;
  /** Until when an earlier process was asked for quiet; null where none was. May throw `StoreError`. */
  readonly quietUntil: () => Promise<number | null>;
}

/** The place of a request outside deliveries, and what it is let in as. */
export interface OutsidePlace extends Place {
  readonly trafficClass: TrafficClass;
}

/**
 * Everything that decides when requests of one bot to one tenant may start, whoever makes them. It outlives the lane's lease,
 * because the platform's budget does too.
 */
export class Traffic {
  readonly pacer: Pacer;
  readonly circuit = new Circuit();
  readonly windows = new ThreadWindows();
  readonly turns = new ConversationTurns();
  readonly admission: Admission;
  readonly #inFlight: InFlightLimit;
  readonly #throttles: Throttles;
  /** How many since this process started. */
  requests = 0;
  #isRestored = false;
  readonly #closing = new StopSignal();
  readonly #clock: Clock;
  readonly #options: TrafficOptions;

  /** `clock` is a stopwatch: nobody sets it. All instants here are its. */
  constructor(clock: Clock, options: TrafficOptions) {
    this.#clock = clock;
    this.#options = options;
    this.pacer = new Pacer({ ratePerSecond: options.ratePerSecond });
    const { ratePerSecond, inFlightMax, prepare } = options;
    this.#inFlight = new InFlightLimit({
      ratePerSecond,
      ...(inFlightMax !== undefined && { fixed: inFlightMax }),
    });
    const { pacer, circuit } = this;
    this.#throttles = new Throttles(pacer, this.windows);
    this.admission = new Admission({
      clock,
      pacer,
      circuit,
      prepare,
      inFlightMax: () => this.#inFlight.limit,
    });
  }

  /** The instant by the clock that traffic lives by: that of a stopwatch. */
  now(): number {
    return this.#clock.now();
  }

  /** What stands in the way of every request, or null. */
  get attention(): Attention | null {
    return this.circuit.attention ?? this.#throttles.attention(this.now());
  }

  /** How many 429s there were since this process started. */
  get throttled(): number {
    return this.#throttles.count;
  }

  /** Takes over what another process was told by a 429: nothing starts before that is over. Throws `StoreError`. */
  async restore(): Promise<void> {
    const until = await this.#options.quietUntil();
    if (until !== null) this.#throttles.heard(until, this.now());
    this.#isRestored = true;
  }

  /**
   * Makes a request that belongs to no delivery, such as a page of a roster, when the lane's budget and the windows allow.
   * Answers null when the lane is closed before. Throws `StoreError`.
   */
  async request<T>(place: OutsidePlace, call: () => Promise<Answer<T>>): Promise<Answer<T> | null> {
    if (!this.#isRestored) await this.restore();
    const answer = await this.#requestOnce(place, call);
    // A stale token is nobody's trouble: the same request is let in once more, with a fresh one.
    return answer !== null && isStale(answer.outcome) ? this.#requestOnce(place, call) : answer;
  }

  /** Records the start of a request that admission let in; `ends` is told of it again. */
  starts(place: Place): StartedRequest {
    this.requests += 1;
    const now = this.now();
    this.windows.take(place.use, place.conversation, now);
    return this.#throttles.started(place, now);
  }

  /**
   * Draws what an answer says of the lane, then frees the request's place. Answers whether the lane is halted because of it:
   * the delivery is then unharmed and goes back. What a 429 means: see `Throttles`.
   */
  ends(
    request: StartedRequest,
    verdict: Verdict,
    { outcome, evidence }: Pick<Answer<unknown>, "outcome" | "evidence">,
  ): boolean {
    const isProbe = verdict === "probe";
    const now = this.now();
    const trouble = troubleOf(outcome, evidence, request);
    let halted = false;
    if (trouble !== null) halted = this.#met(trouble, isProbe);
    else if (isStale(outcome)) this.circuit.withdrawn(isProbe);
    else if (this.circuit.passed(isProbe)) this.#options.onAttention(null);
    // A time-out is no answer: a connector that stops answering must not get ever more requests for that.
    if (evidence.status !== null) {
      this.#inFlight.answered(evidence.latencyMs);
      this.pacer.answered(now, evidence.latencyMs);
    }
    const quiet = this.#throttles.answered(request, outcome, now);
    if (quiet?.scope === "lane") {
      this.#options.onThrottled(quiet.until);
      // What would wait for long waits in the ledger: a process that dies meanwhile leaves nothing in doubt.
      if (quiet.until - now >= longPauseMs) this.admission.release();
    }
    this.admission.ended();
    return halted;
  }

  /** Frees the place of a request that was let in and not made. */
  withdrawn(verdict: Verdict): void {
    this.circuit.withdrawn(verdict === "probe");
    this.admission.ended();
  }

  /** Gives back what waits of a campaign that may not go on, and waits for none of it. */
  release(campaignId: CampaignId): void {
    this.turns.forget(campaignId);
    this.admission.release(campaignId);
  }

  /** Lets nothing start any more. */
  close(): void {
    this.#closing.abort();
    this.admission.close();
  }

  /** Forgets that the lane was halted, when nothing is left to send. */
  rest(): void {
    if (!this.circuit.isHalted) return;
    this.circuit.reset();
    this.#options.onAttention(null);
  }

  async #requestOnce<T>(
    place: OutsidePlace,
    call: () => Promise<Answer<T>>,
  ): Promise<Answer<T> | null> {
    for (let at = this.#openAt(place); at > this.#clock.now(); at = this.#openAt(place)) {
      await this.#clock.sleep(at - this.#clock.now(), this.#closing);
      if (this.#closing.aborted) return null;
    }
    const entry = { trafficClass: place.trafficClass, campaignId: null, cap: null };
    const verdict = this.admission.tryStart(entry) ?? (await this.admission.start(entry));
    if (verdict === "released") return null;
    const request = this.starts(place);
    const answer = await call();
    this.ends(request, verdict, answer);
    return answer;
  }

  #openAt({ use, conversation }: Place): number {
    return this.windows.nextAt(use, conversation, this.#clock.now());
  }

  #met(trouble: LaneTrouble, isProbe: boolean): boolean {
    const before = this.circuit.attention;
    const halted = this.circuit.failed(trouble, isProbe, this.#clock.now());
    if (halted && this.circuit.attention !== before) {
      this.admission.release();
      this.#options.onAttention(this.circuit.attention);
    }
    return halted;
  }
}

const longPauseMs = 2000;

function isStale(outcome: Outcome): boolean {
  return outcome.kind === "transient" && outcome.reason === "token-stale";
}

/** Whether it speaks of Teams, or of the way there, rather than of what was asked. */
function isOfTeams(outcome: Outcome): boolean {
  if (outcome.kind === "uncertain") return true;
  return (
    outcome.kind === "transient" &&
    (outcome.reason === "unavailable" || outcome.reason === "server-error")
  );
}

/** What an answer says against the whole lane, or null. */
function troubleOf(
  outcome: Outcome,
  evidence: Evidence,
  { conversation: place }: Place,
): LaneTrouble | null {
  const detail = evidence.detail ?? "no further detail";
  if (isOfTeams(outcome)) return { code: "TEAMS_UNAVAILABLE", detail, atOnce: false, place };
  if (outcome.kind === "transient" && outcome.reason === "no-connection")
    return { code: "TEAMS_UNAVAILABLE", detail, atOnce: false };
  if (outcome.kind === "transient" && outcome.reason === "token-unavailable")
    return { code: "TEAMS_UNAVAILABLE", detail, atOnce: true };
  if (outcome.kind !== "unauthorized") return null;
  // One stored address may be wrong by itself; many in a row are a matter of configuration.
  return outcome.reason === "host-not-trusted"
    ? { code: "TEAMS_WRONG_HOST", detail, atOnce: false }
    : { code: "TEAMS_UNAUTHORIZED", detail, atOnce: true };
}

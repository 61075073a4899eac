import type { CampaignId } from "../domain/ids.ts";
import type { Evidence, Outcome } from "../domain/outcome.ts";
import { Admission, type Verdict } from "./admission.ts";
import { Circuit, type LaneTrouble } from "./circuit.ts";
import { ConversationTurns } from "./conversation-turns.ts";
import type { Attention } from "./engine.ts";
import { InFlightLimit } from "./in-flight-limit.ts";
import { isStale, type OutsideParts, OutsideRequests } from "./outside-requests.ts";
import { Pacer } from "./pacer.ts";
import type { Answer } from "./ports/connector.ts";
import type { Clock } from "./ports/runtime.ts";
import type { QuietPlace } from "./ports/slot-store.ts";
import { ThreadWindows } from "./thread-windows.ts";
import { type Place, type Quiet, type StartedRequest, Throttles } from "./throttles.ts";

export interface TrafficOptions extends Pick<OutsideParts, "reach"> {
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
  /** Told when a request outside deliveries is over. */
  readonly onOutsideEnded: () => void;
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
  /** Requests that belong to no delivery. */
  readonly outside: OutsideRequests;
  readonly #inFlight: InFlightLimit;
  readonly #throttles: Throttles;
  /** How many since this process started. */
  requests = 0;
  /** Until when requests that started here, or in a slot that was lent, count at the platform. */
  #countsUntil: number | null = null;
  #quiet: QuietPlace[] = [];
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
    const { admission, windows } = this;
    const { reach, onOutsideEnded: onEnded } = options;
    this.outside = new OutsideRequests({
      ...{ clock, admission, windows, reach, onEnded },
      starts: (place) => this.starts(place),
      lends: (place, lentMs) => this.#started(place, lentMs),
      ends: (request, verdict, answer) => this.ends(request, verdict, answer),
      endsElsewhere: (request, outcome) => this.#endsElsewhere(request, outcome),
      withdrawn: (verdict) => this.withdrawn(verdict),
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

  /** See `LedgerStore.releaseLane`; by this clock; null where nothing was started. */
  get countsUntil(): number | null {
    return this.#countsUntil;
  }

  /** Takes over what another process was told by a 429: nothing starts before that is over. */
  heard(until: number): void {
    this.#throttles.heard(until, this.now());
  }

  /** Nothing starts for the length of a window: another process made requests until now. */
  waitForWindow(until = this.now() + windowMs): void {
    this.pacer.pauseUntil(Math.min(until, this.now() + windowMs));
  }

  /** The conversations that were asked for quiet since this was called last, for others to know. */
  takeQuiet(): readonly QuietPlace[] {
    const quiet = this.#quiet;
    this.#quiet = [];
    return quiet;
  }

  /** Records the start of a request that admission let in; `ends` is told of it again. */
  starts(place: Place): StartedRequest {
    this.requests += 1;
    return this.#started(place, 0);
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
    if (quiet?.scope === "conversation" && quiet.until - now >= longPauseMs) {
      const { use, conversation } = request;
      this.#quiet.push({ use, conversation, until: quiet.until });
    }
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
    this.outside.close();
    this.admission.close();
  }

  /** Forgets that the lane was halted, when nothing is left to send. */
  rest(): void {
    if (!this.circuit.isHalted) return;
    this.circuit.reset();
    this.#options.onAttention(null);
  }

  /** A 429 to a request in a slot of another process: that one is told that it is the lane's, as we do not know of its others. */
  #endsElsewhere(request: StartedRequest, outcome: Outcome): Quiet | null {
    const told = outcome.kind === "throttled" ? { ...outcome, scope: "lane" as const } : outcome;
    return this.#throttles.answered(request, told, this.now());
  }

  /** It counts until a window after the last instant at which it may start. */
  #started(place: Place, lentMs: number): StartedRequest {
    const now = this.now();
    this.windows.take(place.use, place.conversation, now, now + lentMs);
    this.#countsUntil = Math.max(this.#countsUntil ?? 0, now + lentMs + windowMs);
    return this.#throttles.started(place, now);
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

/** Longer pauses are worth writing down. */
const longPauseMs = 2000;
/** The lane's window at the platform, and the pacer's guard. */
const windowMs = 1010;

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

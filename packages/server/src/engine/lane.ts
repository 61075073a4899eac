import { assert } from "../domain/assert.ts";
import { lasting } from "./attention-shown.ts";
import { postponedVisitor } from "./delivery-run.ts";
import type { Attention } from "./engine.ts";
import { inheritedQuiet } from "./inherited-quiet.ts";
import { LaneLease, type LaneLosses } from "./lane-lease.ts";
import { type Grant, LaneLoans } from "./lane-loans.ts";
import type { LaneParts } from "./lane-parts.ts";
import {
  aheadOf,
  type Behind,
  behindOf,
  claimCount,
  claimShares,
  type LaneMode,
  type LaneSituation,
  lowWater,
  nextTurnAt,
} from "./lane-schedule.ts";
import { leaseMs, lookMs, renewMs, startsForMs } from "./lease-times.ts";
import { OpenDeliveries, type Unwritten } from "./open-deliveries.ts";
import type { QuietPlace } from "./ports/slot-store.ts";
import type { ClaimedDelivery, LaneHolder, Scope, TurnResult } from "./ports/store.ts";
import { orAborted, Waker } from "./stop-signal.ts";
import { StoreSlowness } from "./store-slowness.ts";
import { StoreTrouble } from "./store-trouble.ts";
import type { Traffic } from "./traffic.ts";
import { measuredTurn } from "./turn-metrics.ts";

/**
 * Drains the deliveries of one bot in one tenant: holds the lane's lease, claims deliveries a little ahead of what may start,
 * lets each be worked on, and writes what became of them with the next claim, in one commit. Runs while there is work, and
 * gives the lane back when there is none.
 */
export class Lane {
  readonly scope: Scope;
  readonly traffic: Traffic;
  readonly #parts: LaneParts;
  readonly #mode: LaneMode;
  readonly #lease: LaneLease;
  readonly #slowness = new StoreSlowness();
  /** Tried again as often as a lease is renewed: what is known of requests is to be written before another takes the lane. */
  readonly #trouble = new StoreTrouble({ waitMsMax: renewMs });
  readonly #waker: Waker;
  readonly #deliveries: OpenDeliveries;
  readonly #loans: LaneLoans;
  /** Who wait to know whether the lane can be had. */
  #asking: ((isOurs: boolean) => void)[] = [];
  #isPoked = false;
  #urgent = 0;
  /** What to claim at once, behind those that cannot start. */
  #behind: Behind | null = null;
  #nextDueAt: number | null = null;
  #turnAt = Number.NEGATIVE_INFINITY;
  /** How long turns take: a moving average. */
  #turnMs = 0;
  /** When there was something to do last. */
  #busyAt = Number.NEGATIVE_INFINITY;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #stopBy = Number.POSITIVE_INFINITY;
  #takenAt = Number.NEGATIVE_INFINITY;
  /** Something is due in a lane that we hold for single requests alone: it is for a process that sends. */
  #isForOthers = false;
  /** Until when the lane is left to such a process. */
  #leftUntil = Number.NEGATIVE_INFINITY;
  /** A holder who works on the lane no more: it may be taken from them. */
  #left: { readonly holder: LaneHolder; readonly isSilent: boolean } | null = null;
  #running: Promise<void> | null = null;

  constructor(scope: Scope, traffic: Traffic, parts: LaneParts, mode: LaneMode) {
    this.scope = scope;
    this.traffic = traffic;
    this.#parts = parts;
    this.#mode = mode;
    this.#waker = new Waker(parts.clock);
    this.#lease = new LaneLease(scope, parts);
    this.#deliveries = new OpenDeliveries(parts, traffic, (isFirst) => this.#settled(isFirst));
    this.#loans = new LaneLoans(traffic, () => this.#waker.wake());
  }

  /** Says that there may be work, `urgent` deliveries of it urgent. Starts the lane where it rests. */
  wake(urgent = 0): void {
    if (this.#isStopping) return;
    this.#isPoked = true;
    this.#urgent += urgent;
    this.#running ??= this.#run();
    this.#waker.wake();
  }

  /** Looks for work that another process may have stored: starts the lane where it rests, and asks the store where it has none. */
  look(): void {
    const isIdle = this.#deliveries.open === 0 && this.#nextDueAt === null;
    if (this.#running === null || isIdle) this.wake();
  }

  /** Takes the lane from a holder who works on it no more, if it is theirs still. */
  takeFrom(holder: LaneHolder, isSilent: boolean): void {
    if (this.#running !== null) return;
    this.#left = { holder, isSilent };
    this.wake();
  }

  /** Takes the lane if nobody has it, for a request outside deliveries; answers whether it is ours. */
  isOurs(): Promise<boolean> {
    if (this.traffic.admission.isOpen) return Promise.resolve(true);
    if (this.#isStopping || this.#parts.clock.now() < this.#leftUntil)
      return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#asking.push(resolve);
      this.#running ??= this.#run();
      this.#waker.wake();
    });
  }

  /** Says that something changed beside the lane, so that it looks again when to go on. */
  nudge(): void {
    this.#waker.wake();
  }

  /** What became of holds that another process ended. */
  get losses(): LaneLosses {
    return this.#lease.losses;
  }

  /** What stands in the way, or null. */
  get attention(): Attention | null {
    const traffic = lasting(this.#parts.clock, this.traffic.attention);
    return this.#trouble.attention ?? traffic ?? this.#slowness.attention;
  }

  /** Claims nothing more, lets requests in flight end until `graceMs` are over, settles them and gives the lane back. */
  async stop(graceMs: number): Promise<void> {
    this.#stopBy = Math.min(this.#stopBy, this.#parts.clock.now() + graceMs);
    this.#deliveries.close();
    this.#waker.wake();
    await this.#running;
  }

  get #isStopping(): boolean {
    return this.#deliveries.closing.aborted;
  }

  async #run(): Promise<void> {
    while ((this.#isPoked || this.#asking.length > 0) && !this.#isStopping) {
      // No row is claimed that would only wait for a token.
      await this.#prepared();
      const taken = await this.#tryStore(() => this.#take());
      if (taken === true) await this.#drain();
      else if (taken === null) await this.#untilStoreMayWork();
      else {
        // Another process works on it. The lane's watch says when it does no more.
        this.#isPoked = false;
        this.#answer(false);
      }
    }
    if (this.#lease.hold !== null) await this.#tryStore(() => this.#release());
    this.#running = null;
    if (this.#isStopping) this.#answer(false);
  }

  #answer(isOurs: boolean): void {
    const asking = this.#asking;
    this.#asking = [];
    for (const answer of asking) answer(isOurs);
  }

  async #prepared(): Promise<void> {
    const preparing = this.#parts.connector.prepare?.(this.scope) ?? null;
    if (preparing !== null) await orAborted(preparing, this.#deliveries.closing);
  }

  async #take(): Promise<boolean> {
    const left = this.#left;
    this.#left = null;
    const taken = await this.#lease.take(this.#deliveries.closing, left?.holder ?? null);
    if (taken === null) return false;
    const { clock } = this.#parts;
    this.#takenAt = clock.now();
    this.#isForOthers = false;
    // What the holder before us started may count for a window yet; a silent one started nothing for so long.
    if (taken.leftUntil !== null) this.traffic.waitForWindow(clock.toStopwatch(taken.leftUntil));
    else if (left !== null && !left.isSilent) this.traffic.waitForWindow();
    await this.#remember(taken.turnedAt);
    return true;
  }

  /** What the holders before us were asked for, and put off, holds for us, too. */
  async #remember(turnedAt: number | null): Promise<void> {
    const { clock, ledger } = this.#parts;
    const { windows, turns } = this.traffic;
    const until = await ledger.laneQuietUntil(this.scope);
    const now = clock.now();
    const since = Math.min(now, turnedAt ?? now);
    const quietUntil = (at: number) => clock.toStopwatch(inheritedQuiet(at, { since, now }));
    if (until !== null) this.traffic.heard(quietUntil(until));
    const { quiet, postponed } = await ledger.laneMemory(this.scope, since);
    for (const place of quiet)
      windows.pauseUntil(place.use, place.conversation, quietUntil(place.until));
    for (const one of postponed) turns.sentBack(postponedVisitor(one), one.dueAt, now);
  }

  /** Takes turns until the lane is lost or given back. */
  async #drain(): Promise<void> {
    const { clock } = this.#parts;
    this.#isPoked = true;
    this.#busyAt = clock.now();
    while (this.#lease.hold !== null) {
      const now = clock.now();
      if (now >= this.#stopBy) this.#cutShort(now);
      if (this.traffic.outside.count > 0) this.#busyAt = now;
      const turnAt = nextTurnAt(this.#situation(now), this.#mode);
      const at = Math.max(turnAt, this.#trouble.retryAt(now));
      if (at <= now) await this.#turn(now);
      else if (now >= this.#restAt()) await this.#rest();
      else {
        const until = Math.min(at, this.#restAt(), this.#cutAt(now), now + lookAgainMs);
        await this.#waker.wait(until - now);
      }
    }
  }

  #situation(now: number): LaneSituation {
    const { admission, circuit, pacer } = this.traffic;
    const { open, unwritten, unwrittenSince } = this.#deliveries;
    const aheadMs = aheadOf(this.#turnMs);
    const passed = this.traffic.now();
    // What traffic says is by its stopwatch.
    const instant = (at: number) => at + now - passed;
    return {
      now,
      isPoked: this.#isPoked,
      urgent: this.#urgent,
      behind: this.#behind,
      dueAt: this.#nextDueAt ?? Number.POSITIVE_INFINITY,
      open,
      inFlight: admission.inFlight,
      waiting: admission.waiting,
      waitingIn: (one) => admission.waitingIn(one),
      unwritten,
      unwrittenSince,
      turnAt: this.#turnAt,
      aheadMs,
      startsAhead: pacer.startsWithin(passed, aheadMs),
      startsAt: instant(pacer.nextAt(passed)),
      circuitAt: instant(circuit.nextAt(passed)),
      isHalted: circuit.isHalted,
      isLending: this.#loans.isLending,
      hasGrants: this.#loans.hasGrants,
      isStopping: this.#isStopping,
    };
  }

  async #turn(now: number): Promise<void> {
    const { hold } = this.#lease;
    assert(hold !== null, "a turn is taken by the lane's holder");
    // A store that failed is tried without a claim: nothing new starts before what is over is written.
    const situation = this.#situation(now);
    const claim = this.#trouble.attention === null ? claimCount(situation, this.#mode) : 0;
    const atLeast = claimShares(situation, this.#mode);
    const before = { isPoked: this.#isPoked, urgent: this.#urgent };
    if (claim > 0 || !this.#mode.claims()) {
      this.#isPoked = false;
      this.#urgent = 0;
    }
    this.#turnAt = now;
    const unwritten = this.#deliveries.take();
    const held = this.#deliveries.held(situation.aheadMs);
    const leaseUntil = now + leaseMs;
    const startsUntil = this.traffic.now() + startsForMs;
    const granted = this.#loans.take();
    const grants = granted.map(({ id }) => id);
    const quiet = this.#quietPlaces();
    const common = { hold, now, leaseUntil, ...unwritten, grants, quiet };
    const result = await this.#tryStore(() =>
      measuredTurn(this.#parts, { ...common, claim, atLeast, held }),
    );
    this.#turnMs += (this.#parts.clock.now() - now - this.#turnMs) / turnsAveraged;
    this.#tellSlowness(now);
    if (result === null) {
      this.#deliveries.putBack(unwritten);
      this.#isPoked ||= before.isPoked;
      this.#urgent = Math.max(this.#urgent, before.urgent);
      return;
    }
    if (!result.held) return this.#lose(unwritten);
    this.#lease.ignore(result.ignored);
    this.#hear(result, granted);
    if (claim > 0) this.traffic.turns.claims(now);
    // What waits may be of a campaign that another process has paused: it starts on what is known now.
    if (await this.#refresh(now)) this.#open(startsUntil);
    this.#parts.onTurn(unwritten.settlements);
    this.#parts.onStopped(result);
    this.#nextDueAt = this.#mode.claims() ? this.#dueAfter(result, claim) : null;
    this.#isForOthers = !this.#mode.claims() && (result.nextDueAt ?? Infinity) <= now;
    if (result.claimed.length > 0 || unwritten.settlements.length > 0) this.#busyAt = now;
    await this.#begin(result.claimed, Math.max(claim, situation.behind?.count ?? 0));
  }

  #tellSlowness(now: number): void {
    if (!this.#slowness.measured(this.#turnMs, now)) return;
    const { tenantId } = this.scope;
    const detail = this.#slowness.attention?.detail;
    if (detail === undefined) this.#parts.log.info("store.recovered", { tenantId });
    else this.#parts.log.warn("store.slow", { tenantId, detail });
    this.#parts.onAttention(this.attention);
  }

  /** What other processes tell and ask. */
  #hear(result: TurnResult, granted: readonly Grant[]): void {
    if (result.quietUntil !== null)
      this.traffic.heard(this.#parts.clock.toStopwatch(result.quietUntil));
    this.#loans.granted(granted);
    this.#loans.heard(result);
  }

  #open(until: number): void {
    this.traffic.admission.openUntil(until);
    this.#answer(true);
  }

  /** Conversations that were asked for quiet, for the next holder; what is not written now is not worth another try. */
  #quietPlaces(): readonly QuietPlace[] {
    const { clock } = this.#parts;
    return this.traffic
      .takeQuiet()
      .map((place) => ({ ...place, until: clock.fromStopwatch(place.until) }));
  }

  /** When to claim next. Rows that are due and were not to be had, such as those of a campaign at its cap, are asked for again soon. */
  #dueAfter({ nextDueAt, claimed }: TurnResult, claim: number): number | null {
    const now = this.#parts.clock.now();
    const isShort = claim > 0 && claimed.length < claim;
    return nextDueAt !== null && isShort ? Math.max(nextDueAt, now + askAgainMs) : nextDueAt;
  }

  async #begin(claimed: readonly ClaimedDelivery[], asked: number): Promise<void> {
    this.#behind = null;
    if (claimed.length === 0) return;
    const atDoor = await this.#tryStore(() => this.#deliveries.begin(claimed));
    if (atDoor === null) return this.#deliveries.giveBack(claimed);
    const classes = claimed.map(({ priority }) => priority);
    const situation = this.#situation(this.#parts.clock.now());
    this.#behind = behindOf({ asked, classes, atDoor }, situation, this.#mode);
  }

  /** Another process may have paused or cancelled what we work on. Answers whether that is known. */
  async #refresh(now: number): Promise<boolean> {
    if (now - this.#refreshedAt < refreshMs) return true;
    const changed = await this.#tryStore(() => this.#parts.campaigns.refresh(now, refreshMs));
    if (changed === null) return false;
    this.#refreshedAt = now;
    for (const { id } of changed) this.traffic.release(id);
    return true;
  }

  #settled(isFirst: boolean): void {
    const isDry = !this.#mode.isPaced && this.traffic.admission.waiting < lowWater;
    if (isFirst || isDry || this.#deliveries.open === 0) this.#waker.wake();
  }

  #lose(unwritten: Unwritten): void {
    this.#lease.lose(this.#deliveries.lost(unwritten));
    this.#shut();
    this.#deliveries.drop();
    this.#isPoked = true;
    this.#nextDueAt = null;
  }

  /** Lets nothing start any more; requests outside deliveries look for another way. */
  #shut(): void {
    this.traffic.admission.openUntil(Number.NEGATIVE_INFINITY);
    this.traffic.admission.releaseAll();
    this.#loans.drop();
  }

  /** From when on the lane may be given back. */
  #restAt(): number {
    const { open, unwritten } = this.#deliveries;
    const isEmpty = open === 0 && unwritten === 0;
    if (this.#isStopping) return isEmpty ? Number.NEGATIVE_INFINITY : this.#stopBy + lastTryMs;
    if (this.#isForOthers) return this.#takenAt + keptMs;
    const isAsked = this.traffic.outside.count > 0 || this.#loans.isLending;
    const hasWork = this.#isPoked || this.#nextDueAt !== null || isAsked;
    if (!isEmpty || hasWork) return Number.POSITIVE_INFINITY;
    return this.#busyAt + (this.#mode.claims() ? lingerMs : 0);
  }

  async #rest(): Promise<void> {
    this.traffic.rest();
    this.#shut();
    if (this.#isForOthers) {
      this.#leftUntil = this.#parts.clock.now() + leaveMs;
      this.#answer(false);
    }
    await this.#tryStore(() => this.#release());
  }

  #release(): Promise<void> {
    const { countsUntil } = this.traffic;
    return this.#lease.release(
      countsUntil === null ? 0 : this.#parts.clock.fromStopwatch(countsUntil),
    );
  }

  /** When requests still in flight are cut short; after that, when nothing is waited for any more. */
  #cutAt(now: number): number {
    if (now < this.#stopBy) return this.#stopBy;
    const endAt = this.#stopBy + abandonMs;
    return now < endAt ? endAt : Number.POSITIVE_INFINITY;
  }

  #cutShort(now: number): void {
    this.#deliveries.abandon();
    if (now >= this.#stopBy + abandonMs) this.#deliveries.giveUp();
  }

  async #untilStoreMayWork(): Promise<void> {
    const { clock } = this.#parts;
    const until = this.#trouble.retryAt(clock.now());
    while (clock.now() < until && !this.#isStopping) await this.#waker.wait(until - clock.now());
  }

  /** Answers null where the store failed; then nothing new starts until it works again. */
  async #tryStore<T>(call: () => Promise<T>): Promise<T | null> {
    const { clock, log, onAttention } = this.#parts;
    try {
      const value = await call();
      if (this.#trouble.passed()) {
        log.info("store.recovered", { tenantId: this.scope.tenantId });
        onAttention(this.attention);
      }
      return value;
    } catch (error) {
      const { code, detail } = this.#trouble.failed(error, clock.now());
      this.traffic.admission.openUntil(Number.NEGATIVE_INFINITY);
      log.error("store.failed", { tenantId: this.scope.tenantId, code, detail });
      onAttention(this.attention);
      return null;
    }
  }
}

/** How long a lane without work is kept, so that a row of single messages does not take and give it back each time. */
const lingerMs = 5000;
/** A lane in which something is due that we do not send is kept for so long at a time… */
const keptMs = 500;
/** …and then left to others for so long: three looks of theirs. */
const leaveMs = 3 * lookMs;
/** No wait is longer, whatever it waits for. */
const lookAgainMs = 2500;
const askAgainMs = 200;
const refreshMs = 1000;
const turnsAveraged = 8;
/** After requests were cut short: how long their ends are waited for, and how long the store is tried. */
const abandonMs = 2000;
const lastTryMs = 5000;

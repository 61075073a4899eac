import type { CampaignKind, CampaignState } from "../domain/campaign.ts";
import { askGuards, type CampaignGuards, guardsWhenExpanded } from "../domain/campaign-guards.ts";
import { assertStep, countsOf, type DeliveryState, type OnUncertain } from "../domain/delivery.ts";
import type { ErrorCode } from "../domain/error-codes.ts";
import { watched } from "../domain/failure-watch.ts";
import type { BotId, CampaignId, TenantId } from "../domain/ids.ts";
import type { PauseCause } from "../domain/pause-cause.ts";
import { atOnceDueAt } from "./due-at.ts";
import { type GuardRow, guardColumns, guardsOf } from "./guard-rows.ts";

/**
 * One campaign's counters and its place in the lane's queue, loaded and saved within one transaction together with the
 * delivery rows they speak of. Every change of a delivery's state goes through here; a driver loads it and writes it.
 */
export class CampaignTally {
  readonly tenantId: TenantId;
  readonly id: CampaignId;
  readonly botId: BotId;
  readonly kind: CampaignKind;
  readonly changeOf: CampaignId | null;
  readonly revision: number;
  readonly onUncertain: OnUncertain;
  /** Its number in the order in which campaigns were stored. */
  readonly entry: number;
  /** How many retries somebody has asked for. A row that ends keeps how many that were by then. */
  readonly retriesAsked: number;
  /** Its place among the priorities; smaller is claimed first. */
  readonly rank: number;
  readonly #counts: Record<DeliveryState, number>;
  readonly #codes = new Map<string, { -readonly [Key in keyof CodeCount]: CodeCount[Key] }>();
  #state: CampaignState;
  #expansionComplete: boolean;
  #isRetrying: boolean;
  #guards: CampaignGuards | null;
  #resent: number;
  #queue: number | null;
  #turn: number;
  #nextDueAt: number | null;
  /** The earliest pending row may be another one than `#nextDueAt` says. */
  #mustLook: boolean;
  #isTouched: boolean;
  readonly #wasEmpty: boolean;

  constructor(row: TallyRow, mustLook: boolean) {
    this.tenantId = row.tenant_id;
    this.id = row.campaign_id;
    this.botId = row.bot_id;
    this.kind = row.kind;
    this.changeOf = row.change_of;
    this.revision = row.revision;
    this.onUncertain = row.on_uncertain;
    this.entry = row.entry;
    this.retriesAsked = row.retries_asked;
    this.rank = row.priority;
    this.#state = row.state;
    this.#expansionComplete = row.expansion_part === null;
    this.#isRetrying = row.retries !== null;
    this.#guards = guardsOf(row);
    const { pending, sending, accepted, failed, skipped, cancelled, uncertain } = row;
    this.#counts = { pending, sending, accepted, failed, skipped, cancelled, uncertain };
    this.#resent = row.resent;
    this.#queue = row.queue;
    this.#turn = row.turn;
    this.#nextDueAt = row.next_due_at;
    this.#mustLook = mustLook;
    this.#isTouched = mustLook;
    this.#wasEmpty = row.queue === null;
  }

  get state(): CampaignState {
    return this.#state;
  }

  get sending(): number {
    return this.#counts.sending;
  }

  /** How many deliveries there are. None is ever taken away, so it numbers the next one. */
  get total(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  /** Whether rows that are added now wait for the canary. */
  get holdsBack(): boolean {
    return this.#guards !== null && this.#guards.canaryLeft !== null;
  }

  /** How many rows that were held back may be claimed. */
  get heldRoom(): number {
    if (this.#guards === null) return 0;
    const { canaryLeft, held } = this.#guards;
    return Math.min(held, canaryLeft ?? held);
  }

  /** New pending rows that wait for the canary. */
  hold(count: number): void {
    this.#isTouched = true;
    this.#counts.pending += count;
    this.#changeHeld(count, 0);
  }

  /** Of rows that are not pending any more, so many had been held back: the canary let them through. */
  letThrough(count: number): void {
    this.#changeHeld(-count, count);
  }

  /** Of rows that are not pending any more, so many had been held back, and came to an end without being claimed. */
  letGo(count: number): void {
    this.#changeHeld(-count, 0);
  }

  /** Whether anything has changed, so that it has to be written. */
  get isTouched(): boolean {
    return this.#isTouched;
  }

  /** Something was changed beside the counters that they depend on. */
  touch(): void {
    this.#isTouched = true;
  }

  /** Whether the lane may claim from it now. */
  isDue(now: number): boolean {
    if (!this.#isOpen) return false;
    return this.heldRoom > 0 || (this.#nextDueAt !== null && this.#nextDueAt <= now);
  }

  /** How many rows may be claimed at most: the pending ones, but for those that the canary does not let through. */
  get claimableMax(): number {
    const held = this.#guards?.held ?? 0;
    return this.#counts.pending - held + this.heldRoom;
  }

  /** Where it stands among the campaigns of its rank that have due rows; smaller is served first. */
  get place(): number {
    return this.#turn;
  }

  /** New rows; `dueAt` is that of the earliest pending one. */
  add(state: DeliveryState, count: number, detail: StepDetail = {}): void {
    this.#isTouched = true;
    this.#counts[state] += count;
    this.#note(state, count, detail);
  }

  /** Rows that change their state. */
  step(from: DeliveryState, to: DeliveryState, count: number, detail: StepDetail = {}): void {
    assertStep(from, to);
    this.#isTouched = true;
    this.#counts[from] -= count;
    this.#counts[to] += count;
    if (from === "pending") this.#mustLook = true;
    if (from === "sending") this.#watch(to, count, detail.code ?? null);
    this.#note(to, count, detail);
  }

  /** A row that ended so is pending again, because somebody asked for a retry. */
  retry(from: DeliveryState, code: ErrorCode): void {
    this.step(from, "pending", 1, { dueAt: atOnceDueAt });
    this.#countCode(from, code, -1);
    if (from === "uncertain") this.resend(1);
  }

  /** Of rows that ended so, so many have another code now. */
  recode(state: DeliveryState, { from, to }: Readonly<Record<"from" | "to", ErrorCode>>): void {
    this.#isTouched = true;
    this.#countCode(state, from, -1);
    this.#countCode(state, to, 1);
  }

  /** When the earliest pending row is due has to be looked up. */
  dueUnknown(): void {
    this.#mustLook = true;
  }

  /** No retry that somebody asked for is left to be carried out. */
  retriesDone(): void {
    this.#isTouched = true;
    this.#isRetrying = false;
  }

  /** Everybody is known now. */
  expanded(): void {
    if (this.#guards !== null) this.#guards = guardsWhenExpanded(this.#guards, this.total);
  }

  /** Rows that were uncertain and are tried again. */
  resend(count: number): void {
    this.#isTouched = true;
    this.#resent += count;
  }

  /** Its next row has become due: it takes this place, or the one that it had. */
  admit(place: number): void {
    if (this.#queue === 1) return;
    this.#isTouched = true;
    this.#queue = 1;
    if (this.#turn === 0) this.#turn = place;
  }

  /**
   * The lane has claimed from it: it goes to this place in the queue, behind those that wait. One with a single row keeps its
   * place, so that two messages to one person keep their order when the first is given back untried.
   */
  served(place: number): void {
    this.#isTouched = true;
    if (this.total > 1) this.#turn = place;
  }

  /** The earliest pending row was looked up. */
  looked(earliestDueAt: number | null): void {
    this.#nextDueAt = earliestDueAt;
    this.#mustLook = false;
  }

  /**
   * Whether the caller has to look up the earliest pending row before {@link close}, because it may be another one than is
   * known.
   */
  get mustLook(): boolean {
    return this.#mustLook && this.#isOpen && this.#counts.pending > 0;
  }

  /**
   * What is to be written. A campaign that is `sending`, with its expansion complete, no retry asked for and nothing left to do,
   * becomes `finished`; else its guards are asked, and may pause it. `earliestDueAt` is when the earliest pending row is due that
   * does not wait for the canary; it counts only where {@link mustLook} says so.
   */
  close(now: number, earliestDueAt: number | null): ClosedTally {
    const finishes = this.#isFinished;
    const pause = finishes ? null : this.#askGuards(now);
    if (finishes) this.#state = "finished";
    if (pause !== null) this.#state = "paused";
    this.#enqueue(now, earliestDueAt);
    const codes = [...this.#codes.values()];
    this.#codes.clear();
    return {
      state: this.#state,
      finishes,
      pause,
      opens: this.#wasEmpty && this.#nextDueAt !== null && this.#nextDueAt <= now,
      guards: this.#guards,
      ...this.#counts,
      resent: this.#resent,
      queue: this.#queue,
      turn: this.#turn,
      nextDueAt: this.#nextDueAt,
      codes,
    };
  }

  get #isFinished(): boolean {
    const { pending, sending } = this.#counts;
    const isDone = this.#expansionComplete && !this.#isRetrying && pending + sending === 0;
    return this.#state === "sending" && isDone;
  }

  #enqueue(now: number, earliestDueAt: number | null): void {
    if (!this.#isOpen || this.#counts.pending === 0) this.#nextDueAt = null;
    else if (this.#mustLook) this.#nextDueAt = earliestDueAt;
    this.#mustLook = false;
    if (this.#isOpen && this.heldRoom > 0) this.#nextDueAt = atOnceDueAt;
    if (this.#nextDueAt === null) this.#queue = null;
    else this.#queue = this.#queue === 1 && this.#nextDueAt <= now ? 1 : 0;
  }

  get #isOpen(): boolean {
    return this.#state === "sending" || this.#state === "expanding";
  }

  #note(state: DeliveryState, count: number, { code, dueAt }: StepDetail): void {
    if (count === 0) return;
    if (dueAt !== undefined && (this.#nextDueAt === null || dueAt < this.#nextDueAt))
      this.#nextDueAt = dueAt;
    if (code !== undefined && (state === "failed" || state === "skipped" || state === "uncertain"))
      this.#countCode(state, code, count);
  }

  #changeHeld(count: number, through: number): void {
    if (this.#guards === null || count === 0) return;
    const { canaryLeft, held } = this.#guards;
    const left = canaryLeft === null ? null : canaryLeft - through;
    this.#guards = { ...this.#guards, held: held + count, canaryLeft: left };
  }

  #watch(state: DeliveryState, count: number, code: ErrorCode | null): void {
    if (this.#guards === null || this.#guards.stopWhen === null) return;
    this.#guards = { ...this.#guards, watch: watched(this.#guards.watch, { state, code, count }) };
  }

  #askGuards(now: number): ClosedTally["pause"] {
    if (this.#guards === null) return null;
    const counts = countsOf(this.#counts);
    const isExpanded = this.#expansionComplete;
    const asked = askGuards(this.#guards, { state: this.#state, counts, isExpanded, now });
    this.#guards = asked.guards;
    return asked.cause === null ? null : { from: this.#state, cause: asked.cause };
  }

  #countCode(state: DeliveryState, code: ErrorCode, count: number): void {
    const entry = this.#codes.get(`${state} ${code}`);
    if (entry === undefined) this.#codes.set(`${state} ${code}`, { state, code, count });
    else entry.count += count;
  }
}

/**
 * A tally's values to be written. `finishes`: the campaign became `finished` just now. `pause`: it paused by itself just now.
 * `opens`: it has something that is due, and had nothing to send. `guards`: null where it has none.
 */
export interface ClosedTally extends Readonly<Record<DeliveryState, number>> {
  readonly state: CampaignState;
  readonly finishes: boolean;
  readonly pause: { readonly from: CampaignState; readonly cause: PauseCause } | null;
  readonly opens: boolean;
  readonly guards: CampaignGuards | null;
  readonly resent: number;
  readonly queue: number | null;
  readonly turn: number;
  readonly nextDueAt: number | null;
  /** How many more rows ended with each code. */
  readonly codes: readonly CodeCount[];
}

/** Rows of one state that ended with one code. */
export interface CodeCount {
  readonly state: DeliveryState;
  readonly code: ErrorCode;
  readonly count: number;
}

interface StepDetail {
  readonly code?: ErrorCode;
  /** For rows that become pending: when the earliest of them is due. */
  readonly dueAt?: number;
}

/** The columns of a campaign that make its tally. */
export interface TallyRow extends GuardRow {
  readonly tenant_id: TenantId;
  readonly campaign_id: CampaignId;
  readonly bot_id: BotId;
  readonly kind: CampaignKind;
  readonly change_of: CampaignId | null;
  readonly entry: number;
  readonly revision: number;
  readonly state: CampaignState;
  readonly on_uncertain: OnUncertain;
  readonly priority: number;
  readonly expansion_part: string | null;
  readonly retries: string | null;
  readonly retries_asked: number;
  readonly pending: number;
  readonly sending: number;
  readonly accepted: number;
  readonly failed: number;
  readonly skipped: number;
  readonly cancelled: number;
  readonly uncertain: number;
  readonly resent: number;
  readonly queue: number | null;
  readonly turn: number;
  readonly next_due_at: number | null;
}

/** The columns of {@link TallyRow}. */
export const tallyColumns = `tenant_id, campaign_id, bot_id, kind, change_of, entry, revision, state, on_uncertain, priority, expansion_part, pending,
  sending, accepted, failed, skipped, cancelled, uncertain, resent, queue, turn, next_due_at, retries, retries_asked, ${guardColumns}`;

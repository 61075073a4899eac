import type { CampaignState } from "../domain/campaign.ts";
import { assertStep, type DeliveryState, type OnUncertain } from "../domain/delivery.ts";
import type { ErrorCode } from "../domain/error-codes.ts";
import type { BotId, CampaignId, TenantId } from "../domain/ids.ts";

/**
 * One campaign's counters and its place in the lane's queue, loaded and saved within one transaction together with the
 * delivery rows they speak of. Every change of a delivery's state goes through here; a driver loads it and writes it.
 */
export class CampaignTally {
  readonly tenantId: TenantId;
  readonly id: CampaignId;
  readonly botId: BotId;
  readonly onUncertain: OnUncertain;
  readonly #counts: Record<DeliveryState, number>;
  readonly #codes = new Map<string, { -readonly [Key in keyof CodeCount]: CodeCount[Key] }>();
  #state: CampaignState;
  #expansionComplete: boolean;
  #resent: number;
  #queue: number | null;
  #turn: number;
  #nextDueAt: number | null;
  /** The earliest pending row may be another one than `#nextDueAt` says. */
  #mustLook: boolean;

  constructor(row: TallyRow, mustLook: boolean) {
    this.tenantId = row.tenant_id;
    this.id = row.campaign_id;
    this.botId = row.bot_id;
    this.onUncertain = row.on_uncertain;
    this.#state = row.state;
    this.#expansionComplete = row.expansion_part === null;
    const { pending, sending, accepted, failed, skipped, cancelled, uncertain } = row;
    this.#counts = { pending, sending, accepted, failed, skipped, cancelled, uncertain };
    this.#resent = row.resent;
    this.#queue = row.queue;
    this.#turn = row.turn;
    this.#nextDueAt = row.next_due_at;
    this.#mustLook = mustLook;
  }

  get state(): CampaignState {
    return this.#state;
  }

  get pending(): number {
    return this.#counts.pending;
  }

  /** How many deliveries there are. None is ever taken away, so it numbers the next one. */
  get total(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  /** New rows; `dueAt` is that of the earliest pending one. */
  add(state: DeliveryState, count: number, detail: StepDetail = {}): void {
    this.#counts[state] += count;
    this.#note(state, count, detail);
  }

  /** Rows that change their state. */
  step(from: DeliveryState, to: DeliveryState, count: number, detail: StepDetail = {}): void {
    assertStep(from, to);
    this.#counts[from] -= count;
    this.#counts[to] += count;
    if (from === "pending") this.#mustLook = true;
    this.#note(to, count, detail);
  }

  /** Rows that were uncertain and are tried again. */
  resend(count: number): void {
    this.#resent += count;
  }

  /**
   * The lane has claimed from it: it goes to this place in the queue, behind those that wait. One with a single row keeps its
   * place, so that two messages to one person keep their order when the first is given back untried.
   */
  served(place: number): void {
    if (this.total > 1) this.#turn = place;
  }

  /**
   * Whether the caller has to look up the earliest pending row before {@link close}, because it may be another one than is
   * known.
   */
  get mustLook(): boolean {
    return this.#mustLook && this.#isOpen && this.#counts.pending > 0;
  }

  /**
   * What is to be written. A campaign that is `sending`, with its expansion complete and nothing left to do, becomes
   * `finished`. `earliestDueAt` is when the earliest pending row is due; it counts only where {@link mustLook} says so.
   */
  close(now: number, earliestDueAt: number | null): ClosedTally {
    const { pending, sending } = this.#counts;
    const finishes =
      this.#state === "sending" && this.#expansionComplete && pending + sending === 0;
    if (finishes) this.#state = "finished";
    if (!this.#isOpen || pending === 0) this.#nextDueAt = null;
    else if (this.#mustLook) this.#nextDueAt = earliestDueAt;
    this.#mustLook = false;
    if (this.#nextDueAt === null) this.#queue = null;
    else this.#queue = this.#queue === 1 && this.#nextDueAt <= now ? 1 : 0;
    const codes = [...this.#codes.values()];
    this.#codes.clear();
    return {
      state: this.#state,
      finishes,
      ...this.#counts,
      resent: this.#resent,
      queue: this.#queue,
      turn: this.#turn,
      nextDueAt: this.#nextDueAt,
      codes,
    };
  }

  get #isOpen(): boolean {
    return this.#state === "sending" || this.#state === "expanding";
  }

  #note(state: DeliveryState, count: number, { code, dueAt }: StepDetail): void {
    if (count === 0) return;
    if (dueAt !== undefined && (this.#nextDueAt === null || dueAt < this.#nextDueAt))
      this.#nextDueAt = dueAt;
    if (code === undefined || !(state === "failed" || state === "skipped" || state === "uncertain"))
      return;
    const entry = this.#codes.get(`${state} ${code}`);
    if (entry === undefined) this.#codes.set(`${state} ${code}`, { state, code, count });
    else entry.count += count;
  }
}

/** A tally's values to be written. `finishes`: the campaign became `finished` just now. */
export interface ClosedTally extends Readonly<Record<DeliveryState, number>> {
  readonly state: CampaignState;
  readonly finishes: boolean;
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
export interface TallyRow {
  readonly tenant_id: TenantId;
  readonly campaign_id: CampaignId;
  readonly bot_id: BotId;
  readonly state: CampaignState;
  readonly on_uncertain: OnUncertain;
  readonly expansion_part: string | null;
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
export const tallyColumns = `tenant_id, campaign_id, bot_id, state, on_uncertain, expansion_part, pending, sending, accepted,
  failed, skipped, cancelled, uncertain, resent, queue, turn, next_due_at`;

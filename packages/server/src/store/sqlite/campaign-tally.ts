import type { CampaignState } from "../../domain/campaign.ts";
import { assertStep, type DeliveryState, type OnUncertain } from "../../domain/delivery.ts";
import type { ErrorCode } from "../../domain/error-codes.ts";
import type { BotId, CampaignId, TenantId } from "../../domain/ids.ts";
import type { Database } from "./database.ts";

/**
 * One campaign's counters and its place in the lane's queue, loaded and saved within one transaction together with the
 * delivery rows they speak of. Every change of a delivery's state goes through here.
 */
export class CampaignTally {
  readonly tenantId: TenantId;
  readonly id: CampaignId;
  readonly botId: BotId;
  readonly onUncertain: OnUncertain;
  readonly #counts: Record<DeliveryState, number>;
  readonly #codes = new Map<string, { state: DeliveryState; code: ErrorCode; count: number }>();
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
   * Writes what changed. A campaign that is `sending`, with its expansion complete and nothing left to do, becomes
   * `finished`; answers whether it did.
   */
  save(db: Database, now: number): boolean {
    const { pending, sending, accepted, failed, skipped, cancelled, uncertain } = this.#counts;
    const isDone = this.#expansionComplete && pending + sending === 0;
    const finishes = this.#state === "sending" && isDone;
    if (finishes) this.#state = "finished";
    this.#enqueue(db, now);
    db.run(
      `UPDATE campaigns SET state = ?, finished_at = CASE WHEN ? THEN ? ELSE finished_at END, updated_at = ?,
         pending = ?, sending = ?, accepted = ?, failed = ?, skipped = ?, cancelled = ?, uncertain = ?, resent = ?,
         queue = ?, turn = ?, next_due_at = ?
       WHERE tenant_id = ? AND campaign_id = ?`,
      this.#state,
      finishes ? 1 : 0,
      now,
      now,
      pending,
      sending,
      accepted,
      failed,
      skipped,
      cancelled,
      uncertain,
      this.#resent,
      this.#queue,
      this.#turn,
      this.#nextDueAt,
      this.tenantId,
      this.id,
    );
    for (const { state, code, count } of this.#codes.values())
      this.#saveCode(db, state, code, count);
    this.#codes.clear();
    return finishes;
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

  #enqueue(db: Database, now: number): void {
    const isOpen = this.#state === "sending" || this.#state === "expanding";
    if (!isOpen || this.#counts.pending === 0) this.#nextDueAt = null;
    else if (this.#mustLook) this.#nextDueAt = earliestDue(db, this);
    this.#mustLook = false;
    if (this.#nextDueAt === null) this.#queue = null;
    else this.#queue = this.#queue === 1 && this.#nextDueAt <= now ? 1 : 0;
  }

  #saveCode(db: Database, state: DeliveryState, code: ErrorCode, count: number): void {
    db.run(
      `INSERT INTO campaign_codes (tenant_id, campaign_id, state, code, count) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (tenant_id, campaign_id, state, code) DO UPDATE SET count = count + excluded.count`,
      this.tenantId,
      this.id,
      state,
      code,
      count,
    );
  }
}

interface StepDetail {
  readonly code?: ErrorCode;
  /** For rows that become pending: when the earliest of them is due. */
  readonly dueAt?: number;
}

interface TallyRow {
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

const selectTally = `
SELECT tenant_id, campaign_id, bot_id, state, on_uncertain, expansion_part, pending, sending, accepted, failed, skipped,
  cancelled, uncertain, resent, queue, turn, next_due_at
FROM campaigns`;

/** The tally of a campaign, or null where there is none. `stateChanged`: its place in the queue must be looked up anew. */
export function loadTally(
  db: Database,
  id: CampaignId,
  { stateChanged = false }: { readonly stateChanged?: boolean } = {},
): CampaignTally | null {
  const row = db.get<TallyRow>(`${selectTally} WHERE campaign_id = ?`, id);
  return row === null ? null : new CampaignTally(row, stateChanged);
}

function earliestDue(db: Database, tally: CampaignTally): number | null {
  const row = db.get<{ due_at: number }>(
    `SELECT due_at FROM deliveries WHERE tenant_id = ? AND campaign_id = ? AND state = 'pending'
     ORDER BY due_at, ordinal LIMIT 1`,
    tally.tenantId,
    tally.id,
  );
  return row?.due_at ?? null;
}

import type { BotId, CampaignId } from "../domain/ids.ts";
import { shown } from "./attention-shown.ts";
import type { Attention } from "./engine.ts";
import type { JobKind, Jobs } from "./ports/jobs.ts";
import type { LedgerStore } from "./ports/store.ts";
import type { SteadyClock } from "./steady-clock.ts";
import { Waker } from "./stop-signal.ts";
import { StoreTrouble } from "./store-trouble.ts";

/** What the planner needs. */
export interface PlannerParts {
  readonly clock: SteadyClock;
  readonly ledger: LedgerStore;
  readonly jobs: Jobs;
  readonly botId: BotId;
  /** Rejects while the store cannot be written. */
  readonly probe: () => Promise<void>;
  /** Told when a job was added. */
  readonly onAdded: () => void;
  readonly onAttention: (id: CampaignId | null, attention: Attention | null) => void;
}

/**
 * Looks twice a second, and whenever it is woken, at what the store says is to be done beside the lanes: campaigns to recall and to
 * expand, rows of cancelled and expired campaigns to end, rows to retry; and makes sure that there is a job for each. Jobs are never the only place where
 * it says that something is to be done, so none can be lost, and of several processes that look, one adds it.
 */
export class Planner {
  readonly #parts: PlannerParts;
  readonly #waker: Waker;
  readonly #trouble = new StoreTrouble();
  /** When each job that is still to be done was last made sure of. */
  #ensured = new Map<string, number>();
  readonly #hurried = new Set<CampaignId>();
  #isClosing = false;
  #sweptAt = Number.NEGATIVE_INFINITY;
  /** When it was last seen to that what is old is removed. */
  #forgotAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;

  constructor(parts: PlannerParts) {
    this.#parts = parts;
    this.#waker = new Waker(parts.clock);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Says that there may be something to do: at once for a campaign that somebody moved, whatever it waited for. */
  wake(id?: CampaignId): void {
    if (id !== undefined && this.#running !== null) this.#hurried.add(id);
    this.#waker.wake();
  }

  /** Ends after the look at hand. */
  async stop(): Promise<void> {
    this.#isClosing = true;
    this.#waker.wake();
    await this.#running;
  }

  /** What keeps it from looking, or null. */
  get attention(): Attention | null {
    return shown(this.#parts.clock, this.#trouble.attention);
  }

  async #run(): Promise<void> {
    while (!this.#isClosing) {
      const now = this.#parts.clock.now();
      let next = now + everyMs;
      try {
        next = await this.#round(now);
        if (this.#trouble.passed()) this.#parts.onAttention(null, null);
      } catch (error) {
        const attention = this.#trouble.failed(error, now);
        this.#parts.onAttention(null, attention);
        next = this.#trouble.retryAt(now);
      }
      if (!this.#isClosing) await this.#waker.wait(next - this.#parts.clock.now());
    }
  }

  /** One look. Answers when the next is due. */
  async #round(now: number): Promise<number> {
    const { ledger, clock } = this.#parts;
    const machineNow = clock.machine(now);
    const before = this.#ensured;
    this.#ensured = new Map();
    for (const { id } of await ledger.campaignsToRecall(machineNow, campaignsMax))
      await this.#ensure(before, { kind: "recall", key: id, hurry: false, now });
    for (const { id } of await ledger.campaignsToExpand(machineNow, campaignsMax))
      await this.#ensure(before, { kind: "expand", key: id, hurry: this.#hurried.delete(id), now });
    for (const id of await ledger.campaignsToCancel(campaignsMax))
      await this.#ensure(before, { kind: "cancel", key: id, hurry: false, now });
    for (const id of await ledger.campaignsToRetry(campaignsMax))
      await this.#ensure(before, { kind: "retry", key: id, hurry: false, now });
    // A store that failed is not well because it can be read: a write has to come through first.
    if (this.#trouble.attention !== null) await this.#parts.probe();
    if (now - this.#sweptAt >= sweepMs) {
      this.#sweptAt = now;
      if (await ledger.hasExpired(machineNow))
        await this.#ensure(before, { kind: "expire", key: "all", hurry: false, now });
    }
    if (now - this.#forgotAt >= forgetMs) {
      await this.#ensure(before, { kind: "forget", key: "all", hurry: false, now });
      this.#forgotAt = now;
    }
    const scheduledAt = await ledger.nextScheduledAt();
    const waitMs = (scheduledAt ?? Number.POSITIVE_INFINITY) - machineNow;
    return now + Math.min(everyMs, Math.max(1, waitMs));
  }

  /** Adds a job, unless that was done a moment ago: it waits, or somebody works on it. */
  async #ensure(
    before: ReadonlyMap<string, number>,
    job: { readonly kind: JobKind; readonly key: string; hurry: boolean; readonly now: number },
  ): Promise<void> {
    const { jobs, botId, clock, onAdded } = this.#parts;
    const { kind, key, hurry, now } = job;
    const name = `${kind} ${key}`;
    const ensuredAt = before.get(name) ?? Number.NEGATIVE_INFINITY;
    if (!hurry && now - ensuredAt < ensureMs) {
      this.#ensured.set(name, ensuredAt);
      return;
    }
    const dueAt = clock.machine(now);
    const added = await jobs.add({ botId, kind, key, dueAt, hurry }, dueAt);
    if (added !== "full") this.#ensured.set(name, now);
    if (added === "added" || hurry) onAdded();
  }
}

const everyMs = 500;
const sweepMs = 2000;
const ensureMs = 5000;
const forgetMs = 60 * 60 * 1000;
const campaignsMax = 64;

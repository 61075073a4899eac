import { StoreError } from "../domain/errors.ts";
import type { BotId, WorkerId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import { backoffMs } from "../domain/retry-policy.ts";
import {
  type JobKind,
  type JobNote,
  type Jobs,
  jobKinds,
  neverDue,
  type TakenJob,
} from "./ports/jobs.ts";
import type { Processes } from "./ports/processes.ts";
import type { Rng } from "./ports/runtime.ts";
import type { SteadyClock } from "./steady-clock.ts";
import { Waker } from "./stop-signal.ts";
import { StoreTrouble } from "./store-trouble.ts";

/**
 * How a job's work ended: it is done; it is to be done again at some time, with what people should know meanwhile; it came to
 * nothing and is tried again by the rule for failures; or it was stopped in the middle, because `isClosing` said so.
 */
export type JobEnd =
  | { readonly end: "done" }
  | { readonly end: "again"; readonly dueAt: number; readonly note: JobNote | null }
  | { readonly end: "failed"; readonly note: JobNote }
  | { readonly end: "stopped" };

/**
 * Does the work of one job. `isClosing` says that it should stop where it stands: the process ends, or another has the job. To ask
 * it is also the sign of life for which the lease is renewed.
 */
export type JobWork = (job: TakenJob, isClosing: () => boolean) => Promise<JobEnd>;

/** What the runner needs. */
export interface JobRunnerParts {
  readonly clock: SteadyClock;
  readonly rng: Rng;
  readonly jobs: Jobs;
  readonly log: Log;
  readonly processes: Processes;
  readonly worker: WorkerId;
  readonly botId: BotId;
  /** What is done for each kind, and how many of it at once. */
  readonly kinds: Readonly<Record<JobKind, { readonly work: JobWork; readonly atOnce: number }>>;
  /** Told when a job was put back with a note, and, with null, when one that had a note is done. */
  readonly onNote: (job: TakenJob, note: (JobNote & { readonly dueAt: number }) | null) => void;
}

/**
 * Looks twice a second, and whenever it is woken, for jobs that are due; works on some of each kind at once, and renews their
 * leases. A job that fails, or whose process dies, is tried again with growing waits, and given up after ten attempts: then it
 * stays where it is, with its note, until somebody hurries it.
 */
export class JobRunner {
  readonly #parts: JobRunnerParts;
  readonly #waker: Waker;
  readonly #trouble = new StoreTrouble();
  readonly #runs = new Set<Run>();
  #isClosing = false;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;

  constructor(parts: JobRunnerParts) {
    this.#parts = parts;
    this.#waker = new Waker(parts.clock);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Says that there may be a job. */
  wake(): void {
    this.#waker.wake();
  }

  /** Ends after the step at hand of each job, and gives back what is not done. */
  async stop(): Promise<void> {
    this.#isClosing = true;
    this.#waker.wake();
    await this.#running;
    await Promise.all([...this.#runs].map(({ ended }) => ended));
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    while (!this.#isClosing) {
      let waitMs = lookMs;
      try {
        await this.#renew();
        await this.#take();
        if (this.#trouble.passed()) log.info("store.recovered");
      } catch (error) {
        const now = clock.now();
        const { code, detail } = this.#trouble.failed(error, now);
        log.error("store.failed", { code, detail });
        waitMs = this.#trouble.retryAt(now) - now;
      }
      if (!this.#isClosing) await this.#waker.wait(waitMs);
    }
  }

  async #renew(): Promise<void> {
    const { clock, jobs } = this.#parts;
    const now = clock.now();
    // Work that gives no sign of life hangs, most likely: somebody else may take it up.
    for (const run of this.#runs) run.isLost ||= now - run.aliveAt >= hungMs;
    const mine = [...this.#runs].filter((run) => !run.isLost);
    if (now - this.#renewedAt < renewMs || mine.length === 0) return;
    const held = await jobs.renew(
      mine.map(({ job }) => job),
      { now: clock.machine(now), leaseMs: jobLeaseMs },
    );
    this.#renewedAt = now;
    const marks = new Set(held.map(markOf));
    for (const run of mine) run.isLost = !marks.has(markOf(run.job));
  }

  async #take(): Promise<void> {
    const { jobs, kinds, worker, botId, processes } = this.#parts;
    const wanted: Partial<Record<JobKind, number>> = {};
    for (const kind of jobKinds) wanted[kind] = kinds[kind].atOnce - this.#countOf(kind);
    const hasEnded = (other: WorkerId) => processes.hasEnded(other);
    const now = this.#machineNow;
    const request = { botId, wanted, worker, now, leaseMs: jobLeaseMs, hasEnded };
    for (const job of await jobs.take(request)) this.#begin(job);
  }

  #countOf(kind: JobKind): number {
    return [...this.#runs].filter(({ job }) => job.kind === kind).length;
  }

  #begin(job: TakenJob): void {
    const aliveAt = this.#parts.clock.now();
    const run: Run = { job, isLost: false, aliveAt, ended: Promise.resolve() };
    this.#runs.add(run);
    run.ended = this.#work(run).finally(() => {
      this.#runs.delete(run);
      this.#waker.wake();
    });
  }

  async #work(run: Run): Promise<void> {
    const { job } = run;
    const end = await this.#endOf(run);
    // What became of it is written as soon as the store takes it, as long as the job is ours.
    while (!run.isLost) {
      try {
        await this.#end(job, end);
        return;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        const { kind, key } = job;
        const { code, message } = error;
        this.#parts.log.error("store.failed", { kind, key, code, detail: message });
        // Nothing more is waited for: its lease runs out, and it is taken up from what is in the store.
        if (this.#isClosing) return;
        await this.#parts.clock.sleep(writeAgainMs);
      }
    }
  }

  async #endOf(run: Run): Promise<JobEnd> {
    const { job } = run;
    const { kinds, clock } = this.#parts;
    if (job.attempt > attemptsMax) return { end: "failed", note: noteOf(job, this.#machineNow) };
    try {
      return await kinds[job.kind].work(job, () => {
        run.aliveAt = clock.now();
        return this.#isClosing || run.isLost;
      });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const { code, message: detail } = error;
      const now = clock.machine(clock.now());
      const since = job.note?.since ?? now;
      const waitMs = Math.min(storeWaitMsMax, Math.max(storeWaitMs, now - since));
      return { end: "again", dueAt: now + waitMs, note: { code, detail, since } };
    }
  }

  async #end(job: TakenJob, end: JobEnd): Promise<void> {
    const { jobs } = this.#parts;
    const now = this.#machineNow;
    switch (end.end) {
      case "done":
        await jobs.done(job, now);
        if (job.note !== null) this.#parts.onNote(job, null);
        return;
      case "stopped":
        await jobs.again(job, { dueAt: now, failed: false, note: job.note }, now);
        return;
      case "again":
        await this.#putBack(job, { dueAt: end.dueAt, failed: false, note: end.note });
        return;
      case "failed":
        await this.#fail(job, end.note);
    }
  }

  async #fail(job: TakenJob, note: JobNote): Promise<void> {
    const { log, rng } = this.#parts;
    const { kind, key, attempt } = job;
    const isGivenUp = attempt >= attemptsMax;
    log.warn("job.failed", { kind, key, attempt, code: note.code, detail: note.detail, isGivenUp });
    const waitMs = firstWaitMs + backoffMs({ attempt, random: rng(), capMs: waitMsMax });
    const dueAt = isGivenUp ? neverDue : this.#machineNow + waitMs;
    const left = isGivenUp ? { ...note, code: "JOB_GIVEN_UP" as const } : note;
    await this.#putBack(job, { dueAt, failed: true, note: left });
  }

  async #putBack(
    job: TakenJob,
    next: { readonly dueAt: number; readonly failed: boolean; readonly note: JobNote | null },
  ): Promise<void> {
    if (!(await this.#parts.jobs.again(job, next, this.#machineNow))) return;
    const { note, dueAt } = next;
    if (note !== null) this.#parts.onNote(job, { ...note, dueAt });
    else if (job.note !== null) this.#parts.onNote(job, null);
  }

  get #machineNow(): number {
    const { clock } = this.#parts;
    return clock.machine(clock.now());
  }
}

interface Run {
  readonly job: TakenJob;
  /** Another worker has it. */
  isLost: boolean;
  /** When its work last gave a sign of life. */
  aliveAt: number;
  ended: Promise<void>;
}

/** What is said of a job that was taken again and again, and never came to an end. */
function noteOf({ note, attempt }: TakenJob, now: number): JobNote {
  const last = note === null ? "" : ` Before that: ${note.detail}`;
  const detail = `It was begun ${attempt - 1} times, and each time its process ended before it did.${last}`;
  return { code: "JOB_GIVEN_UP", detail, since: note?.since ?? now };
}

function markOf({ kind, key, mark }: TakenJob): string {
  return `${kind} ${key} ${mark}`;
}

/** How long a job is its worker's beyond the last renewal. */
export const jobLeaseMs = 10_000;
const renewMs = 2_500;
const lookMs = 500;
/** The longest that one step of a job's work may take, a `Retry-After` included. */
const hungMs = 600_000;
const attemptsMax = 10;
const firstWaitMs = 1_000;
const waitMsMax = 300_000;
/** While the store fails: growing waits between attempts, and how often what became of a job is tried to be written. */
const storeWaitMs = 250;
const storeWaitMsMax = 10_000;
const writeAgainMs = 500;

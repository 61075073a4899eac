/**
 * Coarse jobs: a few a minute, never one for a recipient. A job is the name of something to do, and what it does is in the
 * store: so it may be begun anywhere, ended anywhere, and done twice.
 *
 * One job, walked through: the planner of any process sees that a campaign is to be expanded, and calls `add` with its id as the
 * key; of several that do, one adds it. The runner of any process calls `take`, which gives the job to that one under a lease,
 * and renews the lease while it works. In the end it calls `done`, and the job is gone; or `again`, with the instant at which it
 * is due next. Should its process die, the lease runs out, and another `take` gives the job to somebody else.
 */
import type { ErrorCode } from "../../domain/error-codes.ts";
import type { BotId, WorkerId } from "../../domain/ids.ts";

/** Everything that is done in jobs, and what the key names. */
export const jobKinds = [
  /** Expand a campaign's audience; the campaign's id. */
  "expand",
  /** Make the recall of a campaign whose `recallAt` has come; the campaign's id. */
  "recall",
  /** End the open rows of a cancelled campaign; the campaign's id. */
  "cancel",
  /** End the open rows of campaigns that have expired; `all`. */
  "expire",
  /** Open the ended rows of a campaign again that somebody asked to retry; the campaign's id. */
  "retry",
  /** Read the roster of a team; tenant and team, with a space between. */
  "roster",
  /** Remove what is older than it is to be kept; `all`. */
  "forget",
] as const;
export type JobKind = (typeof jobKinds)[number];

/** What tells jobs apart: of one key there is at most one at a time, be it waiting or running. */
export interface JobName {
  readonly botId: BotId;
  readonly kind: JobKind;
  readonly key: string;
}

/** Why a job waits longer than it would have to, for people. */
export interface JobNote {
  readonly code: ErrorCode;
  readonly detail: string;
  /** Since when, epoch ms. */
  readonly since: number;
}

/** A job as one worker has it. */
export interface TakenJob extends JobName {
  /** How often it was taken without an end since, this time included: more than once means that it failed, or its worker died. */
  readonly attempt: number;
  /** What it was left with. */
  readonly note: JobNote | null;
  /** The driver's own mark of this taking: who took it before has another one. */
  readonly mark: string;
}

/** A job as it stands. */
export interface JobView {
  readonly isRunning: boolean;
  /** When it is due, epoch ms; of a running one, when it was. */
  readonly dueAt: number;
  readonly attempt: number;
  readonly note: JobNote | null;
}

/** An instant at which nothing is ever due: a job that was given up, until somebody hurries it. */
export const neverDue = Date.UTC(9999, 0, 1);

/** At most so many jobs of a bot are stored; what is beyond them is added later, by those who see that it is to be done. */
export const jobsMax = 2_000;

/** Storage of coarse jobs. Failures are `StoreError`s; nothing of a failed call is kept. */
export interface Jobs {
  /**
   * Stores a job unless one of the same name waits or runs already; with `hurry` a waiting one becomes due at `dueAt` if that is
   * sooner, and its attempts are forgotten. `full`: there are {@link jobsMax} already.
   */
  add(
    job: JobName & { readonly dueAt: number; readonly hurry?: boolean },
    now: number,
  ): Promise<"added" | "known" | "full">;
  /**
   * Gives this worker jobs that are due, and those whose lease is over: of each kind as many as `wanted` says at most, the soonest
   * due first. `hasEnded` may be asked of who runs one: the lease of a process that has certainly ended is over. No job is
   * given to two workers while its lease lasts.
   */
  take(request: {
    readonly botId: BotId;
    readonly wanted: Readonly<Partial<Record<JobKind, number>>>;
    readonly worker: WorkerId;
    readonly now: number;
    readonly leaseMs: number;
    readonly hasEnded: (worker: WorkerId) => boolean;
  }): Promise<readonly TakenJob[]>;
  /** Prolongs leases from `now` on; answers the jobs that are still this worker's. */
  renew(
    jobs: readonly TakenJob[],
    request: { readonly now: number; readonly leaseMs: number },
  ): Promise<readonly TakenJob[]>;
  /** It is done, and forgotten. Answers false when another worker has it by now; then nothing changes. */
  done(job: TakenJob, now: number): Promise<boolean>;
  /**
   * It is to be done again from `dueAt` on. `failed` counts this attempt as one that came to nothing; otherwise its attempts
   * begin anew. Answers as `done` does.
   */
  again(
    job: TakenJob,
    next: { readonly dueAt: number; readonly failed: boolean; readonly note: JobNote | null },
    now: number,
  ): Promise<boolean>;
  /** How a job stands; null where there is none. */
  find(name: JobName): Promise<JobView | null>;
}

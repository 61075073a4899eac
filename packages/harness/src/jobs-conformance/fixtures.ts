import assert from "node:assert/strict";
import { botId, type WorkerId, workerId } from "../../../server/src/domain/ids.ts";
import type { JobKind, JobName, Jobs, TakenJob } from "../../../server/src/engine/ports/jobs.ts";

/** A driver under test, empty, with a time of its own that moves when it is told to. */
export interface OpenedJobs {
  readonly jobs: Jobs;
  /** Epoch ms, by the clock that the driver goes by. */
  now(): number;
  /** Lets time pass for the driver. */
  pass(ms: number): Promise<void>;
  cleanup(): Promise<void>;
}

export type OpenJobs = () => Promise<OpenedJobs>;

/** What a driver must do: a sentence, and a check that throws when it does not. Each runs on an empty store. */
export type JobCases = Readonly<Record<string, (opened: OpenedJobs) => Promise<void>>>;

export const bot = botId("00000000-0000-0000-0000-0000000000b0");
/** As short as every driver can. */
export const leaseMs = 10_000;

export function name(key: string, kind: JobKind = "expand"): JobName {
  return { botId: bot, kind, key };
}

/** Adds a job that is due now, and must be new. */
export async function add(opened: OpenedJobs, key: string, kind?: JobKind): Promise<void> {
  const { jobs, now } = opened;
  const made = await jobs.add({ ...name(key, kind), dueAt: now() }, now());
  assert.equal(made, "added");
}

/** What a worker gets now. */
export function take(
  { jobs, now }: OpenedJobs,
  worker: string,
  more: {
    readonly kind?: JobKind;
    readonly limit?: number;
    readonly ended?: readonly WorkerId[];
  } = {},
): Promise<readonly TakenJob[]> {
  const { kind = "expand", limit = 10, ended = [] } = more;
  return jobs.take({
    botId: bot,
    wanted: { [kind]: limit },
    worker: workerId(worker),
    now: now(),
    leaseMs,
    hasEnded: (other) => ended.includes(other),
  });
}

/** The one job that a worker gets now. */
export async function takeOne(opened: OpenedJobs, worker: string): Promise<TakenJob> {
  const [job, ...others] = await take(opened, worker);
  assert.ok(job !== undefined && others.length === 0, `${worker} gets one job`);
  return job;
}

export function keys(jobs: readonly TakenJob[]): readonly string[] {
  return jobs.map(({ key }) => key);
}

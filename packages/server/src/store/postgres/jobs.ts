import { createHash } from "node:crypto";
import type { ConnectionOptions, JobWithMetadata, PgBoss } from "pg-boss";
import {
  type JobKind,
  type JobName,
  type JobNote,
  type Jobs,
  type JobView,
  jobKinds,
  neverDue,
  type TakenJob,
} from "../../engine/ports/jobs.ts";
import type { Boss } from "./boss.ts";

/**
 * The jobs port on pg-boss, in the database of the store. Each kind of a bot's jobs is a queue of which one job of a key may wait
 * or run; a job that is put back is ended and sent again, in one transaction. Instants are the database's, whatever `now` says.
 * Who runs a job is not known, so a dead worker's lease is always waited for.
 */
export function jobsOn(boss: Boss): Jobs {
  return {
    add: (job) => boss.use((db) => add(boss, db, job)),
    take: (request) => boss.use((db) => take(boss, db, request)),
    renew: (jobs) => boss.use((db) => renew(boss, db, jobs)),
    done: (job) =>
      boss.use(async (db) => affected(await db.complete(await queueOf(boss, job), attemptOf(job)))),
    again: (job, next) => boss.use((db) => putBack(boss, db, job, next)),
    find: (name) => boss.use((db) => find(boss, db, name)),
  };
}

/** What we keep in a job of pg-boss. */
interface Kept {
  /** Attempts of earlier takings that came to nothing. */
  readonly failures: number;
  readonly note: JobNote | null;
}

type Found = JobWithMetadata<Kept>;

async function add(
  boss: Boss,
  db: PgBoss,
  { dueAt, hurry = false, ...name }: Parameters<Jobs["add"]>[0],
): ReturnType<Jobs["add"]> {
  const queue = await queueOf(boss, name);
  if (await send(db, queue, name.key, { dueAt, kept: { failures: 0, note: null } })) return "added";
  if (hurry) {
    const waiting = await findWaiting(db, queue, name.key);
    if (waiting !== null && waiting.startAfter.getTime() > dueAt) {
      const { note } = waiting.data;
      const startAfter = new Date(dueAt);
      await db.update(
        queue,
        { failures: -waiting.retryCount, note },
        { id: waiting.id, startAfter },
      );
    }
  }
  return "known";
}

/** Answers false where there is one of this key. */
async function send(
  db: PgBoss,
  queue: string,
  key: string,
  {
    dueAt,
    kept,
    within,
  }: { readonly dueAt: number; readonly kept: Kept; readonly within?: ConnectionOptions },
): Promise<boolean> {
  const options = { singletonKey: key, startAfter: new Date(dueAt), ...within };
  return (await db.send(queue, kept, options)) !== null;
}

async function take(
  boss: Boss,
  db: PgBoss,
  { botId, wanted, now }: Parameters<Jobs["take"]>[0],
): Promise<readonly TakenJob[]> {
  await boss.endOverdue(now);
  const taken: TakenJob[] = [];
  for (const kind of jobKinds) {
    const batchSize = wanted[kind] ?? 0;
    if (batchSize <= 0) continue;
    const queue = await queueOf(boss, { botId, kind });
    const found = await db.fetch<Kept>(queue, { batchSize, includeMetadata: true });
    // What is fetched together comes in no order.
    found.sort((one, other) => dueOf(one) - dueOf(other) || (keyOf(one) < keyOf(other) ? -1 : 1));
    taken.push(...found.map((job) => ({ botId, kind, ...takenOf(job) })));
  }
  return taken;
}

function dueOf({ startAfter }: Found): number {
  return startAfter.getTime();
}

function keyOf({ singletonKey }: Found): string {
  return singletonKey ?? "";
}

function takenOf(job: Found): Omit<TakenJob, "botId" | "kind"> {
  const { id, retryCount, data } = job;
  return {
    key: keyOf(job),
    attempt: data.failures + retryCount + 1,
    note: data.note,
    mark: `${id} ${retryCount}`,
  };
}

async function renew(
  boss: Boss,
  db: PgBoss,
  jobs: readonly TakenJob[],
): Promise<readonly TakenJob[]> {
  const held: TakenJob[] = [];
  for (const job of jobs)
    if (affected(await db.touch(await queueOf(boss, job), attemptOf(job)))) held.push(job);
  return held;
}

async function putBack(
  boss: Boss,
  db: PgBoss,
  job: TakenJob,
  { dueAt, failed, note }: Parameters<Jobs["again"]>[1],
): Promise<boolean> {
  const queue = await queueOf(boss, job);
  return boss.transaction(async (within) => {
    if (!affected(await db.complete(queue, attemptOf(job), null, within))) return false;
    const kept = { failures: failed ? job.attempt : 0, note };
    return send(db, queue, job.key, { dueAt: Math.min(dueAt, neverDue), kept, within });
  });
}

async function find(boss: Boss, db: PgBoss, name: JobName): Promise<JobView | null> {
  const queue = await queueOf(boss, name);
  const jobs = await db.findJobs<Kept>(queue, { key: name.key });
  const job = jobs.find(({ state }) => openStates.has(state));
  if (job === undefined) return null;
  const { state, startAfter, data, retryCount } = job;
  const isRunning = state === "active";
  return {
    isRunning,
    dueAt: startAfter.getTime(),
    attempt: data.failures + retryCount + (isRunning ? 1 : 0),
    note: data.note,
  };
}

async function findWaiting(db: PgBoss, queue: string, key: string): Promise<Found | null> {
  const [job] = await db.findJobs<Kept>(queue, { key, queued: true });
  return job ?? null;
}

const openStates: ReadonlySet<string> = new Set(["created", "retry", "active"]);

/** The queue of a bot's jobs of one kind, made where it is missing. */
async function queueOf(
  boss: Boss,
  { botId, kind }: { readonly botId: string; readonly kind: JobKind },
): Promise<string> {
  // A queue's name takes few characters, and a bot's id may be any text.
  const bot = /^[0-9a-f-]{1,40}$/.test(botId)
    ? botId
    : createHash("sha256").update(botId).digest("hex").slice(0, 32);
  const queue = `carillon-${kind}-${bot}`;
  await boss.queue(queue);
  return queue;
}

/** This taking of the job alone: who took it before is not meant. */
function attemptOf({ mark }: TakenJob): { readonly id: string; readonly retryCount: number } {
  const [id = "", retryCount = "0"] = mark.split(" ");
  return { id, retryCount: Number(retryCount) };
}

/** Whether a command found the job that it was for. The answer has this count, and its declared type lacks it. */
function affected(response: object): boolean {
  return Number(Reflect.get(response, "affected")) > 0;
}

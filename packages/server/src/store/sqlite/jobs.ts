import type { BotId, WorkerId } from "../../domain/ids.ts";
import {
  type JobKind,
  type JobName,
  type JobNote,
  type Jobs,
  type JobView,
  jobKinds,
  jobsMax,
  type TakenJob,
} from "../../engine/ports/jobs.ts";
import type { Database } from "./database.ts";

type AddRequest = Parameters<Jobs["add"]>[0];
type TakeRequest = Parameters<Jobs["take"]>[0];
type Lease = Parameters<Jobs["renew"]>[1];
type Next = Parameters<Jobs["again"]>[1];

/** Stores a job unless there is one of its name. */
export function addJob(
  db: Database,
  { botId, kind, key, dueAt, hurry = false }: AddRequest,
  now: number,
): "added" | "known" | "full" {
  const known = findJob(db, { botId, kind, key });
  if (known !== null) {
    if (hurry && !known.isRunning && known.dueAt > dueAt)
      db.run(
        "UPDATE jobs SET due_at = ?, put_at = ?, attempts = 0 WHERE bot_id = ? AND kind = ? AND job_key = ?",
        dueAt,
        now,
        botId,
        kind,
        key,
      );
    return "known";
  }
  const stored = db.get<{ n: number }>(
    "SELECT count(*) AS n FROM (SELECT 1 FROM jobs WHERE bot_id = ? LIMIT (? + 0))",
    botId,
    jobsMax,
  );
  if ((stored?.n ?? 0) >= jobsMax) return "full";
  db.run(
    "INSERT INTO jobs (bot_id, kind, job_key, due_at, fence, put_at) VALUES (?, ?, ?, ?, ?, ?)",
    botId,
    kind,
    key,
    dueAt,
    // Not from zero: who had an earlier job of this name must not be taken for who has this one.
    now,
    now,
  );
  return "added";
}

/** Whether there is anything to take: asked before a transaction is begun for it, because mostly there is not. */
export function hasWork(db: Database, request: TakeRequest): boolean {
  const any = db.get<{ n: number }>(
    "SELECT 1 AS n FROM jobs WHERE bot_id = ? LIMIT 1",
    request.botId,
  );
  return any !== null && kindsIn(request).some((kind) => dueJobs(db, request, kind).length > 0);
}

/** Gives due jobs, and those whose lease is over, to a worker. */
export function takeJobs(db: Database, request: TakeRequest): readonly TakenJob[] {
  const { botId, worker, now, leaseMs } = request;
  return kindsIn(request).flatMap((kind) =>
    dueJobs(db, request, kind).map((row) => {
      const attempt = row.attempts + 1;
      const fence = row.fence + 1;
      db.run(
        `UPDATE jobs SET worker = ?, fence = ?, lease_until = ?, attempts = ?
         WHERE bot_id = ? AND kind = ? AND job_key = ?`,
        worker,
        fence,
        now + leaseMs,
        attempt,
        botId,
        kind,
        row.job_key,
      );
      const note = noteOf(row.note);
      return { botId, kind, key: row.job_key, attempt, note, mark: String(fence) };
    }),
  );
}

function kindsIn({ wanted }: TakeRequest): readonly JobKind[] {
  return jobKinds.filter((kind) => (wanted[kind] ?? 0) > 0);
}

/** Prolongs the leases of jobs that are still held so. */
export function renewJobs(
  db: Database,
  jobs: readonly TakenJob[],
  { now, leaseMs }: Lease,
): readonly TakenJob[] {
  return jobs.filter(
    (job) => db.run(`UPDATE jobs SET lease_until = ? ${held}`, now + leaseMs, ...keyOf(job)) > 0,
  );
}

/** Forgets a job that is still held so. */
export function endJob(db: Database, job: TakenJob): boolean {
  return db.run(`DELETE FROM jobs ${held}`, ...keyOf(job)) > 0;
}

/** Gives a job back that is still held so. */
export function putBackJob(
  db: Database,
  job: TakenJob,
  { dueAt, failed, note }: Next,
  now: number,
): boolean {
  const changed = db.run(
    `UPDATE jobs SET worker = NULL, lease_until = NULL, due_at = ?, put_at = ?, note = ?,
       attempts = CASE WHEN ? THEN attempts ELSE 0 END ${held}`,
    dueAt,
    now,
    note === null ? null : JSON.stringify(note),
    failed ? 1 : 0,
    ...keyOf(job),
  );
  return changed > 0;
}

/** How a job stands, or null. */
export function findJob(db: Database, { botId, kind, key }: JobName): JobView | null {
  const row = db.get<{
    worker: WorkerId | null;
    due_at: number;
    attempts: number;
    note: string | null;
  }>(
    "SELECT worker, due_at, attempts, note FROM jobs WHERE bot_id = ? AND kind = ? AND job_key = ?",
    botId,
    kind,
    key,
  );
  if (row === null) return null;
  const { worker, due_at: dueAt, attempts: attempt, note } = row;
  return { isRunning: worker !== null, dueAt, attempt, note: noteOf(note) };
}

const held = "WHERE bot_id = ? AND kind = ? AND job_key = ? AND worker IS NOT NULL AND fence = ?";

function keyOf({ botId, kind, key, mark }: TakenJob): [BotId, JobKind, string, number] {
  return [botId, kind, key, Number(mark)];
}

interface DueRow {
  readonly job_key: string;
  readonly fence: number;
  readonly attempts: number;
  readonly note: string | null;
}

/** What may be taken now: first what nobody runs, then what nobody runs any more. */
function dueJobs(db: Database, request: TakeRequest, kind: JobKind): readonly DueRow[] {
  const { botId, now, leaseMs, wanted } = request;
  const limit = wanted[kind] ?? 0;
  const waiting = db.all<DueRow>(
    `SELECT job_key, fence, attempts, note FROM jobs WHERE bot_id = ? AND kind = ? AND worker IS NULL
       AND (due_at <= ? OR put_at > ?) ORDER BY due_at, job_key LIMIT (? + 0)`,
    botId,
    kind,
    now,
    // Put back later than now: the clock was set back since, and nobody knows for how long it has waited.
    now + leaseMs,
    limit,
  );
  const left = leftJobs(db, request, kind);
  return [...waiting, ...left].slice(0, limit);
}

function leftJobs(
  db: Database,
  { botId, now, leaseMs, hasEnded }: TakeRequest,
  kind: JobKind,
): readonly DueRow[] {
  const running = db.all<DueRow & { worker: WorkerId; lease_until: number }>(
    `SELECT job_key, fence, attempts, note, worker, lease_until FROM jobs
     WHERE bot_id = ? AND kind = ? AND worker IS NOT NULL ORDER BY lease_until, job_key LIMIT (? + 0)`,
    botId,
    kind,
    runningMax,
  );
  return running.filter(
    ({ worker, lease_until: until }) =>
      // A lease that ends later than any can was written before the clock was set back.
      until <= now || until > now + leaseMs || hasEnded(worker),
  );
}

/** Looked at in one take; processes run a few at a time. */
const runningMax = 200;

function noteOf(text: string | null): JobNote | null {
  return text === null ? null : (JSON.parse(text) as JobNote); // written by `putBackJob`
}

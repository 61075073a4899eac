import { type Metrics, noMetrics } from "../../domain/metrics.ts";
import { closedError } from "../closed.ts";
import type { Database } from "./database.ts";
import { isOfALock, isOfTheFile, storeErrorOf } from "./store-errors.ts";

/** Runs a function soon, after the caller has returned: `setImmediate` in a process, the simulation's own in a test. */
export type Schedule = (run: () => void) => void;

/**
 * All writes of one database. Calls that arrive while another is waiting share a transaction and its sync to disk.
 * A call resolves after its commit; one that fails takes nothing of the others with it, unless the file itself failed:
 * then every call of that transaction rejects and nothing of it is kept. While another process is in its turn, the transaction is
 * begun again about a second long, a few milliseconds at a time, so that everything else of this process goes on.
 */
export class CommitQueue {
  readonly #db: Database;
  readonly #schedule: Schedule;
  readonly #metrics: Metrics;
  readonly #waiting: Write[] = [];
  #scheduled = false;
  #closed = false;
  /** How often in a row another process was in its turn. */
  #lockedTries = 0;

  constructor(db: Database, schedule: Schedule, metrics: Metrics = noMetrics) {
    this.#db = db;
    this.#schedule = schedule;
    this.#metrics = metrics;
  }

  /**
   * Runs `work` inside a transaction and answers what it answered, once that is durable. `weight` is about the number of
   * rows it touches; it bounds how much one transaction takes on, so that none blocks the process for long.
   */
  write<T>(weight: number, work: () => T): Promise<T> {
    const rows = Math.max(1, weight);
    return this.#add(work, { least: rows, most: rows, isOneStatement: false });
  }

  /** The same for work of which only a limit is known before: it weighs as many rows as it changed, and `least` at least. */
  writeUpTo<T>(most: number, work: () => T, least = 1): Promise<T> {
    return this.#add(work, { least, most: Math.max(least, most), isOneStatement: false });
  }

  /** The same for work that is a single statement: SQLite takes that back by itself where it fails, so it costs less. */
  writeOne<T>(work: () => T): Promise<T> {
    return this.#add(work, { least: 1, most: 1, isOneStatement: true });
  }

  #add<T>(work: () => T, kind: Pick<Write, "least" | "most" | "isOneStatement">): Promise<T> {
    if (this.#closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      let value: T;
      this.#waiting.push({
        ...kind,
        run: () => {
          value = work();
        },
        resolve: () => resolve(value),
        reject,
      });
      this.#wake();
    });
  }

  /** Lets other work go first, between the parts of a long read. Rejects when the store was closed meanwhile. */
  async pause(): Promise<void> {
    if (!this.#closed) await new Promise<void>((resolve) => this.#schedule(resolve));
    if (this.#closed) throw closedError();
  }

  /** Commits what waits, and takes nothing more. */
  close(): void {
    this.#closed = true;
    while (this.#waiting.length > 0) this.#flush();
  }

  #wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.#flush();
      if (this.#waiting.length > 0) this.#wake();
    });
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    const batch: Write[] = [];
    const failed = new Map<Write, Error>();
    try {
      if (!this.#begin()) return;
      this.#commit(batch, failed);
    } catch (error) {
      this.#rollBack();
      const reason = storeErrorOf(error);
      for (const write of this.#waiting.splice(0, this.#lost(batch.length)))
        write.reject(failed.get(write) ?? reason);
      return;
    }
    for (const write of this.#waiting.splice(0, batch.length)) {
      const error = failed.get(write);
      if (error === undefined) write.resolve();
      else write.reject(error);
    }
  }

  /** Answers whether a transaction has begun; where not, it is to be tried again soon. Throws when it cannot be. */
  #begin(): boolean {
    try {
      this.#db.run("BEGIN IMMEDIATE");
    } catch (error) {
      this.#lockedTries += 1;
      if (isOfALock(error) && this.#lockedTries < lockedTriesMax) return false;
      this.#lockedTries = 0;
      throw error;
    }
    this.#lockedTries = 0;
    return true;
  }

  /** Runs what waits, as much as fits, and fills `batch` with it; blocks the process until it is on disk. Throws when it is lost. */
  #commit(batch: Write[], failed: Map<Write, Error>): void {
    const committed = this.#metrics.time("carillon_commit_seconds", {});
    const unblocked = this.#metrics.block("commit");
    let rows = 0;
    for (const write of this.#waiting) {
      if (batch.length > 0 && !fits(rows, write)) break;
      batch.push(write);
      const before = this.#db.changedRows;
      this.#runOne(write, this.#waiting.length === 1, failed);
      rows += Math.max(write.least, Math.min(write.most, this.#db.changedRows - before));
    }
    this.#db.run("COMMIT");
    committed();
    unblocked();
    this.#metrics.observe("carillon_commit_calls", {}, batch.length);
  }

  /** How many of those that wait a lost transaction takes with it, besides what it ran: what it would have run at least. */
  #lost(ran: number): number {
    let rows = 0;
    let count = 0;
    for (const { most } of this.#waiting) {
      rows += most;
      if (count > 0 && rows > rowsMax) break;
      count += 1;
    }
    return Math.max(ran, count);
  }

  /** Throws when the whole transaction is lost. */
  #runOne(write: Write, alone: boolean, failed: Map<Write, Error>): void {
    if (alone) {
      write.run();
      return;
    }
    if (!write.isOneStatement) this.#db.run("SAVEPOINT one");
    try {
      write.run();
    } catch (error) {
      // After some errors SQLite has already ended the transaction; then there is nothing left to go back to.
      if (isOfTheFile(error) || !this.#db.isInTransaction) throw error;
      if (!write.isOneStatement) this.#db.run("ROLLBACK TO one");
      failed.set(write, storeErrorOf(error));
    }
    if (!write.isOneStatement) this.#db.run("RELEASE one");
  }

  #rollBack(): void {
    if (!this.#db.isInTransaction) return;
    try {
      this.#db.run("ROLLBACK");
    } catch {
      // The callers learn of the first failure. SQLite ends a transaction that it cannot roll back when it is next used.
    }
  }
}

/** Whether a transaction that changed so many rows takes on another write. */
function fits(rows: number, { least, most }: Write): boolean {
  if (rows + most <= rowsMax) return true;
  // It may well do much less than it might.
  return least < most && rows <= rowsMax / 4;
}

interface Write {
  /** About the rows it touches, at least and at most. */
  readonly least: number;
  readonly most: number;
  readonly isOneStatement: boolean;
  readonly run: () => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

// About 10 ms of work.
const rowsMax = 1_000;
// With the connection's own patience, about a second.
const lockedTriesMax = 200;

import type { Clock, ConnectionOptions, PgBoss } from "pg-boss";
import type { Log } from "../../domain/log.ts";
import { closedError } from "../closed.ts";
import { connectErrorOf, storeErrorOf } from "./store-errors.ts";

/** How pg-boss is reached, and set up. */
export interface BossSettings {
  readonly connectionString: string;
  /** The schema of its tables, beside that of ours. */
  readonly schema: string;
  readonly connectMs: number;
  readonly log: Log | undefined;
  /** Default: the database's, and the process's. */
  readonly clock?: Clock;
}

/**
 * pg-boss, started by the first call, with two connections of its own. A start that fails is tried again by the next call.
 * Whatever it throws becomes a `StoreError`.
 */
export class Boss {
  readonly #settings: BossSettings;
  #starting: Promise<PgBoss> | null = null;
  readonly #queues = new Map<string, Promise<void>>();
  #sweptAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(settings: BossSettings) {
    this.#settings = settings;
  }

  async use<T>(work: (boss: PgBoss) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closedError();
    try {
      return await work(await this.#started());
    } catch (error) {
      throw storeErrorOf(error);
    }
  }

  /** Makes a queue where it is missing, once in a process. */
  queue(name: string): Promise<void> {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const made = this.#makeQueue(name);
    this.#queues.set(name, made);
    made.catch(() => this.#queues.delete(name));
    return made;
  }

  /** Takes jobs from workers that gave no sign of life for a lease; now and then, by the instants that it is given. */
  async endOverdue(now: number): Promise<void> {
    const isSoon = now >= this.#sweptAt && now - this.#sweptAt < sweepMs;
    if (isSoon) return;
    this.#sweptAt = now;
    await (await this.#started()).supervise();
  }

  /** Runs `work` in a transaction, which is not kept where it answers false or throws. */
  async transaction(work: (within: ConnectionOptions) => Promise<boolean>): Promise<boolean> {
    const boss = await this.#started();
    const begun = await boss.getDb().beginTransaction?.();
    if (begun === undefined) throw new Error("pg-boss has lost its transactions");
    try {
      const isDone = await work({ db: begun.db });
      if (isDone) await begun.commit();
      else await begun.rollback();
      return isDone;
    } catch (error) {
      await begun.rollback();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const boss = await this.#starting?.catch(() => null);
    await boss?.stop({ graceful: false, close: true });
  }

  #started(): Promise<PgBoss> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = null;
      throw connectErrorOf(error);
    });
    return this.#starting;
  }

  async #start(): Promise<PgBoss> {
    const { connectionString, schema, connectMs, log, clock } = this.#settings;
    const { PgBoss } = await import("pg-boss");
    const boss = new PgBoss({
      connectionString,
      schema,
      application_name: "carillon jobs",
      max: 2,
      connectionTimeoutMillis: connectMs,
      // What it would do by itself is done with the calls: nothing of it runs while nobody asks for jobs.
      supervise: false,
      schedule: false,
      registerInstance: false,
      monitorIntervalSeconds: 1,
      ...(clock && { clock }),
    });
    boss.on("error", (error) => {
      const { code, message } = connectErrorOf(error);
      log?.warn("store.failed", { code, detail: message });
    });
    return boss.start();
  }

  async #makeQueue(name: string): Promise<void> {
    const boss = await this.#started();
    await boss.createQueue(name, {
      // One job of a key waits or runs.
      policy: "exclusive",
      heartbeatSeconds: leaseSeconds,
      // What failed is our caller's to judge: a job of a dead worker is simply there again.
      retryLimit: 1_000_000,
      retryDelay: 0,
      expireInSeconds: 86_399,
      deleteAfterSeconds: 3_600,
    });
  }
}

/** The shortest that pg-boss knows; the same as the engine's. */
const leaseSeconds = 10;
const sweepMs = 2_000;

import { setTimeout as sleep } from "node:timers/promises";
import type { Pool, PoolClient } from "pg";
import { StoreError } from "../../domain/errors.ts";
import { type Metrics, noMetrics } from "../../domain/metrics.ts";
import type { Wake } from "../../engine/ports/wakes.ts";
import { closedError } from "../closed.ts";
import { ClientDatabase } from "./client-database.ts";
import { findOutcome } from "./commit-outcome.ts";
import type { Database } from "./database.ts";
import {
  connectErrorOf,
  isLostConnection,
  isLostRace,
  isOfTheConnection,
  storeErrorOf,
} from "./store-errors.ts";
import { CommitUnanswered, transaction } from "./transaction.ts";

/**
 * All access to one database: reads on any connection, writes as transactions. What fails because its connection was lost, or
 * because it lost against another transaction, is made again a few times; nothing is ever made twice. Every other failure is a
 * `StoreError`, and the next call works as soon as the server does.
 */
export class Connections {
  readonly #pool: Pool;
  readonly #metrics: Metrics;
  readonly #onTold: (wakes: readonly Wake[]) => void;
  #open = 0;
  #isClosed = false;
  #whenIdle: (() => void) | null = null;

  /** `onTold` is given what a transaction told of, once it is committed. */
  constructor(
    pool: Pool,
    {
      metrics = noMetrics,
      onTold = () => {},
    }: { readonly metrics?: Metrics; readonly onTold?: (wakes: readonly Wake[]) => void } = {},
  ) {
    this.#pool = pool;
    this.#metrics = metrics;
    this.#onTold = onTold;
  }

  /** Each statement of `work` sees what is committed when it begins. */
  read<T>(work: (db: Database) => Promise<T>): Promise<T> {
    return this.#counted(() =>
      this.#retried(async () => {
        const client = await this.#connect();
        return released(client, () => work(new ClientDatabase(client)));
      }),
    );
  }

  /** Runs `work` in a transaction, maybe several times, and answers what it answered once that is durable. */
  write<T>(work: (db: Database) => Promise<T>): Promise<T> {
    return this.#counted(() =>
      this.#retried(async () => {
        let told: readonly Wake[] = [];
        const value = await this.#commit((db) => {
          ({ told } = db);
          return work(db);
        });
        if (told.length > 0) this.#onTold(told);
        return value;
      }),
    );
  }

  async #commit<T>(work: (db: ClientDatabase) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    const committed = this.#metrics.time("carillon_commit_seconds", {});
    try {
      const value = await released(client, () => transaction(client, work));
      committed();
      return value;
    } catch (error) {
      if (!(error instanceof CommitUnanswered)) throw error;
      await this.#resolve(error);
      return error.value as T; // what this work answered, just above
    }
  }

  /** Takes nothing more, waits for what was asked for before, and closes the connections. May be called twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#open > 0)
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    await this.#pool.end();
  }

  async #counted<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closedError();
    this.#open += 1;
    try {
      return await call();
    } catch (error) {
      throw storeErrorOf(error);
    } finally {
      this.#open -= 1;
      if (this.#open === 0) this.#whenIdle?.();
    }
  }

  async #connect(): Promise<PoolClient> {
    const connected = this.#metrics.time("carillon_store_connect_seconds", {});
    try {
      const client = await this.#pool.connect();
      connected();
      return client;
    } catch (error) {
      throw connectErrorOf(error);
    }
  }

  /** Makes a call again that lost against another transaction, or whose connection was lost before anything of it was kept. */
  async #retried<T>(call: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await call();
      } catch (error) {
        if (tries >= triesMax(error)) throw error;
        const why = isLostRace(error) ? "race" : "connection";
        this.#metrics.add("carillon_store_retries_total", { why });
        // A lost connection has taken its time already.
        await sleep(why === "race" ? raceWaitMs * tries : 0);
      }
    }
  }

  /** The connection was lost while it committed: another one is asked what became of that. Resolves when it was kept. */
  async #resolve({ transactionId, cause }: CommitUnanswered): Promise<void> {
    const kept = await findOutcome(transactionId, async (ask) => {
      const client = await this.#connect();
      return released(client, () => ask(new ClientDatabase(client)));
    });
    if (kept === true) return;
    if (kept === false) throw new TransactionLost(cause);
    throw new StoreError("STORE_UNREACHABLE", {
      detail:
        "The connection was lost while a change was being committed, and whether it was kept could not be found out. The ledger is consistent either way.",
      cause,
    });
  }
}

/** A commit that is known not to have happened, because its connection was lost first. */
class TransactionLost extends Error {
  override readonly name = "TransactionLost";
  constructor(cause: unknown) {
    super("Connection terminated before the transaction was committed", { cause });
  }
}

/** Gives the connection back, or away when what happened shows that it must not be used again. */
async function released<T>(client: PoolClient, use: () => Promise<T>): Promise<T> {
  // Told while we use it, so that nobody else is; what it means is said by the statement that fails.
  const ignore = () => {};
  client.on("error", ignore);
  let broken = false;
  try {
    return await use();
  } catch (error) {
    broken = error instanceof CommitUnanswered || isOfTheConnection(error);
    throw error;
  } finally {
    client.removeListener("error", ignore);
    // A transaction that could not be ended ends with its connection.
    client.release(broken || client.getTransactionStatus() !== "I");
  }
}

function triesMax(error: unknown): number {
  if (isLostRace(error)) return 6;
  // On a connection that was lost unnoticed, on another such one, and then on a new one.
  return isLostConnection(error) ? 3 : 1;
}

const raceWaitMs = 5;

import { StoreError } from "../../domain/errors.ts";
import { closedError } from "../closed.ts";
import type { Connections } from "./connections.ts";
import type { Database } from "./database.ts";
import { isOfTheStatement } from "./store-errors.ts";

/** What calls of one kind do, and how much of it one transaction takes on. */
export interface SharedWork<Request, Result> {
  /** Carries out the requests in order, and answers one result for each. May be called several times. */
  readonly carryOut: (db: Database, requests: readonly Request[]) => Promise<readonly Result[]>;
  /** About how many rows a request touches. */
  readonly weight: (request: Request) => number;
  /** How many rows one transaction may touch; a single request may be heavier. */
  readonly weightMax: number;
}

/**
 * Calls of one kind that share transactions: those that arrive while one commits go together in the next, so that many callers
 * cost one sync to disk. One that fails takes nothing of the others with it.
 */
export class SharedCommits<Request, Result> {
  readonly #connections: Connections;
  readonly #work: SharedWork<Request, Result>;
  readonly #waiting: Waiting<Request, Result>[] = [];
  #running: Promise<void> | null = null;
  #isClosed = false;

  constructor(connections: Connections, work: SharedWork<Request, Result>) {
    this.#connections = connections;
    this.#work = work;
  }

  write(request: Request): Promise<Result> {
    if (this.#isClosed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Takes nothing more, and resolves when everything that was asked for is done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // Calls that are made in the same moment go together, too.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#flush(this.#take());
    this.#running = null;
  }

  #take(): readonly Waiting<Request, Result>[] {
    let weight = 0;
    let count = 0;
    for (const { request } of this.#waiting) {
      weight += this.#work.weight(request);
      if (count > 0 && weight > this.#work.weightMax) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #flush(batch: readonly Waiting<Request, Result>[]): Promise<void> {
    try {
      const requests = batch.map(({ request }) => request);
      const results = await this.#connections.write((db) => this.#work.carryOut(db, requests));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result); // one for each
    } catch (error) {
      if (batch.length > 1 && isOfOne(error)) for (const one of batch) await this.#flush([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}

/** Whether a failure may be that of one request among others: not of the server, nor of the way to it. */
function isOfOne(error: unknown): boolean {
  return !(error instanceof StoreError) || isOfTheStatement(error.cause);
}

interface Waiting<Request, Result> {
  readonly request: Request;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

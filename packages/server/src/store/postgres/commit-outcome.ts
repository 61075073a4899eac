import { setTimeout as sleep } from "node:timers/promises";
import { StoreError } from "../../domain/errors.ts";
import type { Database } from "./database.ts";
import { isLostConnection } from "./store-errors.ts";

/** Does something on a connection of its own. */
type OnConnection = <T>(ask: (db: Database) => Promise<T>) => Promise<T>;

/**
 * Whether a transaction was committed whose connection was lost while it was: the server keeps that. Asks again while the server
 * cannot be reached, or has not noticed yet that the connection is gone. Null where it could not be found out.
 */
export async function findOutcome(
  transactionId: string,
  onConnection: OnConnection,
): Promise<boolean | null> {
  for (const waitMs of waitsMs) {
    await sleep(waitMs);
    try {
      const status = await onConnection((db) => statusOf(db, transactionId));
      if (status === "committed") return true;
      if (status === "aborted") return false;
    } catch (error) {
      // Only a server that took over from one which had not told it yet has never heard of the number.
      if (isOfTheFuture(error)) return false;
      if (!(error instanceof StoreError) && !isLostConnection(error)) throw error;
    }
  }
  return null;
}

async function statusOf(db: Database, transactionId: string): Promise<string | null> {
  const row = await db.get<{ status: string | null }>(
    "SELECT pg_xact_status($1::xid8) AS status",
    transactionId,
  );
  return row?.status ?? null;
}

function isOfTheFuture(error: unknown): boolean {
  return error instanceof Error && /is in the future/.test(error.message);
}

// About ten seconds, in which a server restarts or another takes over.
const waitsMs = [
  0, 20, 50, 100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000,
];

import type { ClientBase } from "pg";
import { assert } from "../../domain/assert.ts";
import { ClientDatabase } from "./client-database.ts";
import { isOfAnEarlierFailure, isOfTheConnection } from "./store-errors.ts";

/** Asked to commit, and never answered. */
export class CommitUnanswered extends Error {
  override readonly name = "CommitUnanswered";
  readonly value: unknown;
  readonly transactionId: string;
  constructor(value: unknown, transactionId: string, cause: unknown) {
    super("the connection was lost while it committed", { cause });
    this.value = value;
    this.transactionId = transactionId;
  }
}

const begin =
  "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_current_xact_id()::text AS transaction_id";

/**
 * Runs `work` in a transaction and answers what it answered, once that is durable. Throws `CommitUnanswered` where the connection
 * was lost while it committed; whatever else is thrown, nothing is kept.
 */
export async function transaction<T>(
  client: ClientBase,
  work: (db: ClientDatabase) => Promise<T>,
): Promise<T> {
  // Not waited for: the first statements of the work travel with it.
  const begun = client.query(begin);
  begun.catch(() => {});
  const db = new ClientDatabase(client);
  let value: T;
  let transactionId: string;
  try {
    value = await work(db);
    transactionId = idOf(await begun);
  } catch (error) {
    // Where this cannot be said any more, the connection is lost, and the transaction with it.
    await client.query("ROLLBACK").catch(() => {});
    throw isOfAnEarlierFailure(error) ? await firstFailure(begun, db, error) : error;
  }
  const { command } = await client.query("COMMIT").catch((cause: unknown) => {
    throw isOfTheConnection(cause) ? new CommitUnanswered(value, transactionId, cause) : cause;
  });
  assert(command === "COMMIT", "a transaction of which a statement failed is not committed");
  return value;
}

/** Why the transaction was aborted: of statements that travel together, a later one's rejection may be heard before it. */
async function firstFailure(
  begun: Promise<unknown>,
  db: ClientDatabase,
  error: unknown,
): Promise<unknown> {
  const atBegin = await begun.then(
    () => null,
    (reason: unknown) => reason,
  );
  return atBegin ?? db.failure ?? error;
}

/** Two statements that travel as one are answered by two results. */
function idOf(results: unknown): string {
  const last: unknown = Array.isArray(results) ? results.at(-1)?.rows[0] : undefined;
  const { transaction_id } = last as { transaction_id: string }; // as `begin` selects it
  return transaction_id;
}

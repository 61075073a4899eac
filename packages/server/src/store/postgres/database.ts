import type { Wake } from "../../engine/ports/wakes.ts";

/** What a statement may be given. An array becomes an array of the type that the statement casts it to. */
export type Value =
  | string
  | number
  | boolean
  | null
  | readonly (string | number | boolean | null)[];

/**
 * One connection, or one transaction on it. A row type names exactly the columns that the statement selects. Statements that
 * are asked for without waiting for one another travel together, and are carried out in the order in which they were asked for.
 * Each rejects with what `pg` rejects with.
 */
export interface Database {
  /** The first row, or null. */
  get<Row>(sql: string, ...values: readonly Value[]): Promise<Row | null>;
  all<Row>(sql: string, ...values: readonly Value[]): Promise<readonly Row[]>;
  /** Answers how many rows changed. */
  run(sql: string, ...values: readonly Value[]): Promise<number>;
  /** Runs statements that take no values and answer nothing. */
  exec(sql: string): Promise<void>;
  /** Lets other processes know, once the transaction is committed. */
  tell(wake: Wake): void;
}

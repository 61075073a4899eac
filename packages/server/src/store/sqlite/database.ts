import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

/** What a statement may be given. */
export type Value = SQLInputValue;

/**
 * One open connection, with each statement prepared once. Calls are synchronous and throw what `node:sqlite` throws.
 * A row type names exactly the columns that the statement selects. A limit is bound as `LIMIT (? + 0)`: SQLite looks at the value
 * of a bare one, and so plans the statement anew each time, which costs ten to a hundred times what most of them do.
 */
export class Database {
  readonly connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #changedRows = 0;

  constructor(connection: DatabaseSync) {
    this.connection = connection;
  }

  /** The first row, or null. */
  get<Row>(sql: string, ...values: readonly Value[]): Row | null {
    const row: unknown = this.#statement(sql).get(...values);
    // The caller's row type names the columns that its SQL selects; tests read every one of them.
    return row === undefined ? null : (row as Row);
  }

  all<Row>(sql: string, ...values: readonly Value[]): readonly Row[] {
    const rows: unknown = this.#statement(sql).all(...values);
    return rows as readonly Row[]; // as in `get`
  }

  /** Answers how many rows changed. */
  run(sql: string, ...values: readonly Value[]): number {
    const changes = Number(this.#statement(sql).run(...values).changes);
    this.#changedRows += changes;
    return changes;
  }

  /** How many rows were changed by `run` so far, in all. */
  get changedRows(): number {
    return this.#changedRows;
  }

  /** Runs statements that take no values and answer nothing. */
  exec(sql: string): void {
    this.connection.exec(sql);
  }

  /** False outside a transaction, also when SQLite ended it by itself after an error. */
  get isInTransaction(): boolean {
    return this.connection.isTransaction;
  }

  close(): void {
    this.#statements.clear();
    if (this.connection.isOpen) this.connection.close();
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

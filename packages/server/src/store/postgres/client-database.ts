import type { ClientBase, QueryResult } from "pg";
import type { Wake } from "../../engine/ports/wakes.ts";
import type { Database, Value } from "./database.ts";

/** A `Database` on one connection. Each statement is prepared once on each connection, and only bound from then on. */
export class ClientDatabase implements Database {
  readonly #client: ClientBase;
  /** What other processes are to know of what was done here. */
  readonly told: Wake[] = [];
  #failure: unknown = null;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  async get<Row>(sql: string, ...values: readonly Value[]): Promise<Row | null> {
    const { rows } = await this.#query(sql, values);
    const [row]: readonly unknown[] = rows;
    // The caller's row type names the columns that its SQL selects; tests read every one of them.
    return row === undefined ? null : (row as Row);
  }

  async all<Row>(sql: string, ...values: readonly Value[]): Promise<readonly Row[]> {
    const rows: unknown = (await this.#query(sql, values)).rows;
    return rows as readonly Row[]; // as in `get`
  }

  async run(sql: string, ...values: readonly Value[]): Promise<number> {
    return (await this.#query(sql, values)).rowCount ?? 0;
  }

  async exec(sql: string): Promise<void> {
    await this.#noted(this.#client.query(sql));
  }

  tell(wake: Wake): void {
    this.told.push(wake);
  }

  /** What the first statement that failed was rejected with; null where none did. */
  get failure(): unknown {
    return this.#failure;
  }

  #query(text: string, values: readonly Value[]): Promise<QueryResult<object>> {
    const query = { name: nameOf(text), text, values: values.map(bindable) };
    return this.#noted(this.#client.query<object>(query));
  }

  /** They are answered in the order in which they were asked for, whoever waits for them. */
  async #noted<T>(query: Promise<T>): Promise<T> {
    try {
      return await query;
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
  }
}

// One name for each statement that there is in the source, so that there are no more than those.
const names = new Map<string, string>();

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `c${names.size}`;
  names.set(text, name);
  return name;
}

/** PostgreSQL has no NUL in its texts, which JavaScript's may have; the sign for what cannot be shown stands in its place. */
function bindable(value: Value): Value {
  if (typeof value === "string") return withoutNul(value);
  if (!Array.isArray(value)) return value;
  return value.some((one) => typeof one === "string" && one.includes("\0"))
    ? value.map((one) => (typeof one === "string" ? withoutNul(one) : one))
    : value;
}

/** The text as it will be read again. */
export function withoutNul(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "\u{FFFD}") : text;
}

import type { Value } from "./database.ts";

type ColumnType = "text" | "bigint" | "integer" | "smallint" | "boolean" | "double precision";

/** Rows that a statement is given as one array for each column, so that it is the same statement however many rows there are. */
export interface Columns<Name extends string> {
  /** The names, separated by commas. */
  readonly names: string;
  /** `unnest(…) WITH ORDINALITY AS alias (…, position)`, its arrays being the parameters from number `first` on. */
  from(first: number, alias: string): string;
  /** The parameters: one array for each column. */
  arrays(rows: readonly Readonly<Record<Name, ColumnValue>>[]): readonly (readonly ColumnValue[])[];
}

type ColumnValue = Exclude<Value, readonly unknown[]>;

/** The columns of rows that are given to statements. */
export function columnsOf<const Types extends Readonly<Record<string, ColumnType>>>(
  types: Types,
): Columns<Extract<keyof Types, string>> {
  const entries = Object.entries(types);
  const names = entries.map(([name]) => name);
  return {
    names: names.join(", "),
    from(first, alias) {
      const arrays = entries.map(([, type], index) => `$${first + index}::${type}[]`);
      return `unnest(${arrays.join(", ")}) WITH ORDINALITY AS ${alias} (${names.join(", ")}, position)`;
    },
    arrays: (rows) => names.map((name) => rows.map((row) => cellOf(row, name))),
  };
}

function cellOf(row: Readonly<Record<string, ColumnValue>>, name: string): ColumnValue {
  return row[name] ?? null;
}

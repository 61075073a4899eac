import type { Cell } from "./row-hash.ts";
import type { RowReader } from "./snapshot.ts";
import { type ColumnKind, type TableName, tableOf } from "./tables.ts";

/** Every row of a table, once, as cells in the order of its description. */
export async function* tableRows(
  reader: RowReader,
  name: TableName,
): AsyncGenerator<readonly (readonly Cell[])[]> {
  const { columns, blank = [], isWide = false } = tableOf(name);
  const names = Object.keys(columns);
  const kinds = Object.entries(columns).map(([column, kind]) =>
    blank.includes(column) ? null : kind,
  );
  const sql = `SELECT ${names.join(", ")} FROM ${name}`;
  for await (const page of reader.pages(sql, isWide ? wideRows : narrowRows))
    yield page.map((row) =>
      kinds.map((kind, index) => (kind === null ? null : cellOf(row[index], kind))),
    );
}

/** How many rows a table has. */
export async function countRows(reader: RowReader, name: TableName): Promise<number> {
  const [row] = await reader.all<{ n: number }>(`SELECT count(*) AS n FROM ${name}`);
  return Number(row?.n ?? 0);
}

/** What a driver gave for a column, as one of its kind. */
function cellOf(value: unknown, kind: ColumnKind): Cell {
  if (value === null || value === undefined) return null;
  if (kind === "boolean") return value === true || value === 1;
  return kind === "text" ? String(value) : Number(value);
}

const narrowRows = 1_000;
// Activities and messages of up to some hundred kilobytes each.
const wideRows = 50;

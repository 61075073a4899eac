import { ConfigError, StoreError } from "../../domain/errors.ts";
import { type Cell, type TableHash, TableHasher } from "./row-hash.ts";
import type { RowReader, Snapshot } from "./snapshot.ts";
import { countRows, tableRows } from "./table-rows.ts";
import { type TableName, tableNames } from "./tables.ts";

/** Where a copy goes. Nobody sees anything of it before `keep`, and nothing is left of it after `drop`. */
export interface CopyTarget extends RowReader {
  /** A text as this database can hold it. */
  text(value: string): string;
  write(table: TableName, rows: readonly (readonly Cell[])[]): Promise<void>;
  /** Makes the copy what it is from now on. */
  keep(): Promise<void>;
  drop(): Promise<void>;
}

/** How far a copy has come, in rows. */
export interface CopyProgress {
  readonly step: "copying" | "verifying";
  readonly table: TableName;
  readonly done: number;
  readonly total: number;
}

/** What was copied: each table with its rows and the hash of their values, which both sides have. */
export interface Copied {
  readonly tables: readonly (TableHash & { readonly table: TableName })[];
  readonly rows: number;
  /** Texts with a sign that the target cannot hold, in whose place another one stands there. */
  readonly changedTexts: number;
}

/** What goes on while a copy is made. */
export interface CopyWatch {
  readonly onProgress: (progress: CopyProgress) => void;
  /** Asked between any two pages of rows. */
  readonly isStopped: () => boolean;
}

/**
 * Copies every described table into an empty database, reads it there again, and keeps it only if each table has as many rows as
 * here and the same hash. Answers null where it was stopped. Throws `ConfigError` for a target that is not empty, and `StoreError`.
 * In all these cases nothing is left of it, and it may be begun anew.
 */
export async function copyDatabase(
  source: Snapshot,
  target: CopyTarget,
  watch: CopyWatch,
): Promise<Copied | null> {
  let isKept = false;
  try {
    await mustBeEmpty(target);
    const copied = await copyTables(source, target, watch);
    if (copied === null || !(await verify(target, copied, watch))) return null;
    await target.keep();
    isKept = true;
    return copied;
  } finally {
    if (!isKept) await target.drop();
  }
}

async function mustBeEmpty(target: CopyTarget): Promise<void> {
  for (const name of tableNames) {
    const rows = await target.all(`SELECT 1 AS n FROM ${name} LIMIT 1`);
    if (rows.length === 0) continue;
    throw new ConfigError("CONFIG_INVALID", {
      detail: `The database to copy to is not empty: its table ${name} has rows. Nothing was changed. Name an empty one.`,
    });
  }
}

async function copyTables(
  source: Snapshot,
  target: CopyTarget,
  { onProgress, isStopped }: CopyWatch,
): Promise<Copied | null> {
  let total = 0;
  for (const name of tableNames) total += await countRows(source, name);
  const tables: (TableHash & { readonly table: TableName })[] = [];
  let done = 0;
  let changedTexts = 0;
  const held = (cell: Cell) => {
    if (typeof cell !== "string") return cell;
    const text = target.text(cell);
    if (text !== cell) changedTexts += 1;
    return text;
  };
  for (const table of tableNames) {
    const hasher = new TableHasher();
    for await (const page of tableRows(source, table)) {
      if (isStopped()) return null;
      const rows = page.map((row) => row.map(held));
      for (const row of rows) hasher.add(row);
      await target.write(table, rows);
      done += rows.length;
      onProgress({ step: "copying", table, done, total });
    }
    tables.push({ table, ...hasher.value });
  }
  return { tables, rows: done, changedTexts };
}

/** Answers false where it was stopped. */
async function verify(
  target: CopyTarget,
  { tables: expected, rows: total }: Copied,
  { onProgress, isStopped }: CopyWatch,
): Promise<boolean> {
  let done = 0;
  for (const { table, rows, hash } of expected) {
    const hasher = new TableHasher();
    for await (const page of tableRows(target, table)) {
      if (isStopped()) return false;
      for (const row of page) hasher.add(row);
      done += page.length;
      onProgress({ step: "verifying", table, done, total });
    }
    const { value } = hasher;
    if (value.rows === rows && value.hash === hash) continue;
    throw new StoreError("STORE_FAILED", {
      detail: `The copy of ${table} is not the same: ${value.rows} rows with the hash ${value.hash}, and ${rows} with ${hash} in the source. Nothing was kept.`,
    });
  }
  return !isStopped();
}

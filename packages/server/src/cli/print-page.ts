import type { Given } from "./command.ts";
import type { Io } from "./io.ts";
import { printJson, printLines } from "./print.ts";
import { tableWidth } from "./terminal/screen.ts";
import { createStyle } from "./terminal/style.ts";
import { type Column, tableLines } from "./terminal/table.ts";

/** How a page of a list is shown. */
export interface PageView<T> {
  /** The command that shows the next page. */
  readonly command: string;
  /** What to say of an empty list. */
  readonly nothing: string;
  readonly columns: readonly Column[];
  readonly row: (item: T) => readonly string[];
}

/** Prints a page as a table, or as JSON with `--json`, and how to see more. Answers exit code 0. */
export function printPage<T>(
  page: { readonly items: readonly T[]; readonly next?: string },
  given: Given,
  io: Io,
  view: PageView<T>,
): number {
  if (given.has("json")) {
    printJson(io, page);
    return 0;
  }
  if (page.items.length === 0) {
    printLines(io, view.nothing);
    return 0;
  }
  const style = createStyle(io.out.color);
  printLines(
    io,
    ...tableLines(view.columns, page.items.map(view.row), { width: tableWidth(io.out), style }),
  );
  if (page.next !== undefined)
    printLines(io, style.dim(`More: npx carillon ${view.command} --cursor ${page.next}`));
  return 0;
}

import type { Style } from "./style.ts";
import { cut, displayWidth, pad, printable } from "./width.ts";

/** One column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Columns that give way when the table is wider than the terminal; down to 8. Others keep their width. */
  readonly shrinks?: boolean;
  readonly paint?: (cell: string, style: Style) => string;
}

const gap = "  ";
const shrunkMin = 8;

/**
 * The lines of a table that is at most `width` columns wide where its shrinking columns allow it. Cells are made printable;
 * without rows there is only the head.
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { readonly width: number; readonly style: Style },
): readonly string[] {
  const cells = rows.map((row) => columns.map((_, index) => printable(row[index] ?? "")));
  const natural = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...cells.map((row) => displayWidth(row[index] ?? ""))),
  );
  const widths = fitted(columns, natural, options.width);
  const line = (row: readonly string[], paint: (text: string, column: Column) => string) =>
    columns
      .map((column, index) => {
        const width = widths[index] ?? 0;
        return paint(pad(cut(row[index] ?? "", width), width, column.align), column);
      })
      .join(gap)
      .trimEnd();
  const titles = columns.map((column) => column.title.toUpperCase());
  return [
    line(titles, (text) => options.style.dim(text)),
    ...cells.map((row) => line(row, (text, { paint }) => paint?.(text, options.style) ?? text)),
  ];
}

/** Takes what is too much from the widest shrinking column, again and again, until it fits or nothing more gives way. */
function fitted(
  columns: readonly Column[],
  natural: readonly number[],
  width: number,
): readonly number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, one) => sum + one, 0) + gap.length * (widths.length - 1);
  while (total() > width) {
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      const own = widths[index] ?? 0;
      if (column.shrinks === true && own > shrunkMin && own > (widths[widest] ?? 0)) widest = index;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

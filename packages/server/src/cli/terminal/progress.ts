import type { Style } from "./style.ts";
import { cut, displayWidth } from "./width.ts";
import { countWords, durationWords, rateWords } from "./words.ts";

/** How far something has come. */
export interface Progress {
  readonly label: string;
  readonly done: number;
  /** Null while the end is not known. */
  readonly total: number | null;
  readonly perSecond: number;
  readonly etaSeconds: number | null;
  /** What stands in the way, in a few words. */
  readonly note?: string;
}

const barMin = 10;
const barMax = 40;

/** The bar with its figures in one line of at most `width` columns. The bar goes first where there is little room. */
export function barLine(progress: Progress, width: number, style: Style): string {
  const { label, note } = progress;
  const figures = figuresOf(progress);
  const rest = displayWidth(label) + displayWidth(figures) + 4;
  const room = Math.min(barMax, width - rest - (note === undefined ? 0 : displayWidth(note) + 2));
  const noted = note === undefined ? "" : `  ${style.yellow(note)}`;
  if (room >= barMin && progress.total !== null)
    return `${style.bold(label)}  ${bar(progress.done, progress.total, room, style)}  ${figures}${noted}`;
  const short = cut(`${label}  ${figures}${note === undefined ? "" : `  ${note}`}`, width);
  return short.startsWith(label) ? style.bold(label) + short.slice(label.length) : short;
}

/** The same in words, for a pipe. */
export function plainLine(progress: Progress): string {
  const { label, note } = progress;
  return `${label}: ${figuresOf(progress)}${note === undefined ? "" : `  (${note})`}`;
}

function figuresOf({ done, total, perSecond, etaSeconds }: Progress): string {
  if (total === null) return countWords(done);
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
  const parts = [`${countWords(done)} of ${countWords(total)}`, `${percent} %`];
  if (perSecond > 0) parts.push(rateWords(perSecond));
  if (etaSeconds !== null && done < total) parts.push(`${durationWords(etaSeconds)} left`);
  return parts.join("  ");
}

function bar(done: number, total: number, width: number, style: Style): string {
  const share = total <= 0 ? 1 : Math.min(1, Math.max(0, done / total));
  // Eighths of a cell, so that the bar moves smoothly.
  const eighths = Math.floor(share * width * 8);
  const full = Math.floor(eighths / 8);
  const part = full < width ? (partial[eighths % 8] ?? "") : "";
  const filled = "█".repeat(full) + part;
  return style.green(filled) + style.dim("░".repeat(width - displayWidth(filled)));
}

const partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

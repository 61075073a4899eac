import { barLine, type Progress, plainLine } from "./progress.ts";
import { createStyle, type Style } from "./style.ts";

/** Where a command writes. */
export interface TextSink {
  readonly isTerminal: boolean;
  /** Columns of the terminal now, or of lines in a pipe. */
  readonly columns: () => number;
  readonly color: boolean;
  write(text: string): void;
}

/** How wide a table may be: a pipe has no edge, and whoever reads from it wants whole ids. */
export function tableWidth(sink: TextSink): number {
  return sink.isTerminal ? sink.columns() : Number.POSITIVE_INFINITY;
}

/** Lines of text, and one live line beneath them that is redrawn in place on a terminal. */
export interface Screen {
  readonly style: Style;
  readonly isTerminal: boolean;
  readonly width: () => number;
  /** Writes lines above the live one. */
  print(...lines: readonly string[]): void;
  /** Shows how far it is: redrawn in place on a terminal; in a pipe one plain line, every five seconds or as something else is said. */
  progress(progress: Progress): void;
  /** Ends the live line: it stays as it was last drawn, or as `last` says. */
  settle(last?: Progress): void;
}

const plainEveryMs = 5000;
const wipe = "\r\u001b[2K";

/** `now` answers epoch ms. */
export function createScreen(sink: TextSink, now: () => number): Screen {
  const style = createStyle(sink.color);
  const width = () => Math.max(20, sink.columns());
  let live: Progress | null = null;
  let plainAt = Number.NEGATIVE_INFINITY;
  let plainSaid = "";
  const draw = () => {
    // One column less than there is: writing into the last one would wrap in some terminals.
    if (live !== null && sink.isTerminal) sink.write(wipe + barLine(live, width() - 1, style));
  };
  return {
    style,
    isTerminal: sink.isTerminal,
    width,
    print(...lines) {
      const start = live !== null && sink.isTerminal ? wipe : "";
      if (lines.length > 0) sink.write(`${start}${lines.join("\n")}\n`);
      draw();
    },
    progress(progress) {
      live = progress;
      if (sink.isTerminal) draw();
      else {
        const said = `${progress.label}${progress.note === undefined ? "" : "!"}`;
        if (said === plainSaid && now() - plainAt < plainEveryMs) return;
        plainAt = now();
        plainSaid = said;
        sink.write(`${plainLine(progress)}\n`);
      }
    },
    settle(last) {
      if (last !== undefined) live = last;
      if (live === null) return;
      draw();
      sink.write(sink.isTerminal ? "\n" : last === undefined ? "" : `${plainLine(last)}\n`);
      live = null;
      plainAt = Number.NEGATIVE_INFINITY;
    },
  };
}

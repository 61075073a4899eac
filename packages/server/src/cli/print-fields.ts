import type { Given } from "./command.ts";
import type { Io } from "./io.ts";
import { printJson, printLines } from "./print.ts";
import { createStyle, type Style } from "./terminal/style.ts";
import { displayWidth, pad, printable } from "./terminal/width.ts";

/** Prints one thing as lines of name and value, or as JSON with `--json`; what is not known is `-`. Answers exit code 0. */
export function printFields(
  thing: unknown,
  given: Given,
  io: Io,
  fields: readonly (readonly [string, string | null])[],
): number {
  if (given.has("json")) {
    printJson(io, thing);
    return 0;
  }
  printLines(io, ...fieldLines(createStyle(io.out.color), fields));
  return 0;
}

/** Lines of name and value; what is not known is `-`. */
export function fieldLines(
  style: Style,
  fields: readonly (readonly [string, string | null])[],
): readonly string[] {
  const width = Math.max(...fields.map(([name]) => displayWidth(name)));
  return fields.map(
    ([name, value]) => `${style.dim(pad(name, width))}  ${printable(value ?? "-")}`,
  );
}

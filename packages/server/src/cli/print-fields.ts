import type { Given } from "./command.ts";
import type { Io } from "./io.ts";
import { printJson, printLines } from "./print.ts";
import { createStyle } from "./terminal/style.ts";
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
  const style = createStyle(io.out.color);
  const width = Math.max(...fields.map(([name]) => displayWidth(name)));
  printLines(
    io,
    ...fields.map(([name, value]) => `${style.dim(pad(name, width))}  ${printable(value ?? "-")}`),
  );
  return 0;
}

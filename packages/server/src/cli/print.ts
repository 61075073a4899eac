import type { Io } from "./io.ts";

/** Prints a value as indented JSON. */
export function printJson(io: Io, value: unknown): void {
  io.out.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Prints lines of text. */
export function printLines(io: Io, ...lines: readonly string[]): void {
  io.out.write(`${lines.join("\n")}\n`);
}

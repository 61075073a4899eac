import { CarillonError, CarillonUnreachableError } from "@carillon/client";
import { exitCodeFor, exitCodes, explain, isErrorCode, sentences } from "../app/problems.ts";
import { UsageError } from "./command.ts";
import type { Io } from "./io.ts";
import { createStyle } from "./terminal/style.ts";
import { printable } from "./terminal/width.ts";

/** Prints what happened and what to do, or the problem document with `json`; answers the exit code that belongs to it. */
export function reportError(error: unknown, io: Io, options: { readonly json: boolean }): number {
  const reported = describe(error);
  if (options.json) {
    io.out.write(`${JSON.stringify(reported.document, null, 2)}\n`);
    return reported.exitCode;
  }
  const style = createStyle(io.err.color);
  const code = reported.code === null ? "" : style.dim(` (${reported.code})`);
  const lines = [`${style.red("Error:")} ${reported.what}${code}`, ...reported.more];
  if (reported.next !== null) lines.push(reported.next);
  io.err.write(`${lines.join("\n")}\n`);
  return reported.exitCode;
}

interface Reported {
  readonly code: string | null;
  readonly exitCode: number;
  readonly what: string;
  /** Further lines, such as each field that is wrong. */
  readonly more: readonly string[];
  readonly next: string | null;
  readonly document: object;
}

function describe(error: unknown): Reported {
  if (error instanceof UsageError)
    return {
      code: null,
      exitCode: exitCodes.usage,
      what: error.message,
      more: [],
      next: null,
      document: { code: "USAGE", detail: error.message },
    };
  if (error instanceof CarillonError) return ofService(error);
  if (error instanceof CarillonUnreachableError) {
    const { code } = error;
    const { next } = sentences(code);
    const exitCode = exitCodeFor(code);
    const document = { code, detail: error.message, next };
    return { code, exitCode, what: error.message, more: [], next, document };
  }
  const { code, exitCode, what, next } = explain(error);
  const document = { code, detail: what, ...(next === null ? {} : { next }) };
  return { code, exitCode, what, more: [], next, document };
}

/** The service's own words; its code's advice where the words do not give it already. */
function ofService({ code, detail, problem }: CarillonError): Reported {
  const errors = problem.errors ?? [];
  // Fields that are named need no advice to look at them.
  const next = isErrorCode(code) && errors.length === 0 ? sentences(code).next : null;
  return {
    code,
    exitCode: exitCodeFor(code),
    what: printable(detail),
    // A single one is in the words already.
    more: errors
      .filter(({ message }) => !detail.includes(message))
      .map(({ path, message }) => printable(`  ${path}: ${message}`)),
    next: next === null || detail.includes(next) ? null : next,
    document: problem,
  };
}

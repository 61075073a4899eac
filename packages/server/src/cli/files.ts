import { readFileSync } from "node:fs";
import path from "node:path";
import { findJsonFault } from "../app/json-position.ts";
import { UsageError } from "./command.ts";
import type { Io } from "./io.ts";

/**
 * Reads a file of UTF-8 text named on the command line; `-` is standard input. Throws `UsageError` that names the file when
 * it cannot be read.
 */
export async function readTextFile(file: string, io: Io): Promise<string> {
  if (file === "-") return io.stdin();
  try {
    return readFileSync(path.resolve(io.directory, file), "utf8").replace(/^\ufeff/, "");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${reason(error)}.`);
  }
}

/** Reads a JSON file named on the command line. Throws `UsageError` that names the file, and where it is not JSON, the place. */
export async function readJsonFile(file: string, io: Io): Promise<unknown> {
  const text = await readTextFile(file, io);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words name no place in short texts.
    const fault = findJsonFault(text);
    const place =
      fault === null
        ? ""
        : `: at line ${fault.line}, column ${fault.column}, ${fault.expected} should follow`;
    throw new UsageError(`${file === "-" ? "Standard input" : file} is not valid JSON${place}.`);
  }
}

/** The same where one JSON object is wanted. */
export async function readJsonObject(
  file: string,
  io: Io,
): Promise<Readonly<Record<string, unknown>>> {
  const content = await readJsonFile(file, io);
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw new UsageError(`${file} must hold one JSON object.`);
  // Any object may be read by key; what is under a key is checked by the service.
  return content as Readonly<Record<string, unknown>>;
}

function reason(error: unknown): string {
  // Errors of the file system have a code; anything else is told by its own words.
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "this user may not read it";
  if (code === "EISDIR") return "it is a folder";
  return error instanceof Error ? error.message : String(error);
}

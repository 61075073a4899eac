import { Buffer } from "node:buffer";
import { ProblemError } from "../domain/errors.ts";

/** A place in a list, as an opaque text that is safe in a URL. `kind` names the list. */
export function encodeCursor(kind: string, place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([kind, ...place])).toString("base64url");
}

/**
 * The place that {@link encodeCursor} wrote for the same kind of list, whose parts are of the given types. Throws
 * `ProblemError` REQUEST_INVALID for anything else.
 */
export function decodeCursor<const Types extends readonly ("string" | "number")[]>(
  cursor: string,
  kind: string,
  types: Types,
): CursorPlace<Types> {
  const parts = parse(cursor);
  const place = Array.isArray(parts) ? parts.slice(1) : [];
  const fits =
    Array.isArray(parts) &&
    parts[0] === kind &&
    place.length === types.length &&
    place.every((part, index) => typeof part === types[index]);
  if (!fits)
    throw new ProblemError("REQUEST_INVALID", {
      detail: "`cursor` is not one that this list answered. Start again without it.",
    });
  return place as CursorPlace<Types>; // each part was just checked against its type
}

export type CursorPlace<Types extends readonly ("string" | "number")[]> = {
  -readonly [Index in keyof Types]: Types[Index] extends "string" ? string : number;
};

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return null; // refused by the caller like any other text that is not a cursor
  }
}

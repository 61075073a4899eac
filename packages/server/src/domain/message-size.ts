import { messageBytesMax } from "./limits.ts";
import type { Json, JsonObject } from "./message.ts";

/** The size of a serialised activity as Teams measures it: bytes of UTF-16, two for each code unit. */
export function measure(body: string): number {
  return 2 * body.length;
}

/** A sentence that names the biggest part of a message, by its path, its size and its share. */
export function tooBig(message: JsonObject, sizeBytes: number): string {
  const part = biggestPart(message);
  const whole = `The message is ${kilobytes(sizeBytes)} by Teams' measure (two bytes for each UTF-16 unit), over the limit of ${kilobytes(messageBytesMax)}`;
  return part === null
    ? `${whole}.`
    : `${whole}: ${part.path} is ${kilobytes(part.bytes)} of ${kilobytes(sizeBytes)}.`;
}

/**
 * The part of a message that holds most of it: the deepest one that still has at least half of the part around it.
 * Its path is such as `card.body[3].url`; null for a message with nothing in it.
 */
export function biggestPart(
  message: JsonObject,
): { readonly path: string; readonly bytes: number } | null {
  let path = "";
  let at: Json = message;
  let bytes = bytesOf(message);
  while (typeof at === "object" && at !== null) {
    const child = biggestChild(at);
    if (child === null || child.bytes * 2 < bytes) break;
    path += child.step;
    at = child.value;
    bytes = child.bytes;
  }
  return path === "" ? null : { path: path.replace(/^\./, ""), bytes };
}

function biggestChild(
  value: Exclude<Json, string | number | boolean | null>,
): { readonly step: string; readonly value: Json; readonly bytes: number } | null {
  let biggest: { step: string; value: Json; bytes: number } | null = null;
  for (const [key, child] of Object.entries(value)) {
    const bytes = bytesOf(child);
    if (biggest === null || bytes > biggest.bytes)
      biggest = { step: Array.isArray(value) ? `[${key}]` : `.${key}`, value: child, bytes };
  }
  return biggest;
}

function bytesOf(value: Json): number {
  return measure(JSON.stringify(value) ?? "");
}

function kilobytes(bytes: number): string {
  return bytes < 1000 ? `${bytes} bytes` : `${Math.round(bytes / 1000)} KB`;
}

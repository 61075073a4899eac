import type { Json, JsonObject } from "../domain/message.ts";

/** The parsed value, or undefined when the text is not JSON. Never throws. */
export function parseJson(text: string): Json | undefined {
  try {
    // A byte order mark is not JSON, but some servers write one.
    const value: Json = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
    return value;
  } catch {
    return undefined; // not JSON: an expected input, told apart by the result
  }
}

/** Whether a value is a JSON object (not null, not an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The string, or null for anything else and for the empty string. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** A string or finite number as a string; null for anything else and for the empty string. */
export function idOf(value: unknown): string | null {
  return typeof value === "number" && Number.isFinite(value) ? String(value) : textOf(value);
}

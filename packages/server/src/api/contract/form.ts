import { z } from "@hono/zod-openapi";
import { nearest } from "../../domain/nearest.ts";

/** An object that takes these members alone. An unknown one is refused, and the nearest known one is named. */
export function form<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? unknownText(issue.keys, known) : undefined,
  });
}

/**
 * What was parsed, without `undefined` in the types of optional members: a form leaves absent members out, and neither JSON
 * nor a query can say `undefined`.
 */
export function exact<T extends object>(parsed: T): Exact<T> {
  // True because of what is said above: no member is there with the value undefined.
  return parsed as Exact<T>;
}

/** The same members, and no `undefined` among their values. */
export type Exact<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

function unknownText(keys: readonly string[], known: readonly string[]): string {
  return keys
    .slice(0, shownMax)
    .map((written) => {
      const key = written.slice(0, keyCharsMax);
      const near = nearest(key, known);
      const meant =
        near === null
          ? `Known are ${known.map((one) => `"${one}"`).join(", ")}.`
          : `Did you mean "${near}"?`;
      return `There is no "${key}" here. ${meant}`;
    })
    .join(" ");
}

const shownMax = 5;
/** Longer ones are no misspelt name, and comparing them would take long. */
const keyCharsMax = 80;

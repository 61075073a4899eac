import { z } from "@hono/zod-openapi";

/** A text that is not empty, and not longer than `charsMax`. */
export function shortText(charsMax: number, description: string, example: string) {
  return z.string().trim().min(1).max(charsMax).openapi({ description, example });
}

/** A part of a path that names one thing. */
export function pathId(description: string, example: string) {
  return z.string().min(1).max(1024).openapi({ description, example });
}

/** Null, or the text. */
export function textOrNull(description: string, example?: string) {
  return z
    .string()
    .nullable()
    .openapi({ description, ...(example === undefined ? {} : { example }) });
}

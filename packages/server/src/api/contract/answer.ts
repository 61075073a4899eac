import type { z } from "@hono/zod-openapi";

/** A JSON answer of a route, with its example. */
export function jsonAnswer<Schema extends z.ZodType>(
  schema: Schema,
  { description, example }: { readonly description: string; readonly example: z.output<Schema> },
) {
  return { description, content: { "application/json": { schema, example } } };
}

/** A JSON body that a route needs, with its example. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema, example: unknown) {
  return { required: true, content: { "application/json": { schema, example } } };
}

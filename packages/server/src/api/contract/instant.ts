import { z } from "@hono/zod-openapi";

/** An instant as callers write it; parsed to epoch ms. */
export function instantInput(description: string) {
  return z.iso
    .datetime({
      offset: true,
      error: "It must be an instant with its offset, such as 2026-12-24T09:00:00+01:00.",
    })
    .transform((text) => Date.parse(text))
    .openapi({ description, example: "2026-12-24T09:00:00+01:00" });
}

/** An instant as we answer it. */
export function instant(description: string) {
  return z.iso.datetime().openapi({ description, example: "2026-12-24T08:00:00.000Z" });
}

/** Epoch ms as ISO 8601 in UTC. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** The same where there may be none. */
export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}

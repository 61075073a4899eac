import { z } from "@hono/zod-openapi";
import type { Page } from "../../engine/ports/store.ts";

/** The query of every list. */
export const pageQuery = {
  cursor: z.string().min(1).max(2048).optional().openapi({
    description: "The `next` of the page before. Opaque.",
  }),
  limit: z.coerce.number().int().min(1).max(1000).default(100).openapi({
    description: "How many items at most.",
    example: 100,
  }),
};

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item, name: string) {
  return z
    .object({
      items: z.array(item),
      next: z.string().optional().openapi({
        description: "The cursor of the following page; absent on the last one.",
      }),
    })
    .openapi(name);
}

/** A page with each item shown. */
export function pageView<From, To>(
  page: Page<From>,
  view: (item: From) => To,
): { items: To[]; next?: string } {
  const items = page.items.map(view);
  return page.next === undefined ? { items } : { items, next: page.next };
}

import type { z } from "@hono/zod-openapi";
import type { ChangeView } from "../../engine/engine.ts";
import type { changeSchema } from "../contract/change.ts";
import { iso } from "../contract/instant.ts";

/** An edit or recall, as what it changes lists it. */
export function changeView(view: ChangeView): z.infer<typeof changeSchema> {
  const { id, kind, state, counts, reasons, createdAt } = view;
  return { id, kind, state, counts, reasons: [...reasons], createdAt: iso(createdAt) };
}

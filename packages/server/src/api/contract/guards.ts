import { z } from "@hono/zod-openapi";
import { exact, form } from "./form.ts";

const afterwards = ["continue", "wait"] as const;

/** What is let through before all others. */
export const canaryInput = canaryForm()
  .superRefine(isOneOfTwo)
  .transform(exact)
  .openapi("NewCanary", {
    description:
      "Some deliveries go first: `count` of them, or `percent` of all. Once each of them has ended, the others go too, or the campaign is paused until somebody resumes it.",
  });

/** When a campaign pauses by itself. */
export const stopWhenInput = form({
  failedPercent: z.number().min(0).lt(100).openapi({
    description: "More than so many in a hundred failed, of those that were tried.",
    example: 10,
  }),
  atLeast: z.int().min(1).optional().openapi({
    description: "So many were tried at least. Default: 20.",
    example: 20,
  }),
})
  .transform(exact)
  .openapi("NewStopWhen", {
    description:
      "The campaign pauses when more fail than this. What is `uncertain` counts as failed; what is skipped was not tried. A resume lets it count anew.",
  });

const then = z.enum(afterwards);
/** The canary of a campaign. */
export const canarySchema = z
  .object({
    count: z.int().nullable(),
    percent: z.number().nullable(),
    then,
    held: z.int().openapi({ description: "Pending deliveries that wait for it." }),
    released: z.boolean().openapi({ description: "Whether it holds nothing back (any more)." }),
  })
  .openapi("Canary");

export const stopWhenSchema = z
  .object({ failedPercent: z.number(), atLeast: z.int() })
  .openapi("StopWhen");

function canaryForm() {
  const then = z.enum(afterwards).optional().openapi({
    description: "`wait` (default): for a person. `continue`: by itself.",
  });
  return form({
    count: z.int().min(1).optional().openapi({ description: "So many deliveries.", example: 50 }),
    percent: z.number().positive().max(100).optional().openapi({
      description: "So many in a hundred of all, rounded up, once everybody is known.",
    }),
    then,
  });
}

function isOneOfTwo(
  canary: { readonly count?: number | undefined; readonly percent?: number | undefined },
  context: z.RefinementCtx<unknown>,
): void {
  if ((canary.count === undefined) === (canary.percent === undefined))
    context.addIssue({
      code: "custom",
      path: ["count"],
      message: "A canary is a count or a percent, and one of the two.",
    });
}

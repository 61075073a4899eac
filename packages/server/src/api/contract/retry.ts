import { z } from "@hono/zod-openapi";
import { retriableStates } from "../../domain/retry-request.ts";
import { form } from "./form.ts";
import { shortText } from "./text.ts";

/** `POST /v1/campaigns/{id}/retry`. */
export const retryInput = form({
  states: z
    .array(z.enum(retriableStates))
    .min(1)
    .max(retriableStates.length)
    .optional()
    .openapi({
      description: "Which of them. Default: `failed`; with `recipient`, whichever it is.",
      example: ["failed"],
    }),
  codes: z
    .array(shortText(100, "As the campaign's reasons name it.", "TEAMS_UNAVAILABLE"))
    .min(1)
    .max(50)
    .optional()
    .openapi({ description: "Only those with one of these codes." }),
  recipient: shortText(
    1024,
    "One recipient alone, as the delivery names it; or a person by object id, UPN or `29:` id.",
    "ana@contoso.example",
  ).optional(),
}).openapi("Retry");

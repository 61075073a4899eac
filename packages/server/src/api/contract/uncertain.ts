import { z } from "@hono/zod-openapi";
import { bareDeliverySchema, campaignReferenceSchema } from "./explain.ts";
import { form } from "./form.ts";
import { shortText } from "./text.ts";

/** `POST /v1/campaigns/{id}/leave`. */
export const leaveInput = form({
  recipient: shortText(
    1024,
    "One recipient alone, as the delivery names it; or a person by object id, UPN or `29:` id.",
    "ana@contoso.example",
  ).optional(),
}).openapi("Leave");

/** A delivery that may have arrived. */
export const uncertainSchema = z
  .object({ campaign: campaignReferenceSchema, delivery: bareDeliverySchema })
  .openapi("UncertainDelivery", {
    description: "A delivery of which nobody knows whether it arrived, and whose it is.",
  });

import { z } from "@hono/zod-openapi";
import { campaignKinds, campaignStates } from "../../domain/campaign.ts";
import { nextSteps } from "../../domain/next-step.ts";
import { campaignSummarySchema } from "./campaign.ts";
import { attemptSchema, deliverySchema } from "./delivery.ts";
import { deliveryStateSchema } from "./delivery-state.ts";
import { personSchema } from "./directory.ts";
import { instant } from "./instant.ts";
import { textOrNull } from "./text.ts";

const nextStepSchema = z.enum(nextSteps).openapi("NextStep", {
  description:
    "What to do next, for programs. `nothing`: it is as it should be, or final. `wait`: it goes on by itself. `start`, `resume`, `retry`: that step of the campaign. `decide`: it may have arrived; leave it, or retry it. `install`: the app is missing, and somebody has to add it; a proactive install is not offered yet. `person`, `admin`: only the person, or an administrator, can change it. `correct`: the message or the name is wrong. `configure`: a setting of the service is wrong.",
});
const line = z.string().openapi({
  description: "What happened to whom, why, and what to do next: one line for a person.",
  example:
    "The message to Ana Example was not accepted at the one request for it. The app is not installed for this person. (TEAMS_APP_NOT_INSTALLED) Install it for them, or let them add it.",
});

/** A delivery without what became of its changes, which are deliveries themselves. */
export const bareDeliverySchema = deliverySchema.omit({ change: true }).openapi("BareDelivery");

/** A delivery with every request made for it. */
export const deliveryDetailSchema = deliverySchema
  .extend({
    firstAttemptAt: instant("When its first request was made; since a retry, if any.").nullable(),
    retriedAt: instant("When somebody last asked for it to be tried again.").nullable(),
    history: z.array(attemptSchema).openapi({
      description: "Every request, the first one first; a first-time success as the one it was.",
    }),
    attemptsForgottenAt: instant(
      "Since when the campaign's requests are not all kept, so that the history may lack some; null where it is whole.",
    ).nullable(),
  })
  .openapi("DeliveryDetail");

/** Whose a delivery is. */
export const campaignReferenceSchema = z
  .object({
    id: z.string(),
    kind: z.enum(campaignKinds),
    name: z.string().openapi({ description: "Empty for a notification." }),
    state: z.enum(campaignStates),
    createdAt: instant("When it was stored."),
  })
  .openapi("CampaignReference");

export const deliveryExplanationSchema = z
  .object({
    line,
    next: nextStepSchema,
    campaign: campaignReferenceSchema,
    person: z.union([personSchema, z.null()]),
    delivery: deliveryDetailSchema,
  })
  .openapi("DeliveryExplanation");

export const personExplanationSchema = z
  .object({
    line,
    next: nextStepSchema,
    person: personSchema,
    serviceHost: textOrNull(
      "The host at which Teams wants to be spoken to for them.",
      "smba.trafficmanager.net",
    ),
    deliveries: z
      .array(z.object({ line, campaign: campaignReferenceSchema, delivery: bareDeliverySchema }))
      .openapi({
        description:
          "Their last deliveries, the newest first: up to ten, of those in the thousand newest campaigns and notifications.",
      }),
    deliveriesKeptDays: z.int().nullable().openapi({
      description:
        "For how many days after its campaign's end a delivery is kept; null for good. Older ones are not told here.",
      example: 365,
    }),
  })
  .openapi("PersonExplanation");

export const campaignExplanationSchema = z
  .object({
    line,
    next: nextStepSchema,
    campaign: campaignSummarySchema,
    reasons: z
      .array(
        z.object({
          state: deliveryStateSchema,
          code: z.string(),
          count: z.int(),
          what: z.string(),
          advice: z.string(),
          next: nextStepSchema,
        }),
      )
      .openapi({ description: "Why deliveries ended as they did, in words." }),
  })
  .openapi("CampaignExplanation");

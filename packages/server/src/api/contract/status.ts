import { z } from "@hono/zod-openapi";
import { attentionOrNullSchema, attentionSchema } from "./campaign.ts";
import { form } from "./form.ts";
import { instant } from "./instant.ts";
import { campaignStateSchema, countsSchema } from "./progress.ts";

const laneSchema = z
  .object({
    tenantId: z.string(),
    inFlight: z.int().openapi({ description: "Requests that wait for their answer now." }),
    ratePerSecond: z.number(),
    ceilingPerSecond: z.number().openapi({ description: "0: no pacing." }),
    throttledUntil: instant("Until when Teams asked for a pause.").nullable(),
    attention: attentionOrNullSchema,
    requests: z.int().openapi({ description: "Since the service started." }),
    throttled: z.int().openapi({ description: "Of them, those answered with 429." }),
    holdsLost: z.int().openapi({
      description: "How often another process took the lane before this one gave it back.",
    }),
    settlementsIgnored: z.int().openapi({
      description:
        "Ends of deliveries that were not recorded, because another process had the lane by then; there they are uncertain.",
    }),
  })
  .openapi("Lane", { description: "The bot in one tenant: where Teams' limits are counted." });

const graphSchema = z
  .object({
    tenantId: z.string(),
    requests: z.int().openapi({
      description: "How often Graph was asked, since the service started.",
    }),
    throttled: z.int().openapi({ description: "How often it answered 429." }),
    attention: attentionOrNullSchema.openapi({ description: "Why Graph is not asked now." }),
    budgets: z.array(
      z.object({
        limit: z.string().openapi({ description: "Graph's limit.", example: "identity" }),
        unitsAllowed: z.int().openapi({
          description: "What this process may use now, in a window of the limit.",
        }),
        unitsCeiling: z.int().openapi({ description: "What it may use at most." }),
        unitsSpent: z.int().openapi({ description: "What it has used in the last window." }),
        pausedUntil: instant("Until when Graph asked for a pause.").nullable(),
      }),
    ),
  })
  .openapi("GraphStatus", {
    description: "Microsoft Graph in one tenant, as this process uses it.",
  });

export const statusSchema = z
  .object({
    version: z.string().openapi({ example: "0.1.0" }),
    botId: z.string(),
    counts: z
      .object({ people: z.int(), installed: z.int(), blocked: z.int(), removed: z.int() })
      .openapi({ description: "The directory, counted." }),
    lanes: z.array(laneSchema),
    graph: z.array(graphSchema).openapi({
      description:
        "The tenants that Graph was asked about; none unless CARILLON_GRAPH_USERS is on.",
    }),
    attention: z
      .array(
        attentionSchema.extend({
          tenantId: z
            .string()
            .nullable()
            .openapi({ description: "Of the lane that waits, or whose Graph is not asked." }),
          campaignId: z.string().nullable().openapi({ description: "Of the campaign that waits." }),
        }),
      )
      .openapi({ description: "Everything that stands in the way of sending, or of Graph." }),
  })
  .openapi("Status");

export const streamQuery = form({
  campaign: z.string().min(1).max(200).optional().openapi({
    description: "Only this campaign, and first of all how it stands now.",
  }),
});

/** The events of the stream, for the description. */
export const streamEventSchema = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("campaign"), id: z.string(), state: campaignStateSchema }),
    z.object({
      type: z.literal("progress"),
      id: z.string(),
      counts: countsSchema,
      ratePerSecond: z.number(),
      etaSeconds: z.number().nullable(),
    }),
    z.object({
      type: z.literal("attention"),
      id: z.string().nullable().openapi({
        description: "The campaign; null for a lane. An `attention` of null says that it is over.",
      }),
      attention: attentionOrNullSchema,
    }),
  ])
  .openapi("StreamEvent");

/** `/healthz`. */
export const healthSchema = z.object({ status: z.literal("ok") }).openapi("Health");

/** `/readyz`. */
export const readinessSchema = z
  .object({
    status: z.enum(["ready", "attention", "not-ready"]).openapi({
      description: "`attention`: work is taken and kept, and something keeps it from being sent.",
    }),
    reason: z.string().optional(),
  })
  .openapi("Readiness");

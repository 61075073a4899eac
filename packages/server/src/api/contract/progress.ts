import { z } from "@hono/zod-openapi";
import { campaignStates } from "../../domain/campaign.ts";
import { deliveryStateSchema } from "./delivery-state.ts";

export const campaignStateSchema = z.enum(campaignStates).openapi("CampaignState");

const count = z.int().openapi({ example: 0 });
export const countsSchema = z
  .object({
    total: count,
    pending: count,
    sending: count,
    accepted: count,
    failed: count,
    skipped: count,
    cancelled: count,
    uncertain: count,
  })
  .openapi("DeliveryCounts", { description: "Deliveries by state; `total` is their sum." });

/** Why deliveries ended as they did, counted. */
export const reasonsSchema = z
  .array(z.object({ state: deliveryStateSchema, code: z.string(), count: z.int() }))
  .openapi({ description: "Deliveries counted by code, for those with one." });

import { createRoute, z } from "@hono/zod-openapi";
import type { ApiApp, ApiParts } from "../api-env.ts";
import { jsonAnswer } from "../contract/answer.ts";
import {
  exampleCampaign,
  exampleCampaignExplanation,
  exampleDelivery,
  exampleDeliveryExplanation,
  exampleFailedDelivery,
  examplePersonExplanation,
} from "../contract/examples.ts";
import {
  campaignExplanationSchema,
  deliveryDetailSchema,
  deliveryExplanationSchema,
  personExplanationSchema,
} from "../contract/explain.ts";
import { refusals } from "../contract/problem.ts";
import { pathId } from "../contract/text.ts";
import {
  campaignExplanationView,
  deliveryDetailView,
  deliveryExplanationView,
  personExplanationView,
} from "../views/explain-view.ts";

const tags = ["explanations"];
const ofCampaign = z.object({ id: pathId("Of the campaign or notification.", exampleCampaign.id) });
const ofDelivery = ofCampaign.extend({
  recipient: pathId(
    "As the delivery names it; or a person by object id, UPN or `29:` id.",
    exampleDelivery.recipient,
  ),
});

/** The routes that say what happened and why. */
export const explainRoutes = {
  delivery: createRoute({
    method: "get",
    path: "/v1/campaigns/{id}/deliveries/{recipient}",
    tags: ["deliveries"],
    operationId: "getDelivery",
    summary: "See one delivery with every request made for it",
    description:
      "Status, code, sub-code, Retry-After, request id and latency of each request, and what was decided and why. The id may be a notification's.",
    request: { params: ofDelivery },
    responses: {
      200: jsonAnswer(deliveryDetailSchema, {
        description: "The delivery.",
        example: exampleFailedDelivery,
      }),
      ...refusals("CAMPAIGN_UNKNOWN", "DELIVERY_UNKNOWN", "CAMPAIGN_ROWS_FORGOTTEN"),
    },
  }),
  explainDelivery: createRoute({
    method: "get",
    path: "/v1/campaigns/{id}/deliveries/{recipient}/explain",
    tags,
    operationId: "explainDelivery",
    summary: "Explain what became of one delivery",
    description:
      "One line in plain words, then the facts that it stands on. The id may be a notification's.",
    request: { params: ofDelivery },
    responses: {
      200: jsonAnswer(deliveryExplanationSchema, {
        description: "What happened, why, and what to do next.",
        example: exampleDeliveryExplanation,
      }),
      ...refusals("CAMPAIGN_UNKNOWN", "DELIVERY_UNKNOWN", "CAMPAIGN_ROWS_FORGOTTEN"),
    },
  }),
  explainCampaign: createRoute({
    method: "get",
    path: "/v1/campaigns/{id}/explain",
    tags,
    operationId: "explainCampaign",
    summary: "Explain how a campaign stands",
    description:
      "One line in plain words, and each reason with what to do about it. The id may be a notification's.",
    request: { params: ofCampaign },
    responses: {
      200: jsonAnswer(campaignExplanationSchema, {
        description: "How it stands, why, and what to do next.",
        example: exampleCampaignExplanation,
      }),
      ...refusals("CAMPAIGN_UNKNOWN"),
    },
  }),
  explainPerson: createRoute({
    method: "get",
    path: "/v1/people/{id}/explain",
    tags,
    operationId: "explainPerson",
    summary: "Explain whether a person can be reached",
    description:
      "One line in plain words, what the directory knows of them, and their last deliveries with a line for each.",
    request: {
      params: z.object({ id: pathId("Object id, UPN or `29:` id.", "ana@contoso.example") }),
    },
    responses: {
      200: jsonAnswer(personExplanationSchema, {
        description: "Whether they can be reached, and what became of their last messages.",
        example: examplePersonExplanation,
      }),
      ...refusals("PERSON_UNKNOWN"),
    },
  }),
};

/** Mounts them. */
export function mountExplain(app: ApiApp, { engine: { explain } }: ApiParts): void {
  app.openapi(explainRoutes.delivery, async (context) => {
    const { id, recipient } = context.req.valid("param");
    return context.json(deliveryDetailView(await explain.delivery(id, recipient)), 200);
  });
  app.openapi(explainRoutes.explainDelivery, async (context) => {
    const { id, recipient } = context.req.valid("param");
    return context.json(deliveryExplanationView(await explain.delivery(id, recipient)), 200);
  });
  app.openapi(explainRoutes.explainCampaign, async (context) => {
    const { id } = context.req.valid("param");
    return context.json(campaignExplanationView(await explain.campaign(id)), 200);
  });
  app.openapi(explainRoutes.explainPerson, async (context) => {
    const { id } = context.req.valid("param");
    return context.json(personExplanationView(await explain.person(id)), 200);
  });
}

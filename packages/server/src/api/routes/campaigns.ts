import { createRoute, z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../domain/error-codes.ts";
import type { ApiApp, ApiParts } from "../api-env.ts";
import { jsonAnswer, jsonBody } from "../contract/answer.ts";
import {
  campaignSchema,
  campaignSummarySchema,
  newCampaignInput,
  preflightSchema,
} from "../contract/campaign.ts";
import {
  exampleCampaign,
  exampleCampaignSummary,
  exampleDraft,
  exampleNewCampaign,
  examplePreflight,
} from "../contract/examples.ts";
import { exact, form } from "../contract/form.ts";
import { pageOf, pageQuery, pageView } from "../contract/page.ts";
import { refusals } from "../contract/problem.ts";
import { idempotencyHeader } from "../contract/send-options.ts";
import { pathId } from "../contract/text.ts";
import { campaignSummaryView, campaignView } from "../views/campaign-view.ts";

const tags = ["campaigns"];
const params = z.object({ id: pathId("Of the campaign.", exampleCampaign.id) });

/** The routes of campaigns. */
export const campaignRoutes = {
  create: createRoute({
    method: "post",
    path: "/v1/campaigns",
    tags,
    operationId: "createCampaign",
    summary: "Create a campaign",
    description: "Stores a draft. Nothing is sent before it is started.",
    request: { headers: idempotencyHeader, body: jsonBody(newCampaignInput, exampleNewCampaign) },
    responses: {
      201: jsonAnswer(campaignSchema, { description: "The draft.", example: exampleDraft }),
      ...refusals(
        "REQUEST_JSON_MALFORMED",
        "REQUEST_TOO_LARGE",
        "REQUEST_CONTENT_TYPE_WRONG",
        "IDEMPOTENCY_KEY_REUSED",
        "TARGET_UNSUPPORTED",
        "TENANT_UNKNOWN",
        "MESSAGE_INVALID",
        "MESSAGE_TOO_BIG",
      ),
    },
  }),
  list: createRoute({
    method: "get",
    path: "/v1/campaigns",
    tags,
    operationId: "listCampaigns",
    summary: "List campaigns",
    description: "Newest first, without their messages and audiences.",
    request: { query: form(pageQuery) },
    responses: {
      200: jsonAnswer(pageOf(campaignSummarySchema, "CampaignPage"), {
        description: "A page of campaigns.",
        example: { items: [exampleCampaignSummary] },
      }),
      ...refusals(),
    },
  }),
  get: createRoute({
    method: "get",
    path: "/v1/campaigns/{id}",
    tags,
    operationId: "getCampaign",
    summary: "See how a campaign stands",
    description: "State, counts, measured rate, time left, reasons, and what stands in the way.",
    request: { params },
    responses: {
      200: jsonAnswer(campaignSchema, { description: "The campaign.", example: exampleCampaign }),
      ...refusals("CAMPAIGN_UNKNOWN"),
    },
  }),
  preflight: createRoute({
    method: "post",
    path: "/v1/campaigns/{id}/preflight",
    tags,
    operationId: "preflightCampaign",
    summary: "See what a campaign would do",
    description:
      "Estimates recipients, requests and time from what is known, and checks the message. Changes nothing, so it answers 200 with the estimate, where the moves answer 202 with the campaign.",
    request: { params },
    responses: {
      200: jsonAnswer(preflightSchema, { description: "The estimate.", example: examplePreflight }),
      ...refusals("CAMPAIGN_UNKNOWN"),
    },
  }),
  start: move("start", {
    summary: "Start a campaign",
    description:
      "Finds out who is meant and begins to send, at `sendAt` where one was given. Starting it again changes nothing.",
    refused: ["TENANT_UNKNOWN"],
  }),
  pause: move("pause", {
    summary: "Pause a campaign",
    description: "Nothing more is tried until it is resumed; what is under way ends.",
  }),
  resume: move("resume", {
    summary: "Resume a campaign",
    description: "Goes on where it was paused.",
  }),
  cancel: move("cancel", {
    summary: "Cancel a campaign",
    description:
      "Everything not yet tried is given up, for good. What Teams has taken stays where it is.",
  }),
};

/** Mounts them. */
export function mountCampaigns(app: ApiApp, { engine }: ApiParts): void {
  const { campaigns } = engine;
  app.openapi(campaignRoutes.create, async (context) => {
    const key = context.req.valid("header")["Idempotency-Key"];
    const campaign = await campaigns.create({
      ...exact(context.req.valid("json")),
      ...(key === undefined ? {} : { idempotencyKey: key }),
    });
    return context.json(campaignView(campaign), 201, {
      location: `/v1/campaigns/${encodeURIComponent(campaign.id)}`,
    });
  });
  app.openapi(campaignRoutes.list, async (context) => {
    const page = await campaigns.list(exact(context.req.valid("query")));
    return context.json(pageView(page, campaignSummaryView), 200);
  });
  app.openapi(campaignRoutes.get, async (context) => {
    const { id } = context.req.valid("param");
    return context.json(campaignView(await campaigns.get(id)), 200);
  });
  app.openapi(campaignRoutes.preflight, async (context) => {
    const { id } = context.req.valid("param");
    const { expected, warnings, ...estimate } = await campaigns.preflight(id);
    return context.json({ ...estimate, expected: [...expected], warnings: [...warnings] }, 200);
  });
  for (const name of ["start", "pause", "resume", "cancel"] as const)
    app.openapi(campaignRoutes[name], async (context) => {
      const { id } = context.req.valid("param");
      return context.json(campaignView(await campaigns[name](id)), 202);
    });
}

/** A route that moves a campaign from one state to another. */
function move(
  name: "start" | "pause" | "resume" | "cancel",
  words: {
    readonly summary: string;
    readonly description: string;
    readonly refused?: readonly ErrorCode[];
  },
) {
  return createRoute({
    method: "post",
    path: `/v1/campaigns/{id}/${name}`,
    tags,
    operationId: `${name}Campaign`,
    summary: words.summary,
    description: words.description,
    request: { params },
    responses: {
      202: jsonAnswer(campaignSchema, {
        description: "The campaign in its new state.",
        example: exampleCampaign,
      }),
      ...refusals("CAMPAIGN_UNKNOWN", "CAMPAIGN_STATE_CONFLICT", ...(words.refused ?? [])),
    },
  });
}

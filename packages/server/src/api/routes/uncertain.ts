import { createRoute, z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../domain/error-codes.ts";
import type { ApiApp, ApiParts } from "../api-env.ts";
import { jsonAnswer, jsonBody } from "../contract/answer.ts";
import { campaignSchema } from "../contract/campaign.ts";
import {
  exampleCampaign,
  exampleLeave,
  exampleNotification,
  exampleUncertain,
} from "../contract/examples.ts";
import { exact, form } from "../contract/form.ts";
import { notificationSchema } from "../contract/notification.ts";
import { pageOf, pageQuery, pageView } from "../contract/page.ts";
import { refusals } from "../contract/problem.ts";
import { pathId } from "../contract/text.ts";
import { leaveInput, uncertainSchema } from "../contract/uncertain.ts";
import { declaredBody } from "../json-body.ts";
import { campaignView } from "../views/campaign-view.ts";
import { notificationView } from "../views/delivery-view.ts";
import { pastDeliveryView } from "../views/explain-view.ts";

const summary = "Leave what may have arrived as it is";
const description =
  "Decides about uncertain deliveries that they stay so, with the code DELIVERY_LEFT_UNCERTAIN: they are listed as undecided no more, and a retry means them only by recipient or code. Asking again changes nothing. To send them again instead, use retry.";
const body = { ...jsonBody(leaveInput, exampleLeave), required: false };
const refused: readonly ErrorCode[] = [
  "REQUEST_JSON_MALFORMED",
  "REQUEST_TOO_LARGE",
  "REQUEST_CONTENT_TYPE_WRONG",
  "DELIVERY_UNKNOWN",
  "DELIVERY_NOT_UNCERTAIN",
  "CAMPAIGN_ROWS_FORGOTTEN",
];

/** The routes for what nobody knows. */
export const uncertainRoutes = {
  list: createRoute({
    method: "get",
    path: "/v1/uncertain",
    tags: ["campaigns"],
    operationId: "listUncertain",
    summary: "List what may have arrived, and nobody has decided about",
    description:
      "Uncertain deliveries of all campaigns, notifications, edits and recalls, the newest of those first. Decide with retry (`states: [uncertain]`), or with leave.",
    request: { query: form(pageQuery) },
    responses: {
      200: jsonAnswer(pageOf(uncertainSchema, "UncertainPage"), {
        description: "A page of deliveries.",
        example: { items: [exampleUncertain] },
      }),
      ...refusals(),
    },
  }),
  campaign: createRoute({
    method: "post",
    path: "/v1/campaigns/{id}/leave",
    tags: ["campaigns"],
    operationId: "leaveCampaign",
    summary,
    description,
    middleware: declaredBody,
    request: { params: z.object({ id: pathId("Of the campaign.", exampleCampaign.id) }), body },
    responses: {
      202: jsonAnswer(campaignSchema, {
        description: "The campaign, with that decided.",
        example: exampleCampaign,
      }),
      ...refusals("CAMPAIGN_UNKNOWN", ...refused),
    },
  }),
  notification: createRoute({
    method: "post",
    path: "/v1/notifications/{id}/leave",
    tags: ["notifications"],
    operationId: "leaveNotification",
    summary,
    description,
    middleware: declaredBody,
    request: {
      params: z.object({ id: pathId("Of the notification.", exampleNotification.id) }),
      body,
    },
    responses: {
      202: jsonAnswer(notificationSchema, {
        description: "The notification, with that decided.",
        example: exampleNotification,
      }),
      ...refusals("NOTIFICATION_UNKNOWN", ...refused),
    },
  }),
};

/** Mounts them. */
export function mountUncertain(app: ApiApp, { engine }: ApiParts): void {
  const { campaigns, notifications } = engine;
  app.openapi(uncertainRoutes.list, async (context) => {
    const page = await engine.uncertain(exact(context.req.valid("query")));
    return context.json(pageView(page, pastDeliveryView), 200);
  });
  app.openapi(uncertainRoutes.campaign, async (context) => {
    const { id } = context.req.valid("param");
    const view = await campaigns.leave(id, exact(context.req.valid("json") ?? {}));
    return context.json(campaignView(view), 202);
  });
  app.openapi(uncertainRoutes.notification, async (context) => {
    const { id } = context.req.valid("param");
    const view = await notifications.leave(id, exact(context.req.valid("json") ?? {}));
    return context.json(notificationView(view), 202);
  });
}

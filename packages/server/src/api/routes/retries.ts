import { createRoute, z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../domain/error-codes.ts";
import type { ApiApp, ApiParts } from "../api-env.ts";
import { jsonAnswer, jsonBody } from "../contract/answer.ts";
import { campaignSchema } from "../contract/campaign.ts";
import { exampleCampaign, exampleNotification, exampleRetry } from "../contract/examples.ts";
import { exact } from "../contract/form.ts";
import { notificationSchema } from "../contract/notification.ts";
import { refusals } from "../contract/problem.ts";
import { retryInput } from "../contract/retry.ts";
import { idempotencyHeader } from "../contract/send-options.ts";
import { pathId } from "../contract/text.ts";
import { declaredBody } from "../json-body.ts";
import { campaignView } from "../views/campaign-view.ts";
import { notificationView } from "../views/delivery-view.ts";

const description = (what: string) =>
  `Failed deliveries are pending again, in the same ${what}; uncertain and skipped ones where they are asked for. An uncertain one may then arrive twice, and counts as resent. Asking again changes nothing while it is carried out. A cancelled or expired ${what} is refused.`;
const body = { ...jsonBody(retryInput, exampleRetry), required: false };
const refused: readonly ErrorCode[] = [
  "REQUEST_JSON_MALFORMED",
  "REQUEST_TOO_LARGE",
  "REQUEST_CONTENT_TYPE_WRONG",
  "CAMPAIGN_STATE_CONFLICT",
  "CAMPAIGN_RECALLED",
  "DELIVERY_UNKNOWN",
  "DELIVERY_NOT_RETRIABLE",
  "CAMPAIGN_ROWS_FORGOTTEN",
  "IDEMPOTENCY_KEY_REUSED",
];

/** The routes that try deliveries again. */
export const retryRoutes = {
  campaign: createRoute({
    method: "post",
    path: "/v1/campaigns/{id}/retry",
    tags: ["campaigns"],
    operationId: "retryCampaign",
    summary: "Try deliveries again that did not arrive",
    description: description("campaign"),
    middleware: declaredBody,
    request: {
      params: z.object({ id: pathId("Of the campaign.", exampleCampaign.id) }),
      headers: idempotencyHeader,
      body,
    },
    responses: {
      202: jsonAnswer(campaignSchema, {
        description: "The campaign, sending again.",
        example: exampleCampaign,
      }),
      ...refusals("CAMPAIGN_UNKNOWN", ...refused),
    },
  }),
  notification: createRoute({
    method: "post",
    path: "/v1/notifications/{id}/retry",
    tags: ["notifications"],
    operationId: "retryNotification",
    summary: "Try deliveries of a notification again that did not arrive",
    description: description("notification"),
    middleware: declaredBody,
    request: {
      params: z.object({ id: pathId("Of the notification.", exampleNotification.id) }),
      headers: idempotencyHeader,
      body,
    },
    responses: {
      202: jsonAnswer(notificationSchema, {
        description: "The notification, sending again.",
        example: exampleNotification,
      }),
      ...refusals("NOTIFICATION_UNKNOWN", ...refused),
    },
  }),
};

/** Mounts them. */
export function mountRetries(app: ApiApp, { engine }: ApiParts): void {
  const { campaigns, notifications } = engine;
  app.openapi(retryRoutes.campaign, async (context) => {
    const { id } = context.req.valid("param");
    const asked = askedOf(context.req.valid("json"), context.req.valid("header"));
    return context.json(campaignView(await campaigns.retry(id, asked)), 202);
  });
  app.openapi(retryRoutes.notification, async (context) => {
    const { id } = context.req.valid("param");
    const asked = askedOf(context.req.valid("json"), context.req.valid("header"));
    return context.json(notificationView(await notifications.retry(id, asked)), 202);
  });
}

function askedOf(
  body: z.output<typeof retryInput> | undefined,
  header: z.output<typeof idempotencyHeader>,
) {
  const key = header["Idempotency-Key"];
  return { ...exact(body ?? {}), ...(key === undefined ? {} : { idempotencyKey: key }) };
}

import { createRoute, z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../domain/error-codes.ts";
import type { ApiApp, ApiParts } from "../api-env.ts";
import { jsonAnswer, jsonBody } from "../contract/answer.ts";
import { campaignSchema } from "../contract/campaign.ts";
import { editInput, recallInput } from "../contract/change.ts";
import {
  exampleCampaign,
  exampleEdited,
  exampleNewEdit,
  exampleNotification,
  exampleNotificationEdited,
  exampleNotificationRecalled,
  exampleRecalled,
} from "../contract/examples.ts";
import { exact } from "../contract/form.ts";
import { notificationSchema } from "../contract/notification.ts";
import { refusals } from "../contract/problem.ts";
import { idempotencyHeader } from "../contract/send-options.ts";
import { pathId } from "../contract/text.ts";
import { campaignView } from "../views/campaign-view.ts";
import { notificationView } from "../views/delivery-view.ts";

const campaign = z.object({ id: pathId("Of the campaign.", exampleCampaign.id) });
const notification = z.object({ id: pathId("Of the notification.", exampleNotification.id) });

const editWords = (what: string) =>
  `What is not sent yet goes out with the new message, and what Teams has taken is updated, with the same fields for each recipient. The updates are a campaign of their own, the first of \`changes\`, which can be looked at, paused, resumed, cancelled and exported like any other. An earlier edit that is not over is cancelled. After a recall, ${what} cannot be edited.`;
const recallWords =
  "What is not sent yet is cancelled, and what Teams has taken is deleted. The deletes are a campaign of their own, the first of `changes`. Asking again while they run changes nothing; afterwards it tries again what could not be deleted. What has no id of Teams', or may have arrived, is told of with DELIVERY_ID_UNKNOWN.";

const editRefusals: readonly ErrorCode[] = [
  "REQUEST_JSON_MALFORMED",
  "REQUEST_TOO_LARGE",
  "REQUEST_CONTENT_TYPE_WRONG",
  "CAMPAIGN_STATE_CONFLICT",
  "CAMPAIGN_ROWS_FORGOTTEN",
  "CAMPAIGN_RECALLED",
  "IDEMPOTENCY_KEY_REUSED",
  "MESSAGE_INVALID",
  "MESSAGE_TOO_BIG",
];
const recallRefusals: readonly ErrorCode[] = [
  "REQUEST_JSON_MALFORMED",
  "REQUEST_TOO_LARGE",
  "REQUEST_CONTENT_TYPE_WRONG",
  "CAMPAIGN_STATE_CONFLICT",
  "CAMPAIGN_ROWS_FORGOTTEN",
];
const editBody = jsonBody(editInput, exampleNewEdit);
const recallBody = { ...jsonBody(recallInput, { priority: "urgent" }), required: false };

/** The routes that change messages which Teams has taken. */
export const changeRoutes = {
  editCampaign: createRoute({
    method: "post",
    path: "/v1/campaigns/{id}/edit",
    tags: ["campaigns"],
    operationId: "editCampaign",
    summary: "Put another message in place of a campaign's",
    description: editWords("a campaign"),
    request: { params: campaign, headers: idempotencyHeader, body: editBody },
    responses: {
      202: jsonAnswer(campaignSchema, {
        description: "The campaign with its new message.",
        example: exampleEdited,
      }),
      ...refusals("CAMPAIGN_UNKNOWN", ...editRefusals),
    },
  }),
  recallCampaign: createRoute({
    method: "post",
    path: "/v1/campaigns/{id}/recall",
    tags: ["campaigns"],
    operationId: "recallCampaign",
    summary: "Delete a campaign's messages everywhere",
    description: recallWords,
    request: { params: campaign, body: recallBody },
    responses: {
      202: jsonAnswer(campaignSchema, {
        description: "The campaign, with its recall.",
        example: exampleRecalled,
      }),
      ...refusals("CAMPAIGN_UNKNOWN", ...recallRefusals),
    },
  }),
  editNotification: createRoute({
    method: "post",
    path: "/v1/notifications/{id}/edit",
    tags: ["notifications"],
    operationId: "editNotification",
    summary: "Put another message in place of a notification's",
    description: editWords("a notification"),
    request: { params: notification, headers: idempotencyHeader, body: editBody },
    responses: {
      202: jsonAnswer(notificationSchema, {
        description: "The notification, with its edit.",
        example: exampleNotificationEdited,
      }),
      ...refusals("NOTIFICATION_UNKNOWN", ...editRefusals),
    },
  }),
  recallNotification: createRoute({
    method: "post",
    path: "/v1/notifications/{id}/recall",
    tags: ["notifications"],
    operationId: "recallNotification",
    summary: "Delete a notification's messages everywhere",
    description: recallWords,
    request: { params: notification, body: recallBody },
    responses: {
      202: jsonAnswer(notificationSchema, {
        description: "The notification, with its recall.",
        example: exampleNotificationRecalled,
      }),
      ...refusals("NOTIFICATION_UNKNOWN", ...recallRefusals),
    },
  }),
};

/** Mounts them. */
export function mountChanges(app: ApiApp, { engine }: ApiParts): void {
  const { campaigns, notifications } = engine;
  app.openapi(changeRoutes.editCampaign, async (context) => {
    const { id } = context.req.valid("param");
    const edit = editOf(context.req.valid("json"), context.req.valid("header"));
    return context.json(campaignView(await campaigns.edit(id, edit)), 202);
  });
  app.openapi(changeRoutes.recallCampaign, async (context) => {
    const { id } = context.req.valid("param");
    const view = await campaigns.recall(id, exact(context.req.valid("json")));
    return context.json(campaignView(view), 202);
  });
  app.openapi(changeRoutes.editNotification, async (context) => {
    const { id } = context.req.valid("param");
    const edit = editOf(context.req.valid("json"), context.req.valid("header"));
    return context.json(notificationView(await notifications.edit(id, edit)), 202);
  });
  app.openapi(changeRoutes.recallNotification, async (context) => {
    const { id } = context.req.valid("param");
    const view = await notifications.recall(id, exact(context.req.valid("json")));
    return context.json(notificationView(view), 202);
  });
}

function editOf(body: z.output<typeof editInput>, header: z.output<typeof idempotencyHeader>) {
  const key = header["Idempotency-Key"];
  return { ...exact(body), ...(key === undefined ? {} : { idempotencyKey: key }) };
}

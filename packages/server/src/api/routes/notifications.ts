import { createRoute, z } from "@hono/zod-openapi";
import type { ApiApp, ApiParts } from "../api-env.ts";
import { jsonAnswer, jsonBody } from "../contract/answer.ts";
import { exampleNewNotification, exampleNotification } from "../contract/examples.ts";
import { exact } from "../contract/form.ts";
import { newNotificationInput, notificationSchema } from "../contract/notification.ts";
import { refusals } from "../contract/problem.ts";
import { idempotencyHeader } from "../contract/send-options.ts";
import { pathId } from "../contract/text.ts";
import { notificationView } from "../views/delivery-view.ts";

const tags = ["notifications"];

/** The routes of notifications. */
export const notificationRoutes = {
  create: createRoute({
    method: "post",
    path: "/v1/notifications",
    tags,
    operationId: "createNotification",
    summary: "Send a message to named recipients",
    description:
      "Stores the message durably, with one delivery per recipient, and answers; it is sent as soon as Teams' limits allow. A recipient who cannot be reached is told of in their delivery.",
    request: {
      headers: idempotencyHeader,
      body: jsonBody(newNotificationInput, exampleNewNotification),
    },
    responses: {
      202: jsonAnswer(notificationSchema, {
        description: "It is stored, and will be sent.",
        example: exampleNotification,
      }),
      ...refusals(
        "REQUEST_JSON_MALFORMED",
        "REQUEST_TOO_LARGE",
        "REQUEST_CONTENT_TYPE_WRONG",
        "IDEMPOTENCY_KEY_REUSED",
        "RECIPIENT_UNKNOWN",
        "TARGET_UNSUPPORTED",
        "TENANT_UNKNOWN",
        "MESSAGE_INVALID",
        "MESSAGE_TOO_BIG",
        "MESSAGE_FIELD_MISSING",
      ),
    },
  }),
  get: createRoute({
    method: "get",
    path: "/v1/notifications/{id}",
    tags,
    operationId: "getNotification",
    summary: "See what became of a notification",
    description: "Answers every delivery as it stands now.",
    request: { params: z.object({ id: pathId("Of the notification.", exampleNotification.id) }) },
    responses: {
      200: jsonAnswer(notificationSchema, {
        description: "The notification.",
        example: exampleNotification,
      }),
      ...refusals("NOTIFICATION_UNKNOWN"),
    },
  }),
};

/** Mounts them. */
export function mountNotifications(app: ApiApp, { engine }: ApiParts): void {
  app.openapi(notificationRoutes.create, async (context) => {
    const key = context.req.valid("header")["Idempotency-Key"];
    const notification = await engine.notifications.create({
      ...exact(context.req.valid("json")),
      ...(key === undefined ? {} : { idempotencyKey: key }),
    });
    return context.json(notificationView(notification), 202);
  });
  app.openapi(notificationRoutes.get, async (context) => {
    const { id } = context.req.valid("param");
    return context.json(notificationView(await engine.notifications.get(id)), 200);
  });
}

import type { z } from "@hono/zod-openapi";
import type { DeliveryView, NotificationView } from "../../engine/engine.ts";
import type { Attempt, Delivery } from "../../engine/ports/store.ts";
import type { attemptSchema, deliverySchema } from "../contract/delivery.ts";
import { iso, isoOrNull } from "../contract/instant.ts";
import type { notificationSchema } from "../contract/notification.ts";
import { changeView } from "./change-view.ts";

/** A row of the ledger as the API shows it, with what became of its newest change. */
export function deliveryView(delivery: DeliveryView): z.infer<typeof deliverySchema> {
  return { ...bareDeliveryView(delivery), change: delivery.change };
}

/** A row of the ledger as the API shows it. */
export function bareDeliveryView(
  delivery: Delivery,
): Omit<z.infer<typeof deliverySchema>, "change"> {
  return {
    recipient: delivery.recipient,
    state: delivery.state,
    attempts: delivery.attempts,
    code: delivery.code,
    activityId: delivery.activityId,
    conversationId: delivery.conversationId,
    updatedAt: iso(delivery.updatedAt),
    detail: delivery.detail,
    resent: delivery.resent,
    dueAt: isoOrNull(delivery.dueAt),
  };
}

/** A recorded request as the API shows it. */
export function attemptView(attempt: Attempt): z.infer<typeof attemptSchema> {
  const { number, operation, at, outcome, evidence, decision } = attempt;
  return { number, operation, at: iso(at), outcome, evidence, decision };
}

/** A notification as the API shows it. */
export function notificationView(view: NotificationView): z.infer<typeof notificationSchema> {
  return {
    id: view.id,
    state: view.state,
    deliveries: view.deliveries.map((delivery) => ({ id: delivery.id, ...deliveryView(delivery) })),
    changes: view.changes.map(changeView),
    createdAt: iso(view.createdAt),
  };
}

import { type ChangeCalls, type CreateOptions, changeCalls } from "./change-calls.ts";
import { type CallOptions, type Connection, callJson, pathOf } from "./connection.ts";
import { newIdempotencyKey } from "./idempotency-key.ts";
import type { NewNotification, Notification } from "./notification.ts";

export interface NotificationCalls extends ChangeCalls<Notification> {
  /** Stores a message to named recipients durably; it is sent as soon as Teams' limits allow. */
  create(request: NewNotification, options?: CreateOptions): Promise<Notification>;
  get(id: string, options?: CallOptions): Promise<Notification>;
}

export function notificationCalls(connection: Connection): NotificationCalls {
  return {
    ...changeCalls<Notification>(connection, "notifications"),
    create: (body, { idempotencyKey = newIdempotencyKey(), signal } = {}) =>
      callJson(connection, {
        method: "POST",
        path: pathOf("notifications"),
        body,
        headers: { "idempotency-key": idempotencyKey },
        repeatable: true,
        signal,
      }),
    get: (id, { signal } = {}) =>
      callJson(connection, {
        method: "GET",
        path: pathOf("notifications", id),
        repeatable: true,
        signal,
      }),
  };
}

import { type CallOptions, type Connection, callJson, pathOf } from "./connection.ts";
import { newIdempotencyKey } from "./idempotency-key.ts";
import type { NewNotification, Notification } from "./notification.ts";

/** Options of a call that makes something. */
export interface CreateOptions extends CallOptions {
  /**
   * The same key with the same content makes one thing, however often it is asked for. Without one, each call gets a key of
   * its own, which covers the client's own repeats.
   */
  readonly idempotencyKey?: string;
}

export interface NotificationCalls {
  /** Stores a message to named recipients durably; it is sent as soon as Teams' limits allow. */
  create(request: NewNotification, options?: CreateOptions): Promise<Notification>;
  get(id: string, options?: CallOptions): Promise<Notification>;
}

export function notificationCalls(connection: Connection): NotificationCalls {
  return {
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

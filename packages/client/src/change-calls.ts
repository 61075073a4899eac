import type { Leave, NewEdit, NewRecall, Retry } from "./campaign.ts";
import { type CallOptions, type Connection, callJson, pathOf } from "./connection.ts";
import { newIdempotencyKey } from "./idempotency-key.ts";

/** Options of a call that makes something. */
export interface CreateOptions extends CallOptions {
  /**
   * The same key with the same content makes one thing, however often it is asked for. Without one, each call gets a key of
   * its own, which covers the client's own repeats.
   */
  readonly idempotencyKey?: string;
}

/** What may be decided about messages afterwards. `T` is what they belong to, as it is then. */
export interface ChangeCalls<T> {
  /**
   * Puts another message in place of the present one, in any state: what is not sent yet goes out with it, what was accepted is
   * updated. The updates are a campaign of their own, the first of `changes`.
   */
  edit(id: string, request: NewEdit, options?: CreateOptions): Promise<T>;
  /**
   * Cancels what is not sent yet, and deletes what was accepted. The deletes are a campaign of their own, the first of `changes`.
   * Asking again while they run changes nothing; afterwards it tries again what could not be deleted.
   */
  recall(id: string, request?: NewRecall, options?: CallOptions): Promise<T>;
  /** Tries deliveries again that did not arrive: the failed ones, or those that the request names. */
  retry(id: string, request?: Retry, options?: CreateOptions): Promise<T>;
  /** Decides that what may have arrived stays as it is: all of it, or the one to the recipient. Asking again changes nothing. */
  leave(id: string, request?: Leave, options?: CallOptions): Promise<T>;
}

export function changeCalls<T>(
  connection: Connection,
  group: "campaigns" | "notifications",
): ChangeCalls<T> {
  return {
    edit: (id, body, { idempotencyKey = newIdempotencyKey(), signal } = {}) =>
      callJson<T>(connection, {
        method: "POST",
        path: pathOf(group, id, "edit"),
        body,
        headers: { "idempotency-key": idempotencyKey },
        repeatable: true,
        signal,
      }),
    recall: (id, body = {}, { signal } = {}) =>
      callJson<T>(connection, {
        method: "POST",
        path: pathOf(group, id, "recall"),
        body,
        repeatable: true,
        signal,
      }),
    retry: (id, body = {}, { idempotencyKey = newIdempotencyKey(), signal } = {}) =>
      callJson<T>(connection, {
        method: "POST",
        path: pathOf(group, id, "retry"),
        body,
        headers: { "idempotency-key": idempotencyKey },
        repeatable: true,
        signal,
      }),
    leave: (id, body = {}, { signal } = {}) =>
      callJson<T>(connection, {
        method: "POST",
        path: pathOf(group, id, "leave"),
        body,
        repeatable: true,
        signal,
      }),
  };
}

import { type Connection, callJson, pathOf } from "./connection.ts";
import type { UncertainDelivery } from "./explanation.ts";
import { everyItem, type Page, type PageOptions } from "./pages.ts";

/** What may have arrived, and nobody has decided about. Decide with `retry`, states `uncertain`, or with `leave`. */
export interface UncertainCalls {
  /** Of all campaigns, notifications, edits and recalls; the newest of those first. */
  list(options?: PageOptions): Promise<Page<UncertainDelivery>>;
  listAll(options?: PageOptions): AsyncIterable<UncertainDelivery>;
}

export function uncertainCalls(connection: Connection): UncertainCalls {
  const list = ({ cursor, limit, signal }: PageOptions = {}) =>
    callJson<Page<UncertainDelivery>>(connection, {
      method: "GET",
      path: pathOf("uncertain"),
      query: { cursor, limit },
      repeatable: true,
      signal,
    });
  return {
    list,
    listAll: (options = {}) =>
      everyItem(
        (cursor) => list({ ...options, ...(cursor === undefined ? {} : { cursor }) }),
        options.cursor,
      ),
  };
}

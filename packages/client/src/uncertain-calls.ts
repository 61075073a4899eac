import { type Connection, pathOf } from "./connection.ts";
import type { UncertainDelivery } from "./explanation.ts";
import { listCalls, type Page, type PageOptions } from "./pages.ts";

/** What may have arrived, and nobody has decided about. Decide with `retry`, states `uncertain`, or with `leave`. */
export interface UncertainCalls {
  /** Of all campaigns, notifications, edits and recalls; the newest of those first. */
  list(options?: PageOptions): Promise<Page<UncertainDelivery>>;
  listAll(options?: PageOptions): AsyncIterable<UncertainDelivery>;
}

export function uncertainCalls(connection: Connection): UncertainCalls {
  return listCalls(connection, pathOf("uncertain"));
}

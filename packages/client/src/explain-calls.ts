import { type CallOptions, type Connection, callJson, pathOf } from "./connection.ts";
import type {
  CampaignExplanation,
  DeliveryDetail,
  DeliveryExplanation,
  PersonExplanation,
} from "./explanation.ts";

/** What happened and why. The id of a campaign may be a notification's. */
export interface ExplainCalls {
  /** By object id, UPN or `29:` id. */
  person(id: string, options?: CallOptions): Promise<PersonExplanation>;
  campaign(id: string, options?: CallOptions): Promise<CampaignExplanation>;
  /** The recipient as the delivery names it, or a person as above. */
  delivery(id: string, recipient: string, options?: CallOptions): Promise<DeliveryExplanation>;
}

export function explainCalls(connection: Connection): ExplainCalls {
  const get = <T>(path: string, { signal }: CallOptions = {}) =>
    callJson<T>(connection, { method: "GET", path, repeatable: true, signal });
  return {
    person: (id, options) => get(pathOf("people", id, "explain"), options),
    campaign: (id, options) => get(pathOf("campaigns", id, "explain"), options),
    delivery: (id, recipient, options) =>
      get(pathOf("campaigns", id, "deliveries", recipient, "explain"), options),
  };
}

/** One delivery with every request made for it. */
export function deliveryCall(
  connection: Connection,
): (id: string, recipient: string, options?: CallOptions) => Promise<DeliveryDetail> {
  return (id, recipient, { signal } = {}) =>
    callJson(connection, {
      method: "GET",
      path: pathOf("campaigns", id, "deliveries", recipient),
      repeatable: true,
      signal,
    });
}

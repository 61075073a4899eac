import { bodyText } from "./body-text.ts";
import type {
  Attempt,
  Campaign,
  CampaignSummary,
  Delivery,
  DeliveryState,
  NewCampaign,
  Preflight,
} from "./campaign.ts";
import { type ChangeCalls, type CreateOptions, changeCalls } from "./change-calls.ts";
import { type CallOptions, type Connection, callJson, callStream, pathOf } from "./connection.ts";
import { CarillonUnreachableError } from "./errors.ts";
import { deliveryCall } from "./explain-calls.ts";
import type { DeliveryDetail } from "./explanation.ts";
import { type CampaignProgress, type FollowOptions, follow } from "./follow.ts";
import { newIdempotencyKey } from "./idempotency-key.ts";
import { listCalls, type Page, type PageOptions } from "./pages.ts";

export interface DeliveryPageOptions extends PageOptions {
  readonly state?: DeliveryState;
}

export interface ExportOptions extends CallOptions {
  /** Default `csv`. */
  readonly format?: "csv" | "json";
}

export interface CampaignCalls extends ChangeCalls<Campaign> {
  /** Stores a draft; nothing is sent before {@link CampaignCalls.start}. */
  create(request: NewCampaign, options?: CreateOptions): Promise<Campaign>;
  get(id: string, options?: CallOptions): Promise<Campaign>;
  /** Newest first. */
  list(options?: PageOptions): Promise<Page<CampaignSummary>>;
  listAll(options?: PageOptions): AsyncIterable<CampaignSummary>;
  /** What it would do, without doing it. */
  preflight(id: string, options?: CallOptions): Promise<Preflight>;
  start(id: string, options?: CallOptions): Promise<Campaign>;
  pause(id: string, options?: CallOptions): Promise<Campaign>;
  resume(id: string, options?: CallOptions): Promise<Campaign>;
  cancel(id: string, options?: CallOptions): Promise<Campaign>;
  deliveries(id: string, options?: DeliveryPageOptions): Promise<Page<Delivery>>;
  deliveriesAll(id: string, options?: DeliveryPageOptions): AsyncIterable<Delivery>;
  /** One delivery with every request made for it. The recipient as the row names it, or a person by any of their ids. */
  delivery(id: string, recipient: string, options?: CallOptions): Promise<DeliveryDetail>;
  /** The recorded requests for one recipient, as its delivery row names it. */
  attempts(id: string, recipient: string, options?: CallOptions): Promise<readonly Attempt[]>;
  /** Every delivery as CSV or JSON text, in pieces as it comes. Throws `CarillonUnreachableError` where it breaks off. */
  export(id: string, options?: ExportOptions): AsyncIterable<string>;
  /**
   * Tells of the campaign's progress until it is finished or cancelled, and resolves to it. Loses nothing when the service goes
   * away for a while: it asks again, with growing pauses. Rejects with the signal's reason when that aborts, with
   * `CarillonError` when the service refuses, with `CarillonUnreachableError` when it stays away for about five minutes.
   */
  follow(
    id: string,
    onProgress: (progress: CampaignProgress) => void,
    options?: FollowOptions,
  ): Promise<Campaign>;
}

export function campaignCalls(connection: Connection): CampaignCalls {
  const get = (id: string, { signal }: CallOptions = {}) =>
    callJson<Campaign>(connection, {
      method: "GET",
      path: pathOf("campaigns", id),
      repeatable: true,
      signal,
    });
  const deliveries = (id: string) =>
    listCalls<Delivery, DeliveryPageOptions>(
      connection,
      pathOf("campaigns", id, "deliveries"),
      ({ state, cursor, limit }) => ({ state, cursor, limit }),
    );
  return {
    create: (body, { idempotencyKey = newIdempotencyKey(), signal } = {}) =>
      callJson(connection, {
        method: "POST",
        path: pathOf("campaigns"),
        body,
        headers: { "idempotency-key": idempotencyKey },
        repeatable: true,
        signal,
      }),
    get,
    ...listCalls<CampaignSummary>(connection, pathOf("campaigns")),
    ...moves(connection),
    ...changeCalls<Campaign>(connection, "campaigns"),
    deliveries: (id, options) => deliveries(id).list(options),
    deliveriesAll: (id, options) => deliveries(id).listAll(options),
    delivery: deliveryCall(connection),
    attempts: async (id, recipient, { signal } = {}) => {
      const { items } = await callJson<Page<Attempt>>(connection, {
        method: "GET",
        path: pathOf("campaigns", id, "deliveries", recipient, "attempts"),
        repeatable: true,
        signal,
      });
      return items;
    },
    export: (id, options = {}) => exported(connection, id, options),
    follow: (id, onProgress, options = {}) =>
      follow(connection, { id, load: (signal) => get(id, { signal }), onProgress }, options),
  };
}

/** Repeating one that took effect is no error of the service, so each may be repeated. */
function moves(
  connection: Connection,
): Pick<CampaignCalls, "preflight" | "start" | "pause" | "resume" | "cancel"> {
  const move =
    <T>(name: string) =>
    (id: string, { signal }: CallOptions = {}) =>
      callJson<T>(connection, {
        method: "POST",
        path: pathOf("campaigns", id, name),
        repeatable: true,
        signal,
      });
  return {
    preflight: move<Preflight>("preflight"),
    start: move<Campaign>("start"),
    pause: move<Campaign>("pause"),
    resume: move<Campaign>("resume"),
    cancel: move<Campaign>("cancel"),
  };
}

async function* exported(
  connection: Connection,
  id: string,
  { format, signal }: ExportOptions,
): AsyncGenerator<string, void, undefined> {
  const answer = await callStream(connection, {
    method: "GET",
    path: pathOf("campaigns", id, "export"),
    query: { format },
    repeatable: false,
    signal,
  });
  try {
    yield* bodyText(answer.response);
  } catch (error) {
    signal?.throwIfAborted();
    throw new CarillonUnreachableError(connection.url, {
      detail: "The export broke off before its end; what came so far is incomplete. Try again.",
      cause: error,
    });
  } finally {
    answer.release();
  }
}

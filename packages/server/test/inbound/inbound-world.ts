/** An inbound endpoint with everything around it in memory, and time that moves only when told to. */
import { VirtualClock } from "../../../harness/src/virtual-clock.ts";
import type { Activity } from "../../src/domain/activity.ts";
import type { DirectoryFact } from "../../src/domain/directory.ts";
import type { Log, LogEvent, LogFields } from "../../src/domain/log.ts";
import type { NewNotification, NotificationView } from "../../src/engine/engine.ts";
import type { InboundStore, RawActivity } from "../../src/engine/ports/inbound-store.ts";
import { createInboundEndpoint, type InboundEndpointOptions } from "../../src/inbound/endpoint.ts";
import { keyOf } from "../../src/inbound/processing.ts";
import type { Verification } from "../../src/teams/inbound-token.ts";
import { bot } from "./activities.ts";

export const genuine: Verification = {
  ok: true,
  claims: { issuer: "i", audience: bot, serviceUrl: null, expiresAt: 0 },
};

/** Keeps raw activities in a list; `failing` makes calls reject for as long as it answers an error. */
export class MemoryInbound implements InboundStore {
  readonly #rows = new Map<string, RawActivity>();
  readonly processed = new Set<string>();
  /** How long a read takes, after what it found was found. */
  reading = turn;
  failing: (call: "record" | "unprocessed" | "mark") => Error | null = () => null;

  async recordActivity(raw: RawActivity): Promise<"new" | "duplicate"> {
    await turn();
    this.#check("record");
    if (this.#rows.has(keyOf(raw))) return "duplicate";
    this.#rows.set(keyOf(raw), raw);
    return "new";
  }

  get rows(): readonly RawActivity[] {
    return [...this.#rows.values()];
  }

  async unprocessed(_bot: string, limit: number): Promise<readonly RawActivity[]> {
    this.#check("unprocessed");
    const rows = this.rows.filter((row) => !this.processed.has(keyOf(row))).slice(0, limit);
    await this.reading();
    return rows;
  }

  async markProcessed(
    activities: readonly Pick<RawActivity, "tenantId" | "conversationId" | "activityId">[],
  ): Promise<void> {
    await turn();
    this.#check("mark");
    for (const raw of activities) this.processed.add(keyOf(raw));
  }

  async forgetProcessed(before: number, limit: number): Promise<number> {
    const old = this.rows.filter((row) => this.processed.has(keyOf(row)));
    const gone = old.filter((row) => row.receivedAt < before).slice(0, limit);
    for (const row of gone) this.#rows.delete(keyOf(row));
    return gone.length;
  }

  #check(call: "record" | "unprocessed" | "mark"): void {
    const error = this.failing(call);
    if (error !== null) throw error;
  }
}

/** Builds a world; the same `store` and `clock` in another world is the same bot after a restart. */
export function worldOf(
  options: Partial<InboundEndpointOptions> = {},
  parts: { readonly store?: MemoryInbound; readonly clock?: VirtualClock } = {},
) {
  const store = parts.store ?? new MemoryInbound();
  const clock = parts.clock ?? new VirtualClock();
  const learnt: DirectoryFact[] = [];
  const notified: NewNotification[] = [];
  const logged: { readonly event: LogEvent; readonly fields: LogFields }[] = [];
  const add = (event: LogEvent, fields: LogFields = {}) => void logged.push({ event, fields });
  const log: Log = { info: add, warn: add, error: add };
  const world = {
    store,
    clock,
    learnt,
    notified,
    logged,
    verification: genuine as Verification,
    learnFailing: () => null as Error | null,
    /** The checks and reasons that were logged under an event's name. */
    reasons: (event: LogEvent) =>
      logged
        .filter((one) => one.event === event)
        .map(({ fields }) => fields.check ?? fields.reason),
  };
  const endpoint = createInboundEndpoint(
    {
      store,
      clock,
      log,
      verifier: { verify: async () => world.verification },
      learn: async (facts) => {
        const error = world.learnFailing();
        if (error !== null) throw error;
        learnt.push(...facts);
      },
      notify: async (request) => {
        notified.push(request);
        // The endpoint only passes the view on.
        return { id: `ntf_${notified.length}` } as NotificationView;
      },
    },
    { botId: bot, auth: "required", ...options },
  );
  return { ...world, world, endpoint };
}

/** A request as Teams makes it. */
export function post(activity: Activity | string, init: RequestInit = {}): Request {
  const body = typeof activity === "string" ? activity : JSON.stringify(activity);
  const headers = { authorization: "Bearer a.b.c", "content-type": "application/json" };
  return new Request("http://bot.example/api/messages", { method: "POST", headers, body, ...init });
}

/** Lets everything happen that needs no time. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets a good deal happen, for work that takes several turns of the event loop. */
export async function turns(count = 20): Promise<void> {
  for (let index = 0; index < count; index += 1) await turn();
}

/** A promise to be resolved from outside. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

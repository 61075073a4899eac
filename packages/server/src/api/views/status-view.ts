import type { z } from "@hono/zod-openapi";
import type { EngineEvent, GraphView, LaneView } from "../../engine/engine.ts";
import { isoOrNull } from "../contract/instant.ts";
import type { statusSchema, streamEventSchema } from "../contract/status.ts";
import { attentionView } from "./campaign-view.ts";

/** A lane as the API shows it. */
export function laneView(lane: LaneView): z.infer<typeof statusSchema>["lanes"][number] {
  return {
    tenantId: lane.tenantId,
    inFlight: lane.inFlight,
    ratePerSecond: lane.ratePerSecond,
    ceilingPerSecond: lane.ceilingPerSecond,
    throttledUntil: isoOrNull(lane.throttledUntil),
    attention: lane.attention === null ? null : attentionView(lane.attention),
    requests: lane.requests,
    throttled: lane.throttled,
    holdsLost: lane.holdsLost,
    settlementsIgnored: lane.settlementsIgnored,
  };
}

/** Graph in a tenant as the API shows it. */
export function graphView(graph: GraphView): z.infer<typeof statusSchema>["graph"][number] {
  const { tenantId, requests, throttled, attention, budgets } = graph;
  return {
    ...{ tenantId, requests, throttled },
    attention: attention === null ? null : attentionView(attention),
    budgets: budgets.map(({ pausedUntil, ...budget }) => ({
      ...budget,
      pausedUntil: isoOrNull(pausedUntil),
    })),
  };
}

/** An event as followers get it. */
export function eventView(event: EngineEvent): z.infer<typeof streamEventSchema> {
  switch (event.type) {
    case "campaign":
      return { type: "campaign", id: event.id, state: event.state };
    case "progress": {
      const { id, counts, ratePerSecond, etaSeconds } = event;
      return { type: "progress", id, counts, ratePerSecond, etaSeconds };
    }
    case "attention": {
      const attention = event.attention === null ? null : attentionView(event.attention);
      return { type: "attention", id: event.id, attention };
    }
  }
}

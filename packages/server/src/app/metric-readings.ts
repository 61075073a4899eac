import type { GraphView, LaneView } from "../engine/engine.ts";
import type { LedgerStore } from "../engine/ports/store.ts";
import type { Reading } from "./metric-registry.ts";

/** What is read when somebody asks for the metrics. */
export interface ReadingSources {
  readonly version: string;
  readonly lanes: () => readonly LaneView[];
  readonly graph: () => readonly GraphView[];
  readonly ledger: Pick<LedgerStore, "countCampaigns">;
}

/** The gauges, and the totals that are kept elsewhere. Campaigns are left out while the store cannot be read. */
export async function readMetrics({
  version,
  lanes,
  graph,
  ledger,
}: ReadingSources): Promise<readonly Reading[]> {
  const campaigns = await ledger.countCampaigns().catch(() => []);
  return [
    { name: "carillon_build_info", labels: [version, process.versions.node], value: 1 },
    ...lanesOf(lanes()),
    ...heldUp("carillon_graph_held_up", graph()),
    ...campaigns.map(
      ({ state, count }): Reading => ({
        name: "carillon_campaigns",
        labels: [state],
        value: count,
      }),
    ),
    ...processReadings(),
  ];
}

/**
 * A series for each tenant, up to a thousand of them; what came later is summed up as the tenant `other`, so that a host of very
 * many tenants does not drown its Prometheus.
 */
function lanesOf(lanes: readonly LaneView[]): readonly Reading[] {
  const listed = lanes.slice(0, lanesMax).flatMap((lane) => laneReadings(lane.tenantId, [lane]));
  const others = lanes.slice(lanesMax);
  return [
    ...listed,
    ...(others.length === 0 ? [] : laneReadings("other", others)),
    ...heldUp("carillon_lanes_held_up", lanes),
  ];
}

/** How many are held up, by the code of the cause. */
function heldUp(
  name: "carillon_lanes_held_up" | "carillon_graph_held_up",
  views: readonly Pick<LaneView, "attention">[],
): readonly Reading[] {
  const codes = new Map<string, number>();
  for (const { attention } of views)
    if (attention !== null) codes.set(attention.code, (codes.get(attention.code) ?? 0) + 1);
  return Array.from(codes, ([code, value]) => ({ name, labels: [code], value }));
}

function laneReadings(tenant: string, lanes: readonly LaneView[]): readonly Reading[] {
  const sum = (of: (lane: LaneView) => number) =>
    lanes.reduce((total, lane) => total + of(lane), 0);
  const pausedUntil = Math.max(...lanes.map(({ throttledUntil }) => throttledUntil ?? 0)) / 1000;
  const labels = [tenant];
  return [
    { name: "carillon_lane_rate", labels, value: sum((lane) => lane.ratePerSecond) },
    { name: "carillon_lane_ceiling", labels, value: sum((lane) => lane.ceilingPerSecond) },
    { name: "carillon_lane_in_flight", labels, value: sum((lane) => lane.inFlight) },
    { name: "carillon_lane_requests_total", labels, value: sum((lane) => lane.requests) },
    { name: "carillon_lane_throttled_total", labels, value: sum((lane) => lane.throttled) },
    { name: "carillon_lane_paused_until_seconds", labels, value: pausedUntil },
  ];
}

function processReadings(): readonly Reading[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const startedAt = Math.round(performance.timeOrigin) / 1000;
  return [
    { name: "process_cpu_seconds_total", labels: [], value: (user + system) / 1e6 },
    { name: "process_resident_memory_bytes", labels: [], value: rss },
    { name: "process_start_time_seconds", labels: [], value: startedAt },
    { name: "nodejs_heap_size_used_bytes", labels: [], value: heapUsed },
  ];
}

const lanesMax = 1000;

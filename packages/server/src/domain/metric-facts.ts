/** How a metric behaves: a total that only grows, a value that goes up and down, or how values are spread. */
export type MetricKind = "counter" | "gauge" | "histogram";

/** One metric, as the text at `/metrics` and its reference page name it. */
export interface MetricFacts {
  readonly kind: MetricKind;
  /** What is measured, as a whole sentence. */
  readonly help: string;
  /** What tells one of its series from the others; their values come from short lists, or are tenants. */
  readonly labels: readonly string[];
  /** Of a histogram: the upper bounds of its buckets, growing. */
  readonly bounds?: readonly number[];
}

/** Steps around 20 ms, the longest that our own code may keep the process from other work. */
const blockBounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1] as const;
const waitBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
const sizeBounds = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] as const;

/** Everything that is measured. The order is that of the text and of the reference page. Totals count from the process's start. */
export const metricFacts = {
  carillon_build_info: {
    kind: "gauge",
    help: "Always 1; the labels say what runs.",
    labels: ["version", "node"],
  },
  carillon_deliveries_total: {
    kind: "counter",
    help: "Deliveries that a lane settled, by their final state.",
    labels: ["state"],
  },
  carillon_deliveries_resent_total: {
    kind: "counter",
    help: "Uncertain deliveries that were put back to be tried again.",
    labels: [],
  },
  carillon_deliveries_ended_unsent_total: {
    kind: "counter",
    help: "Pending deliveries that were ended beside their lane, because their campaign was cancelled or had expired.",
    labels: ["why"],
  },
  carillon_attempts_total: {
    kind: "counter",
    help: "Requests made for deliveries, by what they did and what came of them.",
    labels: ["operation", "outcome"],
  },
  carillon_attempt_seconds: {
    kind: "histogram",
    help: "How long Teams took to answer requests made for deliveries.",
    labels: ["operation"],
    bounds: waitBounds,
  },
  carillon_lane_rate: {
    kind: "gauge",
    help: "Requests a second that a lane's pacer allows now; 0 where nothing is paced.",
    labels: ["tenant"],
  },
  carillon_lane_ceiling: {
    kind: "gauge",
    help: "Requests a second that a lane's pacer allows at most; 0 where nothing is paced.",
    labels: ["tenant"],
  },
  carillon_lane_in_flight: {
    kind: "gauge",
    help: "Requests of a lane that wait for their answer now.",
    labels: ["tenant"],
  },
  carillon_lane_requests_total: {
    kind: "counter",
    help: "Requests of a lane, those outside deliveries included.",
    labels: ["tenant"],
  },
  carillon_lane_throttled_total: {
    kind: "counter",
    help: "Requests of a lane that Teams answered with 429.",
    labels: ["tenant"],
  },
  carillon_lane_paused_until_seconds: {
    kind: "gauge",
    help: "Until when Teams asked for quiet, as seconds since 1970; 0 where it did not.",
    labels: ["tenant"],
  },
  carillon_graph_requests_total: {
    kind: "counter",
    help: "Requests to Microsoft Graph, by what they did and what came of them.",
    labels: ["operation", "outcome"],
  },
  carillon_graph_seconds: {
    kind: "histogram",
    help: "How long Microsoft Graph took to answer.",
    labels: ["operation"],
    bounds: waitBounds,
  },
  carillon_graph_held_up: {
    kind: "gauge",
    help: "Tenants for which Microsoft Graph is not asked now, by the code of the cause.",
    labels: ["code"],
  },
  carillon_lanes_held_up: {
    kind: "gauge",
    help: "Lanes that something keeps from sending, by the code of the cause.",
    labels: ["code"],
  },
  carillon_campaigns: {
    kind: "gauge",
    help: "The newest 5,000 campaigns, by state.",
    labels: ["state"],
  },
  carillon_turn_seconds: {
    kind: "histogram",
    help: "How long the store took for a turn of a lane: settlements written and deliveries claimed, in one commit.",
    labels: [],
    bounds: waitBounds,
  },
  carillon_turn_settlements: {
    kind: "histogram",
    help: "How many settlements a turn wrote.",
    labels: [],
    bounds: sizeBounds,
  },
  carillon_turn_claims: {
    kind: "histogram",
    help: "How many deliveries a turn claimed.",
    labels: [],
    bounds: sizeBounds,
  },
  carillon_expansion_seconds: {
    kind: "histogram",
    help: "How long the store took for a step of an audience's expansion.",
    labels: [],
    bounds: waitBounds,
  },
  carillon_commit_seconds: {
    kind: "histogram",
    help: "How long a transaction that wrote took, from its beginning to its end on disk.",
    labels: [],
    bounds: blockBounds,
  },
  carillon_commit_calls: {
    kind: "histogram",
    help: "How many calls shared a transaction.",
    labels: [],
    bounds: sizeBounds,
  },
  carillon_store_connect_seconds: {
    kind: "histogram",
    help: "PostgreSQL: how long calls waited for a connection, a new one or one that others used; those that waited in vain are not in it.",
    labels: [],
    bounds: waitBounds,
  },
  carillon_store_retries_total: {
    kind: "counter",
    help: "PostgreSQL: calls that were made again, because their transaction lost against another one (race) or their connection was lost (connection).",
    labels: ["why"],
  },
  carillon_wakes_total: {
    kind: "counter",
    help: "PostgreSQL: hints between processes that there is something to do, told by this one or heard from others.",
    labels: ["way"],
  },
  carillon_wakes_lost_total: {
    kind: "counter",
    help: "PostgreSQL: how often the connection that hears hints was lost, or could not be made.",
    labels: [],
  },
  carillon_inbound_activities_total: {
    kind: "counter",
    help: "Requests to the bot's endpoint, by result: accepted, duplicate, refused, not-an-activity, or unavailable.",
    labels: ["result"],
  },
  carillon_tokens_total: {
    kind: "counter",
    help: "Tokens asked for, by result: acquired or failed.",
    labels: ["result"],
  },
  carillon_block_seconds: {
    kind: "histogram",
    help: "How long our own code kept the process from other work at a time, by what it did.",
    labels: ["work"],
    bounds: blockBounds,
  },
  carillon_block_cpu_seconds: {
    kind: "histogram",
    help: "How much CPU time those stretches took: without what they waited for the disk, or for a processor.",
    labels: ["work"],
    bounds: blockBounds,
  },
  carillon_event_loop_delay_seconds: {
    kind: "histogram",
    help: "How much later than planned a timer ran, looked at 100 times a second: whatever kept the process from it.",
    labels: [],
    bounds: blockBounds,
  },
  carillon_gc_seconds: {
    kind: "histogram",
    help: "How long garbage collections took, by kind.",
    labels: ["kind"],
    bounds: blockBounds,
  },
  process_cpu_seconds_total: {
    kind: "counter",
    help: "CPU time used by the process, user and system together.",
    labels: [],
  },
  process_resident_memory_bytes: {
    kind: "gauge",
    help: "Memory that the process holds.",
    labels: [],
  },
  process_start_time_seconds: {
    kind: "gauge",
    help: "When the process started, as seconds since 1970.",
    labels: [],
  },
  nodejs_heap_size_used_bytes: {
    kind: "gauge",
    help: "Memory in use in the JavaScript heap.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricFacts>>;

/** The name of a metric. */
export type MetricName = keyof typeof metricFacts;

type Facts = typeof metricFacts;
type NamesOf<Kind extends MetricKind> = {
  [Name in MetricName]: Facts[Name]["kind"] extends Kind ? Name : never;
}[MetricName];

/** The name of a total. */
export type CounterName = NamesOf<"counter">;
/** The name of a distribution. */
export type HistogramName = NamesOf<"histogram">;

/** The labels of a metric, all of them. */
export type LabelsOf<Name extends MetricName> = Readonly<
  Record<Facts[Name]["labels"][number], string>
>;

// docs/reference/metrics.md from packages/server/src/domain/metric-facts.ts. `node scripts/metrics-md.mjs` writes it; a test fails when it is stale.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Where the page is, from the root. */
export const metricsPage = "docs/reference/metrics.md";

const head = `# Metrics

\`GET /metrics\` answers in Prometheus' text format. It needs an API key, like every route that says something of what the service
does: its series name tenants, and a request that comes over loopback may come from a proxy on the same machine. A scrape
configuration for Prometheus, with the key in a file that only Prometheus can read:

\`\`\`yaml
scrape_configs:
  - job_name: carillon
    authorization:
      credentials_file: /etc/prometheus/carillon.key
    static_configs:
      - targets: ["127.0.0.1:3978"]
\`\`\`

Each process speaks for itself: its totals count from its own start, and where several processes share a database, a lane's
series are those of the process that held it. Gauges of campaigns are read from the database, and are the same everywhere.

Series named after a tenant exist for the first thousand tenants that a process has worked for; all others are summed up under
\`tenant="other"\`. A metric without a value yet is left out.

<!-- Generated from packages/server/src/domain/metric-facts.ts by scripts/metrics-md.mjs. Edit there. -->
`;

const tail = `
## Questions and the metrics that answer them

**Does our own code ever block the process for more than 20 ms?** \`carillon_block_seconds\` has every stretch of work that runs
without a pause, by kind: \`commit\` (a transaction of the SQLite store, its sync to disk included), \`read\` (a query of the SQLite
store), \`begin\` (messages rendered and handed to connections after a turn). The share that took longer:

\`\`\`promql
1 - sum by (work) (rate(carillon_block_seconds_bucket{le="0.02"}[5m])) / sum by (work) (rate(carillon_block_seconds_count[5m]))
\`\`\`

\`carillon_block_cpu_seconds\` has the CPU time of the same stretches. Where it stays below and the other does not, the disk is slow
or the processor is shared: it is not our code that takes so long.

\`carillon_event_loop_delay_seconds\` has all delays, whatever their cause; \`carillon_gc_seconds\` those of the garbage collector.
What is in the first and in none of the others was the machine's: another process had the processor.

**Is the budget used?** \`rate(carillon_lane_requests_total[1m]) / carillon_lane_ceiling\`.

**Is Teams slow?** \`histogram_quantile(0.99, sum by (le) (rate(carillon_attempt_seconds_bucket[5m])))\`.

**Is something stuck?** \`carillon_lanes_held_up > 0\`; the codes are those of [errors.md](errors.md).

## In the library

\`createCarillon({ metrics })\` takes any object with the three functions of the type \`Metrics\`; without one nothing is measured.
`;

/** The whole page for a table of metrics. */
export function metricsMarkdown(facts) {
  const rows = Object.entries(facts).map(([name, one]) => row(name, one));
  return [
    head,
    "| metric | kind | labels | meaning |",
    "| --- | --- | --- | --- |",
    ...rows,
    tail,
  ].join("\n");
}

function row(name, { kind, labels, help }) {
  const shown = labels.map((label) => `\`${label}\``).join(", ");
  return `| \`${name}\` | ${kind} | ${shown} | ${help} |`;
}

if (process.argv[1] === import.meta.filename) {
  const { metricFacts } = await import("../packages/server/src/domain/metric-facts.ts");
  const file = path.join(import.meta.dirname, "..", metricsPage);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, metricsMarkdown(metricFacts));
  console.log(`${metricsPage}: ${Object.keys(metricFacts).length} metrics`);
}

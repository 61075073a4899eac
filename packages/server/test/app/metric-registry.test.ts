// Goal: Prometheus reads our text as it would read that of its own client for Node. Method: both are told the same, and write
// the same bytes.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { createMetricRegistry, type Reading } from "../../src/app/metric-registry.ts";
import { metricsText } from "../../src/app/metrics-text.ts";
import { type MetricFacts, type MetricName, metricFacts } from "../../src/domain/metric-facts.ts";

/** The text that prom-client writes of one metric. */
function theirs(name: MetricName) {
  const facts: MetricFacts = metricFacts[name];
  const registry = new Registry();
  const options = {
    name,
    help: facts.help,
    labelNames: [...facts.labels],
    registers: [registry],
  };
  const buckets = [...(facts.bounds ?? [])];
  return {
    counter: () => new Counter(options),
    gauge: () => new Gauge(options),
    histogram: () => new Histogram({ ...options, buckets }),
    text: () => registry.metrics(),
  };
}

describe("the text of the metrics", () => {
  it("has totals as prom-client writes them", async () => {
    const ours = createMetricRegistry();
    const their = theirs("carillon_attempts_total");
    const counter = their.counter();
    for (const [operation, outcome, by] of [
      ["send", "accepted", 1],
      ["send", "throttled", 2],
      ["create-conversation", "accepted", 0.5],
      ["send", "accepted", 3],
    ] as const) {
      ours.add("carillon_attempts_total", { operation, outcome }, by);
      counter.inc({ operation, outcome }, by);
    }
    assert.equal(metricsText(ours, []), await their.text());
  });

  it("has distributions as prom-client writes them, whatever the values", async () => {
    const times = fc.record({
      work: fc.constantFrom("commit", "read"),
      // Bounds themselves, what lies just beside them, and far away.
      value: fc.oneof(
        fc.constantFrom(0, ...metricFacts.carillon_block_seconds.bounds),
        fc.double({ min: 0, max: 3, noNaN: true }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(times, { minLength: 1, maxLength: 50 }), async (values) => {
        const ours = createMetricRegistry();
        const their = theirs("carillon_block_seconds");
        const histogram = their.histogram();
        for (const { work, value } of values) {
          ours.observe("carillon_block_seconds", { work }, value);
          histogram.observe({ work }, value);
        }
        assert.equal(metricsText(ours, []), await their.text());
      }),
    );
  });

  it("has readings as prom-client writes gauges, with strange labels escaped", async () => {
    const their = theirs("carillon_lane_rate");
    const gauge = their.gauge();
    const tenants = ["plain", 'a "quoted" one', "back\\slash", "two\nlines"];
    const readings = tenants.map((tenant, index): Reading => {
      gauge.set({ tenant }, index * 12.5);
      return { name: "carillon_lane_rate", labels: [tenant], value: index * 12.5 };
    });
    assert.equal(metricsText(createMetricRegistry(), readings), await their.text());
  });

  it("follows the order of the table, and leaves out what has no value", () => {
    const ours = createMetricRegistry();
    ours.observe("carillon_turn_claims", {}, 3);
    ours.add("carillon_deliveries_resent_total", {});
    const names = [...metricsText(ours, []).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    assert.deepEqual(names, ["carillon_deliveries_resent_total", "carillon_turn_claims"]);
  });

  it("has of what blocks both the time it took and the CPU time", () => {
    let now = 100;
    const ours = createMetricRegistry({ seconds: () => now, cpuSeconds: () => now / 2 });
    const unblocked = ours.block("commit");
    now += 0.03;
    unblocked();
    const text = metricsText(ours, []);
    assert.match(text, /^carillon_block_seconds_bucket\{le="0.02",work="commit"\} 0$/m);
    assert.match(text, /^carillon_block_cpu_seconds_bucket\{le="0.02",work="commit"\} 1$/m);
  });

  it("has the seconds between the beginning and the end of what is timed", () => {
    let now = 100;
    const ours = createMetricRegistry({ seconds: () => now, cpuSeconds: () => now / 2 });
    const first = ours.time("carillon_commit_seconds", {});
    now += 0.004;
    const second = ours.time("carillon_commit_seconds", {});
    now += 0.008;
    first();
    second();
    const [sample] = ours.samples("carillon_commit_seconds");
    assert.ok(sample !== undefined && "sum" in sample);
    assert.ok(Math.abs(sample.sum - 0.02) < 1e-9);
    assert.deepEqual(sample.cumulative, [0, 0, 0, 1, 2, 2, 2, 2, 2, 2, 2]);
  });
});

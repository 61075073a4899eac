import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type MetricFacts, metricFacts } from "../../src/domain/metric-facts.ts";

type Table = Readonly<Record<string, MetricFacts>>;

const root = new URL("../../../../", import.meta.url);
// The script is JavaScript without types; these are the two names that it exports.
const { metricsMarkdown, metricsPage } = (await import(
  new URL("scripts/metrics-md.mjs", root).href
)) as { metricsMarkdown: (facts: Table) => string; metricsPage: string };

const table: Table = metricFacts;

describe("the table of metrics", () => {
  it("is what docs/reference/metrics.md says; `node scripts/metrics-md.mjs` writes it anew", () => {
    assert.equal(readFileSync(new URL(metricsPage, root), "utf8"), metricsMarkdown(table));
  });

  it("has a row for each metric on that page, which is found stale when one is missing", () => {
    const page = metricsMarkdown(table);
    for (const [name, { kind, help }] of Object.entries(table))
      assert.ok(page.includes(`| \`${name}\` | ${kind} | `) && page.includes(help), name);
    const { carillon_campaigns: _, ...fewer } = table;
    assert.notEqual(metricsMarkdown(fewer), page);
  });

  it("names things as Prometheus' conventions ask: base units, and totals that say so", () => {
    for (const [name, { kind, help, labels }] of Object.entries(table)) {
      assert.match(name, /^(?:carillon|process|nodejs)_[a-z]+(?:_[a-z]+)*$/);
      assert.equal(name.endsWith("_total"), kind === "counter", name);
      assert.doesNotMatch(name, /_(?:ms|milliseconds|kb|mb)(?:_|$)/);
      assert.match(help, /^[A-Z].*\.$/, name);
      for (const label of labels) assert.match(label, /^[a-z]+$/, name);
    }
  });

  it("gives each distribution, and nothing else, bounds that grow, with 20 ms among those of blocks", () => {
    for (const [name, { kind, bounds }] of Object.entries(table)) {
      assert.equal(bounds !== undefined, kind === "histogram", name);
      assert.deepEqual(
        bounds ?? [],
        [...new Set(bounds)].sort((a, b) => a - b),
      );
    }
    assert.ok(table.carillon_block_seconds?.bounds?.includes(0.02));
    assert.ok(table.carillon_event_loop_delay_seconds?.bounds?.includes(0.02));
  });
});

import { type MetricFacts, type MetricName, metricFacts } from "../domain/metric-facts.ts";
import type { MetricRegistry, Reading, Sample } from "./metric-registry.ts";

/** Every metric that has a value, as Prometheus reads it. */
export function metricsText(registry: MetricRegistry, readings: readonly Reading[]): string {
  const read = new Map<MetricName, Reading[]>();
  for (const reading of readings) {
    const known = read.get(reading.name);
    if (known === undefined) read.set(reading.name, [reading]);
    else known.push(reading);
  }
  // The keys of the table are exactly the names.
  const names = Object.keys(metricFacts) as MetricName[];
  return names
    .map((name) => ({ name, samples: [...registry.samples(name), ...(read.get(name) ?? [])] }))
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, samples }) => metricText(name, samples))
    .join("\n");
}

function metricText(name: MetricName, samples: readonly Sample[]): string {
  const facts: MetricFacts = metricFacts[name];
  const lines = [`# HELP ${name} ${facts.help}`, `# TYPE ${name} ${facts.kind}`];
  for (const sample of samples) {
    const labels = facts.labels.map(
      (label, at) => `${label}="${escaped(sample.labels[at] ?? "")}"`,
    );
    if ("value" in sample) lines.push(`${name}${braced(labels)} ${sample.value}`);
    else lines.push(...histogramLines(name, { facts, labels, sample }));
  }
  lines.push("");
  return lines.join("\n");
}

function histogramLines(
  name: string,
  {
    facts: { bounds = [] },
    labels,
    sample: { cumulative, sum },
  }: {
    readonly facts: MetricFacts;
    readonly labels: readonly string[];
    readonly sample: Extract<Sample, { readonly sum: number }>;
  },
): readonly string[] {
  const buckets = cumulative.map((count, at) => {
    const le = `le="${bounds[at] ?? "+Inf"}"`;
    return `${name}_bucket${braced([le, ...labels])} ${count}`;
  });
  const count = cumulative.at(-1) ?? 0;
  return [
    ...buckets,
    `${name}_sum${braced(labels)} ${sum}`,
    `${name}_count${braced(labels)} ${count}`,
  ];
}

function braced(labels: readonly string[]): string {
  return labels.length === 0 ? "" : `{${labels.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

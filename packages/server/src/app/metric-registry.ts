import {
  type CounterName,
  type HistogramName,
  type LabelsOf,
  type MetricFacts,
  type MetricName,
  metricFacts,
} from "../domain/metric-facts.ts";
import type { Metrics } from "../domain/metrics.ts";

/** One value of a gauge, or of a total that is kept elsewhere. */
export interface Reading {
  readonly name: MetricName;
  /** In the order of the metric's labels. */
  readonly labels: readonly string[];
  readonly value: number;
}

/** One series of a metric as it stands. */
export type Sample =
  | { readonly labels: readonly string[]; readonly value: number }
  | {
      readonly labels: readonly string[];
      /** How many values were at most the bound, for each bound; then how many there were. */
      readonly cumulative: readonly number[];
      readonly sum: number;
    };

/** Counts and distributions in memory. Bounded, because label values come from short lists. */
export interface MetricRegistry extends Metrics {
  /** The series of a metric, in the order in which they appeared. */
  samples(name: MetricName): readonly Sample[];
}

/** What a registry times with. Neither goes back. */
export interface Timers {
  readonly seconds: () => number;
  /** CPU time of this thread. */
  readonly cpuSeconds: () => number;
}

const systemTimers: Timers = {
  seconds: () => performance.now() / 1000,
  cpuSeconds() {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1e6;
  },
};

/** An empty registry. */
export function createMetricRegistry({
  seconds,
  cpuSeconds,
}: Timers = systemTimers): MetricRegistry {
  const counters = new Map<CounterName, Map<string, Counter>>();
  const histograms = new Map<HistogramName, Map<string, Histogram>>();

  function observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number) {
    const series = seriesOf(histograms, name);
    const values = labelValues(name, labels);
    const key = values.join(separator);
    let known = series.get(key);
    if (known === undefined) {
      const { bounds }: MetricFacts & { readonly bounds: readonly number[] } = metricFacts[name];
      known = new Histogram(values, bounds);
      series.set(key, known);
    }
    known.observe(value);
  }

  return {
    add(name, labels, by = 1) {
      const series = seriesOf(counters, name);
      const values = labelValues(name, labels);
      const key = values.join(separator);
      const known = series.get(key);
      if (known === undefined) series.set(key, { labels: values, value: by });
      else known.value += by;
    },
    observe,
    time(name, labels) {
      const from = seconds();
      return () => observe(name, labels, seconds() - from);
    },
    block(work) {
      const from = seconds();
      const cpuFrom = cpuSeconds();
      return () => {
        observe("carillon_block_seconds", { work }, seconds() - from);
        observe("carillon_block_cpu_seconds", { work }, cpuSeconds() - cpuFrom);
      };
    },
    samples(name) {
      // A name is in one of the two at most.
      const series: Map<string, Counter | Histogram> | undefined =
        counters.get(name as CounterName) ?? histograms.get(name as HistogramName);
      return [...(series?.values() ?? [])];
    },
  };
}

interface Counter {
  readonly labels: readonly string[];
  value: number;
}

class Histogram {
  readonly labels: readonly string[];
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  sum = 0;

  constructor(labels: readonly string[], bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.sum += value;
  }

  get cumulative(): readonly number[] {
    let sum = 0;
    return Array.from(this.#counts, (count) => {
      sum += count;
      return sum;
    });
  }
}

function seriesOf<Name, Series>(
  all: Map<Name, Map<string, Series>>,
  name: Name,
): Map<string, Series> {
  const known = all.get(name);
  if (known !== undefined) return known;
  const made = new Map<string, Series>();
  all.set(name, made);
  return made;
}

/** The values in the order of the metric's labels. */
function labelValues(
  name: MetricName,
  labels: Readonly<Record<string, string>>,
): readonly string[] {
  return metricFacts[name].labels.map((label) => labels[label] ?? "");
}

/** In no label's value. */
const separator = "\u0000";

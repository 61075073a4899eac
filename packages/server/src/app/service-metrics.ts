import type { Metrics } from "../domain/metrics.ts";
import { type ReadingSources, readMetrics } from "./metric-readings.ts";
import { createMetricRegistry } from "./metric-registry.ts";
import { metricsText } from "./metrics-text.ts";
import { watchProcess } from "./process-watch.ts";

/** What a process measures, and how it is read. */
export interface ServiceMetrics {
  readonly metrics: Metrics;
  /** Everything measured so far, as Prometheus reads it. */
  text(sources: ReadingSources): Promise<string>;
  /** Ends the watch over the process. */
  close(): void;
}

/** Measures from now on, until it is closed. */
export function createServiceMetrics(): ServiceMetrics {
  const registry = createMetricRegistry();
  return {
    metrics: registry,
    text: async (sources) => metricsText(registry, await readMetrics(sources)),
    close: watchProcess(registry),
  };
}

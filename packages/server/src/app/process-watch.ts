import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import type { Metrics } from "../domain/metrics.ts";

/**
 * Measures what keeps this process from its work: how late a timer runs, and how long garbage collections take. Answers how to
 * stop. Keeps no process alive.
 */
export function watchProcess(metrics: Metrics): () => void {
  let plannedAt = performance.now() + everyMs;
  const timer = setInterval(() => {
    const now = performance.now();
    metrics.observe("carillon_event_loop_delay_seconds", {}, Math.max(0, now - plannedAt) / 1000);
    plannedAt = now + everyMs;
  }, everyMs);
  timer.unref();
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // As documented for entries of the type `gc`; the general type has no detail.
      const { duration, detail } = entry as PerformanceEntry & {
        readonly detail?: { kind?: number };
      };
      const kind = kinds.get(detail?.kind) ?? "other";
      metrics.observe("carillon_gc_seconds", { kind }, duration / 1000);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return () => {
    clearInterval(timer);
    observer.disconnect();
  };
}

const everyMs = 10;

const kinds = new Map<number | undefined, string>([
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weak-callbacks"],
]);

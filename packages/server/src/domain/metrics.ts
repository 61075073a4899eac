import type { CounterName, HistogramName, LabelsOf } from "./metric-facts.ts";

/** Where what happens is counted and measured. Never throws and never waits; nothing that it is told comes back. */
export interface Metrics {
  /** Adds to a total: 1, or `by`. */
  add<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  /** Takes a value of a distribution; times in seconds. */
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /** Begins to time something. What is answered ends it when it is called, once. */
  time<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>): () => void;
  /** Begins a stretch of work that lets nothing else of the process run until it ends. What is answered ends it, once. */
  block(work: BlockingWork): () => void;
}

/** A transaction of a store in the process, a query of it, or the beginning of what a turn claimed. */
export type BlockingWork = "commit" | "read" | "begin";

/** Measures nothing, and costs nothing. */
export const noMetrics: Metrics = {
  add: () => {},
  observe: () => {},
  time: () => ended,
  block: () => ended,
};

function ended(): void {}

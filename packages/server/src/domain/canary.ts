/** What follows once the first deliveries are settled: the campaign goes on by itself, or waits for a person. */
export type CanaryThen = "continue" | "wait";

/** A campaign's first deliveries, let through before all others: so many, or so many in a hundred of all. */
export type Canary = ({ readonly count: number } | { readonly percent: number }) & {
  readonly then: CanaryThen;
};

/** How many of `total` deliveries are let through first: at least one. A percentage is rounded up. */
export function canarySize(canary: Canary, total: number): number {
  return Math.max(1, "count" in canary ? canary.count : Math.ceil((total * canary.percent) / 100));
}

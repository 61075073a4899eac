import { assert } from "./assert.ts";

/** Every state a delivery can be in. `accepted`, `failed`, `skipped`, `cancelled` are final; so is `uncertain` under the policy `hold`. */
export const deliveryStates = [
  "pending",
  "sending",
  "accepted",
  "failed",
  "skipped",
  "cancelled",
  "uncertain",
] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** What happens to a delivery of which we cannot know whether it arrived: try again (and risk a duplicate), or leave it. */
export type OnUncertain = "resend" | "hold";

const next: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  // `uncertain` again: it was to be resent, and will not be, because its campaign was cancelled or has expired.
  pending: ["sending", "skipped", "cancelled", "failed", "uncertain"],
  sending: ["accepted", "failed", "skipped", "pending", "uncertain", "cancelled"],
  accepted: [],
  // Pending again: somebody asked for it to be retried.
  failed: ["pending"],
  skipped: ["pending"],
  cancelled: [],
  uncertain: ["pending"],
};

/** Whether a delivery may go from one state to the other. `uncertain → pending` is a resend, and counted as one. */
export function mayBecome(from: DeliveryState, to: DeliveryState): boolean {
  return next[from].includes(to);
}

/** Throws when the step is not one of the state machine's. */
export function assertStep(from: DeliveryState, to: DeliveryState): void {
  assert(mayBecome(from, to), `delivery step ${from} → ${to}`);
}

/** Whether nothing more will happen to a delivery in this state by itself. */
export function isFinal(state: DeliveryState): boolean {
  return state !== "pending" && state !== "sending";
}

/** One campaign's deliveries counted by state; `total` is their sum. */
export type DeliveryCounts = Readonly<Record<DeliveryState | "total", number>>;

/** Counts with every state present. */
export function countsOf(partial: Partial<Record<DeliveryState, number>>): DeliveryCounts {
  const counts = { total: 0 } as Record<DeliveryState | "total", number>; // filled for every state just below
  for (const state of deliveryStates) {
    counts[state] = partial[state] ?? 0;
    counts.total += counts[state];
  }
  return counts;
}

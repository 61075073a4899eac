import { isFinal } from "../domain/delivery.ts";
import type { Metrics } from "../domain/metrics.ts";
import type { LedgerStore, TurnRequest, TurnResult } from "./ports/store.ts";

/** Takes a lane's turn, and measures it and what it wrote. Throws `StoreError`. */
export async function measuredTurn(
  { ledger, metrics }: { readonly ledger: LedgerStore; readonly metrics: Metrics },
  request: TurnRequest,
): Promise<TurnResult> {
  const ended = metrics.time("carillon_turn_seconds", {});
  const result = await ledger.takeTurn(request);
  ended();
  if (!result.held) return result;
  metrics.observe("carillon_turn_settlements", {}, request.settlements.length);
  metrics.observe("carillon_turn_claims", {}, result.claimed.length);
  for (const { to } of request.settlements) {
    if (isFinal(to.state)) metrics.add("carillon_deliveries_total", { state: to.state });
    if (to.state === "pending" && to.resend) metrics.add("carillon_deliveries_resent_total", {});
  }
  return result;
}

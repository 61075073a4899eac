import type { Campaign, Delivery } from "../../../../server/src/engine/ports/store.ts";
import type { Begun, Decisions } from "../watch/decisions.ts";

/** What was tried of a campaign, and failed, as its rows say. */
export class TriedSoFar {
  #tried = 0;
  #failed = 0;

  add({ state, code, attempts }: Delivery): void {
    // Who was never found, and what expired before it was tried, says nothing of the message.
    const isFailed =
      (state === "failed" || state === "uncertain") && code !== "DELIVERY_EXPIRED" && attempts > 0;
    if (state === "accepted" || isFailed) this.#tried += 1;
    if (isFailed) this.#failed += 1;
  }

  /** Whether the campaign goes on although its author does not want it to: how, in words, or null. */
  stopBroken({ state }: Campaign, { id, planned }: Begun, decisions: Decisions): string | null {
    const { stopWhen = null, number } = planned;
    if (stopWhen === null || (state !== "sending" && state !== "expanding")) return null;
    // Whoever lets it go on, or has it tried again, has seen what failed: it counts anew from there.
    const isAnew =
      decisions.resumed.has(`mark-${number}-`) || decisions.retries.some((one) => one.id === id);
    const { failedPercent, atLeast } = stopWhen;
    const isTooMuch = this.#tried >= atLeast && this.#failed * 100 > failedPercent * this.#tried;
    if (isAnew || !isTooMuch) return null;
    return `${id} is ${state}, and ${this.#failed} of ${this.#tried} failed`;
  }
}

import type { ExpansionEnd, ExpansionMemory, ExpansionParts } from "./expansion.ts";
import type { Campaign } from "./ports/store.ts";

/**
 * Expands a change: makes a delivery of each message that its campaign has brought, step by step. It begins once no request that
 * came before it is under way any more, and says so where that takes long. Throws `StoreError`.
 */
export async function expandChange(
  parts: ExpansionParts,
  campaign: Campaign,
  { memory, isClosing }: { readonly memory: ExpansionMemory; readonly isClosing: () => boolean },
): Promise<ExpansionEnd> {
  const { ledger, clock, metrics } = parts;
  const { id } = campaign;
  const begunAt = clock.now();
  let cursor = campaign.expansion;
  while (cursor !== null) {
    if (isClosing()) return { end: "stopped" };
    const now = clock.now();
    const ended = metrics.time("carillon_expansion_seconds", {});
    const step = await ledger.expandChange({ id, from: cursor, limit: chunk, now, lateMs });
    ended();
    if (step === null) return { end: "stopped" };
    if (step === "under-way") {
      if (now - begunAt >= standByMs) return waiting(campaign, memory, now);
      await clock.sleep(lookAgainMs);
      continue;
    }
    cursor = step.after === null ? null : { ...cursor, after: step.after };
    await clock.sleep(yieldMs);
  }
  const complete = await ledger.finishExpansion(id, clock.now());
  return complete === null ? { end: "stopped" } : { end: "complete", campaign: complete };
}

function waiting({ changeOf }: Campaign, memory: ExpansionMemory, now: number): ExpansionEnd {
  memory.underWaySince ??= now;
  if (now - memory.underWaySince < patienceMs) return { end: "under-way", waitMs: comeBackMs };
  return {
    do: "wait",
    code: "CAMPAIGN_CHANGE_WAITS",
    detail: `Requests of ${changeOf} that came before this change have not ended yet.`,
    waitMs: comeBackMs,
  };
}

/** About 10 ms of the store's work. */
const chunk = 1500;
/** Lets timers and sockets have their turn. */
const yieldMs = 1;
/** How long after its answer was given up a request may still have its effect: as long as requests are waited for. */
const lateMs = 30_000;
/** Requests end within moments, as a rule, so they are waited for here… */
const standByMs = 2000;
const lookAgainMs = 50;
/** …and after that, others have their turn. */
const comeBackMs = 500;
/** After which somebody may want to know: a request may take half a minute. */
const patienceMs = 33_000;

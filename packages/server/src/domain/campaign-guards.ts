import type { CampaignState } from "./campaign.ts";
import { type Canary, canarySize } from "./canary.ts";
import type { DeliveryCounts } from "./delivery.ts";
import {
  type FailureWatch,
  failuresByCode,
  hasPassed,
  nothingTried,
  type StopWhen,
} from "./failure-watch.ts";
import type { PauseCause } from "./pause-cause.ts";

/** What may hold a campaign back by itself, and how far it has come with it; stored in the campaign's row. */
export interface CampaignGuards {
  readonly canary: Canary | null;
  /**
   * How many more deliveries the canary lets through; null where it holds nothing back (any more). 0 while a percentage has no
   * whole, because the audience is still being expanded.
   */
  readonly canaryLeft: number | null;
  /** Pending deliveries that wait for the canary: those that were never claimed. */
  readonly held: number;
  readonly stopWhen: StopWhen | null;
  readonly watch: FailureWatch;
}

/** The guards of a new campaign. */
export function newGuards(
  asked: { readonly canary?: Canary | null; readonly stopWhen?: StopWhen | null } = {},
): CampaignGuards {
  const { canary = null, stopWhen = null } = asked;
  const count = canary !== null && "count" in canary ? canary.count : 0;
  return {
    canary,
    canaryLeft: canary === null ? null : count,
    held: 0,
    stopWhen,
    watch: nothingTried,
  };
}

/** The guards once everybody is known: only now a percentage is a number. */
export function guardsWhenExpanded(guards: CampaignGuards, total: number): CampaignGuards {
  const { canary, canaryLeft } = guards;
  if (canary === null || canaryLeft === null || "count" in canary) return guards;
  return { ...guards, canaryLeft: canarySize(canary, total) };
}

/** How a campaign stands when its guards are asked. */
export interface GuardedCampaign {
  readonly state: CampaignState;
  readonly counts: DeliveryCounts;
  /** Whether its audience is known as a whole. */
  readonly isExpanded: boolean;
  readonly now: number;
}

/**
 * What the guards say of a campaign that is not over: with a cause it pauses; a canary that is settled and not waited for is
 * over, so that everything may go.
 */
export function askGuards(
  guards: CampaignGuards,
  campaign: GuardedCampaign,
): { readonly guards: CampaignGuards; readonly cause: PauseCause | null } {
  const { state, counts, now } = campaign;
  const { stopWhen, watch, canary, held } = guards;
  if (state !== "sending" && state !== "expanding") return { guards, cause: null };
  if (stopWhen !== null && hasPassed(stopWhen, watch)) {
    const { failedPercent } = stopWhen;
    const told = { at: now, tried: watch.tried, failedPercent, failed: failuresByCode(watch) };
    return { guards, cause: { code: "CAMPAIGN_FAILURES_PASSED", ...told } };
  }
  if (canary === null || !isCanaryOver(guards, campaign)) return { guards, cause: null };
  if (canary.then === "continue" || (held === 0 && campaign.isExpanded))
    return { guards: { ...guards, canaryLeft: null }, cause: null };
  // It goes on expanding: whoever looks at the first deliveries wants to know how many more there are.
  if (state === "expanding") return { guards, cause: null };
  const { accepted, failed, skipped, uncertain } = counts;
  const ends = { accepted, failed, skipped, uncertain };
  return { guards, cause: { code: "CAMPAIGN_CANARY_DONE", at: now, ...ends, held } };
}

/** Whether the first deliveries have gone through and none of them is open; or nothing is left to be held back. */
function isCanaryOver(
  { canary, canaryLeft, held }: CampaignGuards,
  { counts, isExpanded }: GuardedCampaign,
): boolean {
  if (canary === null || canaryLeft === null) return false;
  if (isExpanded && held === 0) return true;
  const isSizeKnown = "count" in canary || isExpanded;
  return isSizeKnown && canaryLeft === 0 && counts.sending === 0 && counts.pending === held;
}

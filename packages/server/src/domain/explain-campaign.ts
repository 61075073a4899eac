import { never } from "./assert.ts";
import { attentionWords } from "./attention-words.ts";
import type { CampaignState } from "./campaign.ts";
import type { DeliveryCounts, DeliveryState } from "./delivery.ts";
import { type ErrorCode, errorCodes } from "./error-codes.ts";
import { type Explanation, instantText } from "./explain-delivery.ts";
import { type NextStep, nextStepAfter } from "./next-step.ts";

/** What is known of one campaign, as far as its explanation needs it. */
export interface CampaignFacts {
  readonly name: string;
  readonly state: CampaignState;
  readonly counts: DeliveryCounts;
  readonly reasons: readonly CodedCount[];
  /** What stands in its way, or why it paused by itself. */
  readonly attention: { readonly code: ErrorCode; readonly detail: string } | null;
  readonly sendAt: number | null;
  /** When it was recalled, or null. */
  readonly recalledAt: number | null;
}

/** Deliveries of one state that ended with one code. */
export interface CodedCount {
  readonly state: DeliveryState;
  readonly code: ErrorCode;
  readonly count: number;
}

/** One reason in words. */
export interface ReasonWords extends CodedCount {
  readonly what: string;
  readonly advice: string;
  readonly next: NextStep;
}

/** How a campaign stands, why, and what to do next. */
export function explainCampaign(facts: CampaignFacts): Explanation {
  const { recalledAt } = facts;
  if (recalledAt === null) return explainState(facts);
  const { line } = explainState({ ...facts, reasons: [] });
  const recalled = `It was recalled at ${instantText(recalledAt)}, so nothing more is sent of it.`;
  return { line: `${line} ${recalled}`, next: "nothing" };
}

function explainState(facts: CampaignFacts): Explanation {
  const { name, state, counts, sendAt } = facts;
  switch (state) {
    case "draft":
      return { line: `${name} is a draft: nothing was tried yet. Start it.`, next: "start" };
    case "scheduled":
      return { line: `${name} begins at ${instantText(sendAt ?? 0)} by itself.`, next: "wait" };
    case "expanding":
      return underWay(facts, `${name} is finding out who is meant, and under way`);
    case "sending":
      return underWay(facts, `${name} is under way`);
    case "paused":
      return paused(facts);
    case "finished":
      return finished(facts);
    case "cancelled":
      return {
        line: `${name} was cancelled: ${endWords(counts)}. That is final.`,
        next: "nothing",
      };
    default:
      return never(state, "campaign state");
  }
}

/** A reason in words, with what to do about it. */
export function reasonWords(reason: CodedCount): ReasonWords {
  const { what, next: advice } = errorCodes[reason.code];
  return { ...reason, what, advice, next: nextStepAfter(reason.code) };
}

function underWay({ counts, attention }: CampaignFacts, beginning: string): Explanation {
  const line = `${beginning}: ${endWords(counts)}.`;
  if (attention === null) return { line, next: "wait" };
  const { next } = attentionWords(attention.code);
  return { line: `${line} ${attention.detail} (${attention.code}) ${next}`, next: "wait" };
}

function paused({ name, counts, attention }: CampaignFacts): Explanation {
  const why =
    attention === null
      ? `${name} was paused: ${endWords(counts)}. Resume it to let it go on.`
      : `${name} paused by itself. ${attention.detail} (${attention.code}) ${attentionWords(attention.code).next}`;
  return { line: why, next: "resume" };
}

function finished({ name, counts, reasons }: CampaignFacts): Explanation {
  const line = `${name} is finished: ${endWords(counts)}.`;
  const [first] = reasons.filter(({ state }) => state !== "skipped");
  if (first === undefined) return { line, next: "nothing" };
  const { what, next: advice } = errorCodes[first.code];
  const most = reasons.length > 1 ? "Most often" : "Why";
  return {
    line: `${line} ${most}: ${what} (${first.code}, ${first.count}) ${advice}`,
    next: nextStepAfter(first.code),
  };
}

/** The counts that are not zero, in the order in which people ask for them. */
function endWords(counts: DeliveryCounts): string {
  const { total, accepted, pending, sending } = counts;
  if (total === 0) return "nobody is meant so far";
  const others = (["failed", "skipped", "uncertain", "cancelled"] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${state}`);
  const open = pending + sending > 0 ? [`${pending + sending} open`] : [];
  return [`${accepted} of ${total} accepted`, ...others, ...open].join(", ");
}

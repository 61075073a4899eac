import { never } from "./assert.ts";
import { attentionWords } from "./attention-words.ts";
import { type CampaignKind, type CampaignState, type ChangeKind, isChange } from "./campaign.ts";
import type { DeliveryState } from "./delivery.ts";
import { type ErrorCode, errorCodes } from "./error-codes.ts";
import { type NextStep, nextStepAfter } from "./next-step.ts";
import { leftUncertain } from "./retry-request.ts";

/** What is stored of one delivery, as far as its explanation needs it. Instants are epoch ms. */
export interface DeliveryFacts {
  /** Whom it is for, in words: a name, or what else is known. */
  readonly who: string;
  readonly kind: CampaignKind;
  readonly campaignState: CampaignState;
  readonly state: DeliveryState;
  readonly code: ErrorCode | null;
  /** Requests made for it. */
  readonly attempts: number;
  readonly resent: number;
  /** Null for a pending one that waits for its campaign's canary. */
  readonly dueAt: number | null;
  readonly updatedAt: number;
  readonly retriedAt: number | null;
  /** What became of the newest edit or recall of the message; null where there is none. */
  readonly change?: MessageChange | null;
}

/** An edit or recall of one message, as far as it is said of the message itself. */
export interface MessageChange {
  readonly kind: ChangeKind;
  readonly state: DeliveryState;
  readonly code: ErrorCode | null;
}

/** One line for a person, and what to do next as a word for programs. */
export interface Explanation {
  readonly line: string;
  readonly next: NextStep;
}

/** What happened to whom, why, and what to do next, from stored facts alone. A 2xx of Teams is called accepted, and no more. */
export function explainDelivery(facts: DeliveryFacts): Explanation {
  const { state, who, code, attempts } = facts;
  const what = thingOf(facts);
  switch (state) {
    case "accepted":
      return {
        line: `${acceptedWords(facts)}${twiceWords(facts)}${changeWords(facts)}`,
        next: "nothing",
      };
    case "failed":
      return because(`${sentence(what)} was not accepted${tryWords(attempts)}.`, code);
    case "skipped":
      return because(`Nothing was tried for ${who}.`, code);
    case "uncertain":
      return explainUncertain(facts);
    case "cancelled":
      return because(`${sentence(what)} was given up${tryWords(attempts)}.`, code);
    case "sending":
      return { line: `A request for ${who} is under way. Look again in a moment.`, next: "wait" };
    case "pending":
      return explainPending(facts);
    default:
      return never(state, "delivery state");
  }
}

function explainUncertain(facts: DeliveryFacts): Explanation {
  const what = thingOf(facts);
  if (!isChange(facts.kind) || facts.code === leftUncertain)
    return because(`Nobody knows whether ${what} arrived.`, facts.code);
  const line = `Nobody knows whether ${what} took effect: the answer was lost. Retry it; doing it twice does no harm.`;
  return { line, next: "retry" };
}

/** What the delivery brings. */
function thingOf({ kind, who }: DeliveryFacts): string {
  const message = `the message to ${who}`;
  return isChange(kind) ? `the ${kind} of ${message}` : message;
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function because(what: string, code: ErrorCode | null): Explanation {
  if (code === null) return { line: what, next: "nothing" };
  const words = errorCodes[code];
  return { line: `${what} ${words.what} (${code}) ${words.next}`, next: nextStepAfter(code) };
}

function acceptedWords(facts: DeliveryFacts): string {
  const { attempts, updatedAt, retriedAt } = facts;
  const how = attempts > 1 ? `, after ${attempts} requests` : ", at the first request";
  const asked = retriedAt === null ? "" : `, when somebody had asked for a retry`;
  return `Teams accepted ${thingOf(facts)} at ${instantText(updatedAt)}${how}${asked}.`;
}

function twiceWords({ kind, resent }: DeliveryFacts): string {
  // Doing it twice does no harm.
  if (resent === 0 || isChange(kind)) return "";
  const times = resent === 1 ? "once" : `${resent} times`;
  return ` It was tried again ${times} after an answer was lost, so it may have arrived more than once.`;
}

/** What was done to the message since. */
function changeWords({ change = null }: DeliveryFacts): string {
  if (change === null) return "";
  const { kind, state, code } = change;
  const isOpen = state === "pending" || state === "sending";
  if (isOpen) return ` Its ${kind} is under way.`;
  if (state === "accepted") return ` It was ${kind === "edit" ? "edited" : "deleted"} there since.`;
  const why = code === null ? "" : `: ${errorCodes[code].what} (${code})`;
  return state === "uncertain"
    ? ` Whether its ${kind} took effect is not known.`
    : ` Its ${kind} did not take effect${why === "" ? "." : why}`;
}

function tryWords(attempts: number): string {
  if (attempts === 0) return " and never tried";
  return attempts === 1 ? " at the one request for it" : `, in ${attempts} requests`;
}

function explainPending(facts: DeliveryFacts): Explanation {
  const { campaignState, code, dueAt } = facts;
  const waits = `${sentence(thingOf(facts))} waits`;
  if (campaignState === "paused")
    return {
      line: `${waits}, because its campaign is paused. Resume the campaign.`,
      next: "resume",
    };
  if (campaignState === "cancelled")
    return { line: `${waits} to be given up: its campaign was cancelled.`, next: "nothing" };
  if (dueAt === null)
    return { line: `${waits} for the first deliveries of its campaign to end.`, next: "wait" };
  if (campaignState === "scheduled")
    return { line: `${waits} for its time, ${instantText(dueAt)}.`, next: "wait" };
  if (code === null) return { line: `${waits} for its turn.`, next: "wait" };
  const { what } = attentionWords(code);
  const again = `It is tried again at ${instantText(dueAt)}`;
  return { line: `${waits}. ${what} (${code}) ${again}${riskWords(facts)}.`, next: "wait" };
}

function riskWords({ kind, resent }: DeliveryFacts): string {
  return resent === 0 || isChange(kind) ? "" : ", and may then have arrived more than once";
}

/** An instant as lines show it: ISO 8601 in UTC, to the second. */
export function instantText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

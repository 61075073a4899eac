import { type ErrorCode, errorCodes } from "./error-codes.ts";

/** Why a campaign paused by itself. `at` is epoch ms. */
export type PauseCause =
  /** Its first deliveries are settled, and all others wait for a person. */
  | {
      readonly code: "CAMPAIGN_CANARY_DONE";
      readonly at: number;
      readonly accepted: number;
      readonly failed: number;
      readonly skipped: number;
      readonly uncertain: number;
      /** How many wait. */
      readonly held: number;
    }
  /** More failed than its author allows. */
  | {
      readonly code: "CAMPAIGN_FAILURES_PASSED";
      readonly at: number;
      readonly tried: number;
      readonly failedPercent: number;
      /** The most frequent first. */
      readonly failed: readonly { readonly code: ErrorCode; readonly count: number }[];
    };

const pauseCodes: Readonly<Record<PauseCause["code"], true>> = {
  CAMPAIGN_CANARY_DONE: true,
  CAMPAIGN_FAILURES_PASSED: true,
};

/** Whether a code says that a campaign paused by itself. */
export function isPauseCode(code: ErrorCode): code is PauseCause["code"] {
  return Object.hasOwn(pauseCodes, code);
}

/** What happened, in words for a person; and what to do about the most frequent failure. The code says how to go on. */
export function pauseCauseText(cause: PauseCause): string {
  if (cause.code === "CAMPAIGN_CANARY_DONE") {
    const { accepted, failed, skipped, uncertain, held } = cause;
    const ends = [
      `${accepted} accepted`,
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
      ...(uncertain > 0 ? [`${uncertain} uncertain`] : []),
    ];
    return `The first deliveries are done: ${ends.join(", ")}. ${held} more wait.`;
  }
  const { tried, failed, failedPercent } = cause;
  const count = failed.reduce((sum, one) => sum + one.count, 0);
  const reasons = failed.map((one) => `${one.code} ${one.count}`).join(", ");
  const [first] = failed;
  const next = first === undefined ? "" : ` ${errorCodes[first.code].next}`;
  return `${count} of ${tried} deliveries that were tried failed, which is more than ${failedPercent} %: ${reasons}.${next}`;
}

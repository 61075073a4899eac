import type { DeliveryState } from "./delivery.ts";
import type { ErrorCode } from "./error-codes.ts";

/** When a campaign stops by itself: more than so many in a hundred failed, of at least so many that were tried. */
export interface StopWhen {
  readonly failedPercent: number;
  readonly atLeast: number;
}

/**
 * Deliveries that were tried since the campaign started, or since somebody let it go on after it had stopped. What is left
 * `uncertain` counts as failed; what was skipped, or expired, was not tried.
 */
export interface FailureWatch {
  readonly tried: number;
  readonly failed: Readonly<Partial<Record<ErrorCode, number>>>;
}

export const nothingTried: FailureWatch = { tried: 0, failed: {} };

/** The watch after `count` deliveries under way came to this end. */
export function watched(
  watch: FailureWatch,
  end: { readonly state: DeliveryState; readonly code: ErrorCode | null; readonly count: number },
): FailureWatch {
  const { state, code, count } = end;
  if (state === "accepted") return { ...watch, tried: watch.tried + count };
  if (state !== "failed" && state !== "uncertain") return watch;
  if (code === null || code === "DELIVERY_EXPIRED") return watch;
  const failed = { ...watch.failed, [code]: (watch.failed[code] ?? 0) + count };
  return { tried: watch.tried + count, failed };
}

/** The failures by code, the most frequent first. */
export function failuresByCode({
  failed,
}: FailureWatch): readonly { readonly code: ErrorCode; readonly count: number }[] {
  return Object.entries(failed)
    .map(([code, count]) => ({ code: code as ErrorCode, count })) // the keys are codes
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

/** Whether more failed than is allowed, and enough were tried to say so. */
export function hasPassed({ failedPercent, atLeast }: StopWhen, watch: FailureWatch): boolean {
  const failed = failuresByCode(watch).reduce((sum, { count }) => sum + count, 0);
  return watch.tried >= atLeast && failed * 100 > failedPercent * watch.tried;
}

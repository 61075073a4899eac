import type { DeliveryState } from "./delivery.ts";
import type { ErrorCode } from "./error-codes.ts";
import type { RecipientKey } from "./ids.ts";

/** States from which somebody may ask for a delivery to be tried again. `accepted` is none: it would arrive twice. */
export const retriableStates = ["failed", "uncertain", "skipped"] as const;
export type RetriableState = (typeof retriableStates)[number];

/** Which deliveries of a campaign are to be tried again. */
export interface RetryRequest {
  /** In the order in which they are walked. */
  readonly states: readonly RetriableState[];
  /** Null: whatever their code, but for {@link leftUncertain}. */
  readonly codes: readonly ErrorCode[] | null;
}

/** Codes of rows that stand for nobody and nothing that could be tried, or beside which another delivery counts. */
export const neverRetried: readonly ErrorCode[] = [
  "DELIVERY_ID_UNKNOWN",
  "RECIPIENT_UNKNOWN",
  "TARGET_UNSUPPORTED",
  "DELIVERY_DUPLICATE",
];

/** The code of an uncertain row that somebody decided to leave as it is: it is tried again only where the code is named. */
export const leftUncertain = "DELIVERY_LEFT_UNCERTAIN" satisfies ErrorCode;

/** Whether a delivery in this state, with this code, is meant. A row that stands for a whole team is none that can be sent. */
export function isToRetry(
  { states, codes }: RetryRequest,
  row: {
    readonly recipient: RecipientKey;
    readonly state: DeliveryState;
    readonly code: ErrorCode | null;
  },
): boolean {
  const { recipient, state, code } = row;
  const isMeant = states.some((one) => one === state);
  if (!isMeant || code === null || neverRetried.includes(code)) return false;
  const isNamed = codes === null ? code !== leftUncertain : codes.includes(code);
  return !recipient.startsWith("team:") && isNamed;
}

/** Whether two ask for the same. */
export function isSameRetry(a: RetryRequest, b: RetryRequest): boolean {
  const key = ({ states, codes }: RetryRequest) =>
    JSON.stringify([[...states].sort(), codes === null ? null : [...codes].sort()]);
  return key(a) === key(b);
}

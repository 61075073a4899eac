import type { DeliveryState } from "../domain/delivery.ts";
import type { ErrorCode } from "../domain/error-codes.ts";
import { type RecipientKey, recipientKey } from "../domain/ids.ts";
import {
  isSameRetry,
  isToRetry,
  type RetriableState,
  type RetryRequest,
} from "../domain/retry-request.ts";
import type { CodeCount } from "./campaign-tally.ts";
import { jsonOf, jsonOrNull } from "./json-column.ts";

/** A request for retries, and how far it was carried out. */
export interface RetryWalk extends RetryRequest {
  /** Which of the retries asked of the campaign it is, from 1: rows that ended after it was asked for are left out. */
  readonly number: number;
  /** Index into `states`. */
  readonly at: number;
  /** The last recipient walked of that state. */
  readonly after: string;
}

/** A row that a walk comes by. */
export interface WalkedRow {
  readonly recipient_key: RecipientKey;
  readonly state: DeliveryState;
  readonly code: ErrorCode;
  /** How many retries had been asked for when it ended. */
  readonly retries_before: number;
}

/** The requests that a campaign's column `retries` holds, the oldest first. */
export function walksOf(retries: string | null): readonly RetryWalk[] {
  const stored = jsonOf<readonly StoredWalk[]>(retries) ?? [];
  return stored.map((walk) => ({ number: 1, ...walk }));
}

/** One that was asked for before they were numbered has no number: it was the first. */
type StoredWalk = Omit<RetryWalk, "number"> & Partial<Pick<RetryWalk, "number">>;

/** The column for these requests: null where none is left. */
export function storedWalks(walks: readonly RetryWalk[]): string | null {
  return jsonOrNull(walks.length === 0 ? null : walks);
}

/**
 * What becomes of a new request beside those that wait: the column with it, or why it changes nothing. It joins one that asks for
 * the same and has walked by no row yet: what ended in between is meant, too.
 */
export function withRetry(
  waiting: readonly RetryWalk[],
  retry: RetryRequest,
  campaign: {
    readonly codes: readonly CodeCount[];
    readonly number: number;
  },
): readonly RetryWalk[] | "nothing" | "full" {
  const { codes, number } = campaign;
  if (!codes.some((one) => isToRetry(retry, { ...one, recipient: anybody }))) return "nothing";
  const same = waiting.find((one) => isSameRetry(one, retry) && !hasBegun(one));
  if (same !== undefined) return waiting.map((one) => (one === same ? { ...one, number } : one));
  if (waiting.length >= walksMax) return "full";
  return [...waiting, { states: retry.states, codes: retry.codes, number, at: 0, after: "" }];
}

/** The state whose rows the walk comes to next; undefined where it is over. */
export function stateAt({ states, at }: RetryWalk): RetriableState | undefined {
  return states[at];
}

/** The walk after these rows, of which it had asked for `asked`. */
export function walkedOn(walk: RetryWalk, rows: readonly WalkedRow[], asked: number): RetryWalk {
  const last = rows.length < asked ? undefined : rows.at(-1);
  if (last === undefined) return { ...walk, at: walk.at + 1, after: "" };
  return { ...walk, after: last.recipient_key };
}

/** Those of the rows that are to be tried again. */
export function rowsToRetry(walk: RetryWalk, rows: readonly WalkedRow[]): readonly WalkedRow[] {
  return rows.filter(
    (row) =>
      row.retries_before < walk.number && isToRetry(walk, { ...row, recipient: row.recipient_key }),
  );
}

function hasBegun({ at, after }: RetryWalk): boolean {
  return at > 0 || after !== "";
}

// The counts by code do not say whom they concern.
const anybody = recipientKey("user:");
// Different requests at once are rare, and each is carried out within seconds.
const walksMax = 8;

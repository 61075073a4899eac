import { type CampaignState, isChange } from "../domain/campaign.ts";
import { type ErrorCode, errorCodes } from "../domain/error-codes.ts";
import { ProblemError } from "../domain/errors.ts";
import type { RecipientKey } from "../domain/ids.ts";
import {
  isToRetry,
  leftUncertain,
  type RetriableState,
  type RetryRequest,
  retriableStates,
} from "../domain/retry-request.ts";
import { invalid } from "./check-request.ts";
import type { RetryOptions } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { assertKept } from "./kept-rows.ts";
import type { Campaign } from "./ports/store.ts";
import { deliveryTo } from "./recipients.ts";

/**
 * Asks for deliveries of a campaign or notification to be tried again; the planner carries it out. Answers it as it is then.
 * Throws what `find` does, CAMPAIGN_STATE_CONFLICT, DELIVERY_UNKNOWN, DELIVERY_NOT_RETRIABLE, IDEMPOTENCY_KEY_REUSED.
 */
export async function retry(
  parts: EngineParts,
  find: () => Promise<Campaign>,
  options: RetryOptions,
): Promise<Campaign> {
  const { store, clock, log } = parts;
  const wanted = requestOf(options);
  const row = await find();
  checkState(row, clock.now());
  await assertKept(store.ledger, row.id);
  const one = await recipientOf(parts, row, { wanted, options });
  if (one === "under way") return row;
  const { idempotencyKey: key, ...content } = options;
  const result = await store.ledger.requestRetry({
    id: row.id,
    from: retriedFrom,
    retry: wanted,
    now: clock.now(),
    ...one,
    ...(key !== undefined && {
      idempotency: { key, fingerprint: fingerprintOf({ retry: row.id, ...content }) },
    }),
  });
  if (result === "conflict") throw new ProblemError("IDEMPOTENCY_KEY_REUSED");
  if (result === "full")
    throw new ProblemError("SERVICE_UNAVAILABLE", {
      detail: `Many retries of ${row.id} wait to be carried out. Try again in a moment.`,
    });
  const now = await find();
  if (result === "refused") await assertKept(store.ledger, row.id);
  if (result === "refused") throw now.recalledAt === null ? conflict(now) : recalled(now);
  if (result === "asked") {
    log.info("campaign.retried", { campaignId: now.id, from: row.state });
    parts.moved(now);
    parts.planner.wake();
  }
  return now;
}

const retriedFrom: readonly CampaignState[] = ["expanding", "sending", "paused", "finished"];

function requestOf({ states, codes, recipient }: RetryOptions): RetryRequest {
  const byDefault = recipient === undefined ? (["failed"] as const) : retriableStates;
  const wanted: readonly RetriableState[] = states ?? byDefault;
  const wrong = wanted.find((state) => !retriableStates.includes(state));
  if (wrong !== undefined)
    throw invalid(`A retry takes the states ${retriableStates.join(", ")}, and not "${wrong}".`);
  if (wanted.length === 0) throw invalid("The retry names no state.");
  const unknown = codes?.find((code) => !(code in errorCodes));
  if (unknown !== undefined)
    throw invalid(`There is no code "${unknown}"; the campaign's reasons name those there are.`);
  return {
    states: [...new Set(wanted)],
    codes: codes === undefined ? null : codes.map((code) => code as ErrorCode), // checked just above
  };
}

/** Throws where nothing of the campaign may be tried any more, or nothing has been. */
function checkState(row: Campaign, now: number): void {
  if (row.recalledAt !== null) throw recalled(row);
  if (!retriedFrom.includes(row.state)) throw conflict(row);
  const { id, state, expiresAt } = row;
  if (expiresAt !== null && expiresAt <= now)
    throw new ProblemError("CAMPAIGN_STATE_CONFLICT", {
      detail: `${id} has expired, so nothing of it is tried any more.`,
      extra: { state },
    });
}

function recalled({ id }: Campaign): ProblemError {
  return new ProblemError("CAMPAIGN_RECALLED", {
    detail: `${id} was recalled, so nothing of it is sent any more. Send a new message.`,
  });
}

function conflict({ id, state, kind, changeOf }: Campaign): ProblemError {
  const ofChange = isChange(kind) ? `what was done to ${changeOf} since counts` : null;
  const why =
    state === "cancelled"
      ? "that is final: what was not tried was given up"
      : (ofChange ?? "nothing of it has been tried yet");
  return new ProblemError("CAMPAIGN_STATE_CONFLICT", {
    detail: `${id} is ${state}, so it cannot retry: ${why}.`,
    extra: { state },
  });
}

/** Whom the request means alone, and as what, or nobody; `under way` where it is being tried already. */
async function recipientOf(
  { store }: EngineParts,
  row: Campaign,
  { wanted, options }: { readonly wanted: RetryRequest; readonly options: RetryOptions },
): Promise<{ recipient?: RecipientKey; retry?: RetryRequest } | "under way"> {
  if (options.recipient === undefined) return {};
  const delivery = await deliveryTo(store, row, options.recipient);
  const { recipient, state, code } = delivery;
  if (state === "pending" || state === "sending") return "under way";
  // Who names one that was left as it is has thought better of it.
  const isLeft = code === leftUncertain && wanted.codes === null;
  const retry = isLeft ? { ...wanted, codes: [code] } : wanted;
  if (isToRetry(retry, delivery)) return { recipient, retry };
  const why =
    state === "accepted"
      ? "Teams took the message, and it would arrive twice"
      : code === null
        ? "its state was not asked for"
        : `its code is ${code}`;
  throw new ProblemError("DELIVERY_NOT_RETRIABLE", {
    detail: `The delivery to ${recipient} is ${state}, so it is not tried again: ${why}.`,
    extra: { state },
  });
}

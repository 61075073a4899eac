import { assert } from "../domain/assert.ts";
import type { BotId, CampaignId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import type { JobWork } from "./job-runner.ts";
import type { InboundStore } from "./ports/inbound-store.ts";
import type { Forgettable, ForgettableCampaign } from "./ports/retention-store.ts";
import type { LedgerStore } from "./ports/store.ts";
import type { SteadyClock } from "./steady-clock.ts";

/** For how long what is kept, in ms; null: for good. Campaigns, their counters and reasons stay in any case. */
export interface Keeping {
  /** The requests made for each recipient, counted from their campaign's end. */
  readonly attemptsMs: number | null;
  /** Everything about single recipients, and whole notifications, counted from the end. */
  readonly recipientsMs: number | null;
  /** Idempotency keys, counted from their first use. */
  readonly idempotencyKeysMs: number | null;
  /** Activities that were processed, counted from their arrival. */
  readonly inboundMs: number | null;
}

const dayMs = 24 * 60 * 60 * 1000;

/** What is kept for how long where nobody says otherwise: nothing that explains an outcome is removed. */
export const keepingByDefault: Keeping = {
  attemptsMs: null,
  recipientsMs: null,
  idempotencyKeysMs: 30 * dayMs,
  // Teams may deliver an activity again; after three days it surely does not, and what people wrote should not stay.
  inboundMs: 3 * dayMs,
};

/** What the work needs of the engine. */
export interface ForgetJobParts {
  readonly clock: SteadyClock;
  readonly ledger: LedgerStore;
  readonly inbound: InboundStore;
  readonly log: Log;
  readonly botId: BotId;
  readonly keeping: Keeping;
}

/**
 * Removes what is older than it is to be kept, in small parts. Between two of them whoever else waits for the store has their turn;
 * it waits for nothing else, so that whoever stops it waits for one part at the most.
 */
export function forgetJob(parts: ForgetJobParts): JobWork {
  return async (_, isClosing) => {
    const { keeping, clock, ledger, inbound, botId } = parts;
    const now = clock.machine(clock.now());
    const run = { ...parts, isClosing };
    const { idempotencyKeysMs: keysMs, recipientsMs, attemptsMs, inboundMs } = keeping;
    // Keys before the notifications that they lead to, and recipients before attempts, which go with them.
    if (keysMs !== null)
      await forgetOld(run, "idempotency-keys", (limit) =>
        ledger.forgetIdempotencyKeys(botId, now - keysMs, limit),
      );
    if (recipientsMs !== null) await forgetRows(run, "recipients", now - recipientsMs);
    if (attemptsMs !== null) await forgetRows(run, "attempts", now - attemptsMs);
    if (inboundMs !== null)
      await forgetOld(run, "inbound-activities", (limit) =>
        inbound.forgetProcessed(now - inboundMs, limit),
      );
    return isClosing() ? { end: "stopped" } : { end: "done" };
  };
}

interface ForgetRun extends ForgetJobParts {
  readonly isClosing: () => boolean;
}

/** Goes through what ended long enough ago once, whatever becomes of each: what is not removed now is met again in the next run. */
async function forgetRows(run: ForgetRun, what: Forgettable, before: number): Promise<void> {
  const { ledger, botId, log, isClosing } = run;
  let after: ForgettableCampaign | undefined;
  let rows = 0;
  let campaigns = 0;
  while (!isClosing()) {
    const place = after === undefined ? {} : { after };
    const request = { botId, what, before, ...place, limit: campaignsMax };
    const due = await ledger.campaignsToForget(request);
    for (const { id } of due) {
      if (isClosing()) break;
      rows += await forgetOne(run, id, what);
      campaigns += 1;
    }
    if (due.length < campaignsMax) break;
    after = due.at(-1);
  }
  if (rows > 0) log.info("store.forgot", { what, rows, campaigns });
}

async function forgetOne(run: ForgetRun, id: CampaignId, what: Forgettable): Promise<number> {
  const { ledger, clock, isClosing } = run;
  let rows = 0;
  while (!isClosing()) {
    const now = clock.machine(clock.now());
    const { removed, isDone } = await ledger.forget({ id, what, limit: rowsMax, now });
    rows += removed;
    if (isDone) break;
    assert(removed > 0, "a part of a removal removes something, or is the last");
  }
  return rows;
}

async function forgetOld(
  { log, isClosing }: ForgetRun,
  what: string,
  remove: (limit: number) => Promise<number>,
): Promise<void> {
  let rows = 0;
  while (!isClosing()) {
    const removed = await remove(rowsMax);
    rows += removed;
    if (removed < rowsMax) break;
  }
  if (rows > 0) log.info("store.forgot", { what, rows });
}

// Some milliseconds of the store's work.
const rowsMax = 300;
const campaignsMax = 64;

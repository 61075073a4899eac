import { StoreError } from "../domain/errors.ts";
import type { WorkerId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import type { Signal } from "../domain/signal.ts";
import { usableMs } from "./lane-loans.ts";
import type { BorrowedSlot, OutsidePlace, Way } from "./outside-requests.ts";
import type { LedgerStore, Scope } from "./ports/store.ts";
import type { SteadyClock } from "./steady-clock.ts";
import { StoreTrouble } from "./store-trouble.ts";

/** What reaching a lane needs. */
export interface LaneReachParts {
  readonly scope: Scope;
  readonly clock: SteadyClock;
  readonly ledger: LedgerStore;
  readonly log: Log;
  readonly worker: WorkerId;
  /** Takes the lane if nobody has it; answers whether it is ours. Throws `StoreError`. */
  readonly isOurs: () => Promise<boolean>;
}

/**
 * Finds a way for a request that belongs to no delivery: takes the lane where nobody has it, and asks its holder for a slot
 * where somebody has. Answers null when the signal aborts before. Throws `StoreError`.
 */
export function createLaneReach(
  parts: LaneReachParts,
): (place: OutsidePlace, until: Signal) => Promise<Way | null> {
  let asked = 0;
  return async (place, until) => {
    while (!until.aborted) {
      if (await parts.isOurs()) return "ours";
      asked += 1;
      const way = await ask(parts, { ...place, id: `${parts.worker}/${asked}` }, until);
      if (way !== null) return way;
    }
    return null;
  };
}

/** One ask, to its end: a way, or null where another has to be made, or nobody waits any more. */
async function ask(
  parts: LaneReachParts,
  { id, ...place }: OutsidePlace & { readonly id: string },
  until: Signal,
): Promise<Way | null> {
  const { ledger, scope, clock, isOurs } = parts;
  const passed = () => clock.stopwatch.now();
  const slot = slotOf(parts, id);
  // Whatever grants it does so after this.
  let notGrantedAt = passed();
  await ledger.askSlot(scope, { ...place, id });
  for (let looks = 1; !until.aborted; looks += 1) {
    await clock.sleep(lookMs, until);
    const lookedAt = passed();
    const view = await ledger.slotOf(scope, id);
    if (view === null) return null;
    if (view.isGranted) {
      if (!view.isQuiet && !until.aborted && passed() - notGrantedAt < usableMs) return slot;
      break;
    }
    notGrantedAt = lookedAt;
    if (looks % looksPerTry === 0 && (await isOurs())) {
      await slot.end(null, until);
      return "ours";
    }
  }
  await slot.end(null, until);
  return null;
}

function slotOf({ ledger, scope, log, clock }: LaneReachParts, id: string): BorrowedSlot {
  return {
    async end(quietMs, closing) {
      const trouble = new StoreTrouble({ waitMsMax: endWaitMsMax });
      const quietUntil = quietMs === null ? null : clock.now() + quietMs;
      const leftMs = () => (quietUntil === null ? null : quietUntil - clock.now());
      for (;;) {
        try {
          return await ledger.endSlot(scope, id, leftMs());
        } catch (error) {
          log.error("store.failed", { tenantId: scope.tenantId, detail: String(error) });
          // What was not written is forgotten after a minute; the holder goes on as it would if we had died. But while Teams
          // asks for quiet nobody else knows of it: whoever waits for our answer might ask again elsewhere.
          const isQuiet = (leftMs() ?? 0) > 0;
          if (!isQuiet || closing.aborted || !(error instanceof StoreError)) return;
          const now = clock.now();
          trouble.failed(error, now);
          await clock.sleep(trouble.retryAt(now) - now, closing);
        }
      }
    },
  };
}

const endWaitMsMax = 1000;
/** How often it is looked at whether a slot was granted… */
const lookMs = 50;
/** …and every so many looks whether the lane can be had. */
const looksPerTry = 20;

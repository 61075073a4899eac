import type { TurnRequest, TurnResult } from "../../engine/ports/store.ts";
import { turnRefused } from "../slot-rows.ts";
import { byState } from "../stops.ts";
import { claim, nextDueAt } from "./claim.ts";
import type { Database } from "./database.ts";
import { renewLane } from "./lanes.ts";
import { learn } from "./learn.ts";
import { settle } from "./settle.ts";
import { exchangeSlots } from "./slots.ts";
import { Tallies } from "./tallies.ts";

/** One turn of a lane, within one transaction. */
export function takeTurn(db: Database, request: TurnRequest): TurnResult {
  const { hold, now } = request;
  const lane = renewLane(db, request);
  if (lane === null) return turnRefused;
  const tallies = new Tallies(db);
  const ignored = settle(db, tallies, request);
  // Saved before facts and claim, which look at the stored rows: they find the retries of this turn too.
  const settled = tallies.save(now);
  const learnt = learn(db, hold.scope.botId, request.facts, now);
  const { claim: count, atLeast, held } = request;
  const claimed = claim(db, tallies, { hold, now, turn: lane.turn, claim: count, atLeast, held });
  tallies.save(now);
  return {
    held: true,
    claimed,
    ...byState([...settled, ...learnt]),
    nextDueAt: nextDueAt(db, hold),
    ignored,
    ...exchangeSlots(db, hold, request),
    quietUntil: lane.quiet_until,
  };
}

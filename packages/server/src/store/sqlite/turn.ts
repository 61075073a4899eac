import type { TurnRequest, TurnResult } from "../../engine/ports/store.ts";
import { byState } from "../stops.ts";
import { claim, nextDueAt } from "./claim.ts";
import type { Database } from "./database.ts";
import { renewLane } from "./lanes.ts";
import { learn } from "./learn.ts";
import { settle } from "./settle.ts";
import { Tallies } from "./tallies.ts";

/** One turn of a lane, within one transaction. */
export function takeTurn(db: Database, request: TurnRequest): TurnResult {
  const { hold, now } = request;
  const turn = renewLane(db, hold, request.leaseUntil);
  if (turn === null)
    return { held: false, claimed: [], finished: [], paused: [], nextDueAt: null, ignored: 0 };
  const tallies = new Tallies(db);
  const ignored = settle(db, tallies, request);
  // Saved before facts and claim, which look at the stored rows: they find the retries of this turn too.
  const settled = tallies.save(now);
  const learnt = learn(db, hold.scope.botId, request.facts, now);
  const { claim: count, atLeast, held } = request;
  const claimed = claim(db, tallies, { hold, now, turn, claim: count, atLeast, held });
  tallies.save(now);
  return {
    held: true,
    claimed,
    ...byState([...settled, ...learnt]),
    nextDueAt: nextDueAt(db, hold),
    ignored,
  };
}

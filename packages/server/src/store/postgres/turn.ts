import type { TurnRequest, TurnResult } from "../../engine/ports/store.ts";
import { turnRefused } from "../slot-rows.ts";
import { byState } from "../stops.ts";
import { claim, loadForTurn, nextDueAt } from "./claim.ts";
import type { Database } from "./database.ts";
import { renewLane } from "./lanes.ts";
import { type Lesson, learn, lockDirectories } from "./learn.ts";
import { settle } from "./settle.ts";
import { exchangeSlots } from "./slots.ts";
import { Tallies } from "./tallies.ts";

/**
 * One turn of a lane, within one transaction: the lane's row is locked first, so that no other holder comes between; then what
 * the turn may touch, then the work, in a handful of statements however many rows there are.
 */
export async function takeTurn(db: Database, request: TurnRequest): Promise<TurnResult> {
  const { hold, now, settlements, facts } = request;
  const lessons: readonly Lesson[] =
    facts.length === 0 ? [] : [{ botId: hold.scope.botId, facts, now }];
  const tallies = new Tallies(db);
  const settled = settlements.map((one) => one.campaignId);
  const [lane] = await Promise.all([
    renewLane(db, request),
    lockDirectories(db, lessons),
    loadForTurn(db, tallies, request, settled),
  ]);
  if (lane === null) return turnRefused;
  const ignored = await settle(db, tallies, request);
  // Before the claim, which shows people as they are known now.
  await learn(db, tallies, lessons);
  // What was settled may have stopped campaigns, of which nothing is claimed then.
  await tallies.decide(now);
  const { claim: most, atLeast, held } = request;
  const claimed = await claim(db, tallies, {
    hold,
    now,
    turn: lane.turn,
    claim: most,
    atLeast,
    held,
  });
  await tallies.look();
  const [stops, due, slots] = await Promise.all([
    tallies.saveLooked(now),
    nextDueAt(db, hold),
    exchangeSlots(db, hold, { ...request, hasSlots: lane.has_slots }),
  ]);
  const { quiet_until: quietUntil } = lane;
  return { held: true, claimed, ...byState(stops), nextDueAt: due, ignored, ...slots, quietUntil };
}

import { classRank, trafficClasses } from "../domain/campaign.ts";
import type { CampaignId } from "../domain/ids.ts";
import type { TurnRequest } from "../engine/ports/store.ts";

// A campaign's place in the queue: those that join in a turn come before those that are served in it, in that order.
const placesPerTurn = 10_000;

/** The place of a campaign that has its first due row in this turn of its lane. */
export function joinedPlace(turn: number): number {
  return turn * placesPerTurn;
}

/** The place of one that was served in this turn, which had claimed so many rows by then. */
export function servedPlace(turn: number, claimed: number): number {
  return joinedPlace(turn) + Math.min(claimed, placesPerTurn - 1);
}

/** How many rows a turn asks for: see {@link TurnRequest}. */
export type RowsAsked = Pick<TurnRequest, "claim" | "atLeast">;

/** How many rows of one class a turn may claim at most, and so from how many campaigns of it. */
export function claimMaxOfClass({ claim, atLeast }: RowsAsked): number {
  return claim === 0 ? 0 : Math.max(claim, ...Object.values(atLeast));
}

/** A campaign that may be claimed from. */
export interface Candidate {
  readonly id: CampaignId;
  readonly rank: number;
  /** It has at most so many due rows. */
  readonly rowsMax: number;
}

/**
 * How many rows each candidate may give to what is asked for: all of a smaller rank before any of a greater one, and of each at
 * least its own; within a rank the same for each, but for what some do not have, which the others share. The candidates come in
 * the order of their places. `claimed`: how many rows of each rank were claimed for it before.
 */
export function sharesOf(
  candidates: readonly Candidate[],
  { claim, atLeast }: RowsAsked,
  claimed: ReadonlyMap<number, number> = new Map(),
): ReadonlyMap<CampaignId, number> {
  const shares = new Map<CampaignId, number>();
  if (claim === 0) return shares;
  let left = claim;
  for (const one of trafficClasses) {
    const rank = classRank(one);
    const before = claimed.get(rank) ?? 0;
    const room = Math.max(left, atLeast[one] ?? 0) - before;
    const ofRank = candidates.filter((each) => each.rank === rank && each.rowsMax > 0);
    left = Math.max(0, left - before - share(ofRank, room, shares));
  }
  return shares;
}

/** Shares `room` among candidates of one rank; answers how much of it they take. */
function share(
  candidates: readonly Candidate[],
  room: number,
  shares: Map<CampaignId, number>,
): number {
  let open = candidates;
  let left = room;
  while (open.length > 0 && left > 0) {
    const each = Math.max(1, Math.floor(left / open.length));
    for (const { id, rowsMax } of open) {
      const before = shares.get(id) ?? 0;
      const given = Math.min(each, rowsMax - before, left);
      if (given > 0) shares.set(id, before + given);
      left -= given;
    }
    open = open.filter(({ id, rowsMax }) => (shares.get(id) ?? 0) < rowsMax);
  }
  return room - left;
}

import type { CampaignId } from "../domain/ids.ts";

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

/** A campaign that may be claimed from. */
export interface Candidate {
  readonly id: CampaignId;
  readonly rank: number;
  /** It has at most so many due rows. */
  readonly rowsMax: number;
}

/**
 * How many rows each candidate may give to a claim of `room`: all of a smaller rank before any of a greater one, but for the rows
 * that are `kept` for that one; and within a rank the same for each, but for what some do not have, which the others share.
 * The candidates come in the order of their places.
 */
export function sharesOf(
  candidates: readonly Candidate[],
  room: number,
  kept: ReadonlyMap<number, number> = new Map(),
): ReadonlyMap<CampaignId, number> {
  const shares = new Map<CampaignId, number>();
  let left = room;
  for (const rank of [...new Set(candidates.map((one) => one.rank))].sort((a, b) => a - b)) {
    const ofRank = candidates.filter((one) => one.rank === rank && one.rowsMax > 0);
    left -= share(ofRank, Math.max(0, left - keptAfter(kept, rank)), shares);
  }
  return shares;
}

function keptAfter(kept: ReadonlyMap<number, number>, rank: number): number {
  let sum = 0;
  for (const [of, count] of kept) if (of > rank) sum += count;
  return sum;
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

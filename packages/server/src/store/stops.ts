import type { CampaignId } from "../domain/ids.ts";
import type { ClosedTally } from "./campaign-tally.ts";

/** A campaign that finished, or paused by itself, when its counters were written. */
export interface Stop {
  readonly id: CampaignId;
  readonly state: "finished" | "paused";
}

/** How a campaign stopped just now, or nothing. */
export function stopsOf(id: CampaignId, { finishes, pause }: ClosedTally): readonly Stop[] {
  if (finishes) return [{ id, state: "finished" }];
  return pause === null ? [] : [{ id, state: "paused" }];
}

/** The ids of those that stopped, by how. */
export function byState(
  stops: readonly Stop[],
): Readonly<Record<Stop["state"], readonly CampaignId[]>> {
  const idsOf = (state: Stop["state"]) =>
    stops.filter((stop) => stop.state === state).map(({ id }) => id);
  return { finished: idsOf("finished"), paused: idsOf("paused") };
}

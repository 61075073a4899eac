import type { WorkerId } from "../../domain/ids.ts";
import type { RowReader } from "./snapshot.ts";

/** A worker that holds a lane: it works on the database, or died without giving it back. */
export interface LaneHolding {
  readonly worker: WorkerId;
  /** Changes with every turn that it takes. */
  readonly sign: string;
}

/** The workers that hold lanes, by name. */
export async function laneHolders(reader: RowReader): Promise<readonly LaneHolding[]> {
  const rows = await reader.all<{ owner: WorkerId; lanes: number; fences: number; turns: number }>(
    `SELECT owner, count(*) AS lanes, sum(fence) AS fences, sum(turn) AS turns FROM lanes
     WHERE owner IS NOT NULL GROUP BY owner ORDER BY owner`,
  );
  return rows.map(({ owner, lanes, fences, turns }) => ({
    worker: owner,
    sign: `${lanes} ${fences} ${turns}`,
  }));
}

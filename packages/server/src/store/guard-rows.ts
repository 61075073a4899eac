import { type CampaignGuards, newGuards } from "../domain/campaign-guards.ts";
import type { Canary } from "../domain/canary.ts";
import { type FailureWatch, nothingTried, type StopWhen } from "../domain/failure-watch.ts";
import { jsonOf } from "./json-column.ts";

/** The columns of a campaign's guards. */
export interface GuardRow {
  readonly canary: string | null;
  readonly canary_left: number | null;
  readonly held: number;
  readonly stop_when: string | null;
  readonly watched: string | null;
}

/** The columns of {@link GuardRow}. */
export const guardColumns = "canary, canary_left, held, stop_when, watched";

/** The guards as stored; null for a campaign without any. */
export function guardsOf(row: GuardRow): CampaignGuards | null {
  if (row.canary === null && row.stop_when === null) return null;
  return {
    ...newGuards(),
    canary: jsonOf<Canary>(row.canary),
    canaryLeft: row.canary_left,
    held: row.held,
    stopWhen: jsonOf<StopWhen>(row.stop_when),
    watch: jsonOf<FailureWatch>(row.watched) ?? nothingTried,
  };
}

/** The columns that change, in the order `canary_left`, `held`, `watched`. */
export function storedGuards(
  guards: CampaignGuards,
): readonly [canaryLeft: number | null, held: number, watched: string | null] {
  const { canaryLeft, held, stopWhen, watch } = guards;
  return [canaryLeft, held, stopWhen === null ? null : JSON.stringify(watch)];
}

import type { Activity } from "../domain/activity.ts";
import { textOf } from "./activity-ids.ts";

/**
 * When Teams said what an activity says, by its own clock, as epoch ms. Two processes may take up activities in any order, and an
 * activity that was refused comes again later: that clock alone tells which of two came first. Where the activity has no instant
 * that can be believed, it is the one at which it was received.
 */
export function saidAtOf({ timestamp }: Activity, receivedAt: number): number {
  const saidAt = Date.parse(textOf(timestamp) ?? "");
  // One far ahead would stand against all that comes after it. Where clocks are so far apart no token is valid.
  return saidAt <= receivedAt + aheadMsMax ? saidAt : receivedAt;
}

const aheadMsMax = 24 * 3_600_000;

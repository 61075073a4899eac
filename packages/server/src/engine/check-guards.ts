import type { Canary } from "../domain/canary.ts";
import type { StopWhen } from "../domain/failure-watch.ts";
import { invalid } from "./check-request.ts";
import type { NewCampaign } from "./engine.ts";

/** The canary that was asked for, or null. Throws REQUEST_INVALID where it makes no sense. */
export function checkedCanary(asked: NewCampaign["canary"]): Canary | null {
  if (asked === undefined) return null;
  const { count, percent, then = "wait" } = asked;
  if (then !== "wait" && then !== "continue")
    throw invalid(`canary.then must be "wait" or "continue", and is "${String(then)}".`);
  if ((count === undefined) === (percent === undefined))
    throw invalid("A canary is a count or a percent, and one of the two.");
  if (count !== undefined) {
    if (!Number.isSafeInteger(count) || count < 1)
      throw invalid(`canary.count must be a whole number from 1, and is ${count}.`);
    return { count, then };
  }
  if (percent === undefined || !(percent > 0 && percent <= 100))
    throw invalid(`canary.percent must be more than 0 and at most 100, and is ${percent}.`);
  return { percent, then };
}

/** The threshold that was asked for, or null. Throws REQUEST_INVALID where it makes no sense. */
export function checkedStopWhen(asked: NewCampaign["stopWhen"]): StopWhen | null {
  if (asked === undefined) return null;
  const { failedPercent, atLeast = triedMin } = asked;
  if (!(failedPercent >= 0 && failedPercent < 100))
    throw invalid(`stopWhen.failedPercent must be from 0 and below 100, and is ${failedPercent}.`);
  if (!Number.isSafeInteger(atLeast) || atLeast < 1)
    throw invalid(`stopWhen.atLeast must be a whole number from 1, and is ${atLeast}.`);
  return { failedPercent, atLeast };
}

/** Of fewer that were tried, a share says little. */
const triedMin = 20;

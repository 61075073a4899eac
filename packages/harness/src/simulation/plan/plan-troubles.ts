import type { Dice } from "./dice.ts";
import type { PlannedClockStep, PlannedStoreTrouble, Span } from "./plan.ts";
import type { Episode } from "./plan-of-seed.ts";

/** A disk that is full, a database that is locked or cannot be written: now and then, for a while, or just at one kind of call. */
export function plannedStoreTroubles(dice: Dice, episode: Episode): readonly PlannedStoreTrouble[] {
  const { from, until } = episode;
  const troubles: PlannedStoreTrouble[] = [];
  const code = () =>
    dice.one(["STORE_FULL", "STORE_FULL", "STORE_LOCKED", "STORE_READ_ONLY", "STORE_FAILED"]);
  if (dice.chance(0.2)) troubles.push({ from, until, code: code(), share: 0.05, calls: null });
  if (dice.chance(0.15))
    troubles.push({ ...spanIn(dice, episode, 15_000), code: code(), share: 1, calls: null });
  if (dice.chance(0.2))
    troubles.push({
      from,
      until,
      code: code(),
      share: dice.one([0.3, 0.7]),
      calls: [dice.one(awkwardCalls)],
    });
  if (dice.chance(0.15))
    troubles.push({ ...spanIn(dice, episode, 20_000), slowerMs: dice.one([50, 300, 2_000]) });
  return troubles;
}

/** Spans in which nobody answers at all. */
export function plannedOutages(dice: Dice, episode: Episode): readonly Span[] {
  return dice.chance(0.4) ? [] : dice.list(1, 2, () => spanIn(dice, episode, 20_000));
}

/** The clock is set, by as much as a time service does, or by as much as somebody does who mistook the hour. */
export function plannedClockStep(
  dice: Dice,
  { from, until }: Episode,
): readonly PlannedClockStep[] {
  if (!dice.chance(0.2)) return [];
  return dice.list(1, 2, () => ({
    at: dice.whole(from, until),
    byMs: dice.one([-1, 1]) * dice.one(stepsMs),
  }));
}

/** The same every few seconds, three times of four back, as long as it does not get further away than by one step. */
export function plannedClockSteps(
  dice: Dice,
  episodes: readonly Pick<Episode, "from" | "until">[],
): readonly PlannedClockStep[] {
  const steps: PlannedClockStep[] = [];
  let offMs = 0;
  for (const { from, until } of episodes)
    for (let at = from + dice.whole(0, 8_000); at < until; at += dice.whole(500, 8_000)) {
      const stepMs = dice.one([-1, -1, -1, 1]) * dice.one(stepsMs);
      // What people have scheduled waits for the machine's clock.
      const byMs = Math.abs(offMs + stepMs) > offMsMax ? -stepMs : stepMs;
      offMs += byMs;
      steps.push({ at, byMs });
    }
  return steps;
}

const stepsMs = [80, 1_500, 1_500, 30_000, 600_000];
const offMsMax = 600_000;

/** A span that begins in the episode and is over with it. */
export function spanIn(dice: Dice, { from, until }: Episode, msMax: number): Span {
  const begin = dice.whole(from + 1_000, until);
  return { from: begin, until: Math.min(until, begin + dice.whole(500, msMax)) };
}

/** Calls of the store at which an end or a failure is most awkward: making, moving, expanding, recovering, settling. */
export const awkwardCalls = [
  "createCampaign",
  "moveCampaign",
  "expand",
  "expandEveryone",
  "finishExpansion",
  "acquireLane",
  "recoverLane",
  "takeTurn",
  "takeTurn",
  "releaseLane",
  "cancelPending",
  "expirePending",
  "recordActivity",
  "learn",
  "markProcessed",
  "createChange",
  "expandChange",
  "requestRetry",
  "retryRows",
] as const;

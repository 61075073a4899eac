import type { Dice } from "./dice.ts";
import type { PlannedEnd, PlannedProcess, Span } from "./plan.ts";
import type { Episode } from "./plan-of-seed.ts";
import { awkwardCalls, spanIn } from "./plan-troubles.ts";

/** What a time service leaves. */
const skewMsMax = 200;

/** So many processes share a store at most. */
export const processesMax = 4;

/** So many processes; in a fifth of the worlds with several, each on a machine whose clock is a little off. */
export function plannedSkews(dice: Dice, count: number): readonly PlannedProcess[] {
  const isSkewed = count > 1 && dice.chance(0.2);
  return Array.from({ length: count }, () => ({
    ends: [],
    freezes: [],
    ...(isSkewed && { skewMs: dice.whole(-skewMsMax, skewMsMax) }),
  }));
}

/** How a process's lives end in an episode: killed, or told to stop, now and then. */
export function plannedLifeEnds(
  dice: Dice,
  episode: Episode,
  isShared: boolean,
): readonly PlannedEnd[] {
  if (dice.chance(isShared ? 0.5 : 0.4)) return [];
  return dice.list(1, 4, () => plannedEnd(dice, episode));
}

/** When a process stands still in an episode; one of several does so more often, because another may take over then. */
export function plannedFreezes(dice: Dice, episode: Episode, isShared: boolean): readonly Span[] {
  if (!dice.chance(isShared ? 0.4 : 0.1)) return [];
  return dice.list(1, 2, () => spanIn(dice, episode, 25_000));
}

function plannedEnd(dice: Dice, { from, until }: Episode): PlannedEnd {
  const restartMs = dice.one([10, 500, 2_000, 2_000, 12_000]);
  const kind = dice.one(["busy", "busy", "soon", "call", "stop"]);
  switch (kind) {
    case "busy":
      return { from, answers: dice.whole(20, 600), restartMs };
    case "soon":
      return { from, answers: dice.whole(1, 12), restartMs };
    case "call":
      return {
        from,
        call: dice.one(awkwardCalls),
        nth: dice.whole(1, 3),
        takesEffect: dice.chance(0.7),
        restartMs,
      };
    case "stop":
      return { from: dice.whole(from, until), stop: true, restartMs };
  }
}

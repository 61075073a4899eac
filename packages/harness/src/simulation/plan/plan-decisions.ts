import type { Dice } from "./dice.ts";
import type { PlannedAct, PlannedCampaign, PlannedGuards } from "./plan.ts";
import type { Episode } from "./plan-of-seed.ts";

/** What holds a campaign back by itself, and takes it back: nothing, mostly. */
export function plannedGuards(dice: Dice): PlannedGuards {
  const then = dice.one(["continue", "wait"]);
  const first = dice.chance(0.6) ? { count: dice.whole(1, 8) } : { percent: dice.one([5, 10, 50]) };
  return {
    canary: dice.chance(0.25) ? { ...first, then } : null,
    stopWhen: dice.chance(0.2)
      ? { failedPercent: dice.one([2, 10, 40]), atLeast: dice.whole(1, 12) }
      : null,
    recallInMs: dice.chance(0.1) ? dice.whole(3_000, 60_000) : null,
  };
}

/** What is decided about campaigns in an episode while they run and after: nothing in a third of them. */
export function plannedDecisions(
  dice: Dice,
  episode: Episode,
  campaigns: readonly PlannedCampaign[],
): readonly PlannedAct[] {
  if (dice.chance(0.33)) return [];
  return dice.list(1, 7, () => plannedDecision(dice, episode, campaigns));
}

function plannedDecision(
  dice: Dice,
  { from, until }: Episode,
  campaigns: readonly PlannedCampaign[],
): PlannedAct {
  const { number: campaign } = dice.one(campaigns);
  const at = dice.whole(from + 1_000, until);
  const isTwice = dice.chance(0.3);
  const ofChange = dice.chance(0.2);
  const act = dice.one(["retry", "retry", "retry", "edit", "edit", "edit", "recall", "step"]);
  switch (act) {
    case "retry":
      return { at, act, campaign, ofChange, of: dice.one(retried) };
    case "step":
      return {
        at,
        act: dice.one(["pause", "resume", "cancel"]),
        campaign,
        ofChange: true,
        isTwice,
      };
    default:
      return { at, act, campaign, isTwice };
  }
}

const retried = [
  "failed",
  "failed",
  "uncertain",
  "uncertain",
  "skipped",
  "TEAMS_BLOCKED_BY_USER",
  "TEAMS_NOT_IN_CONVERSATION",
  "TEAMS_UNCERTAIN",
] as const;

/** What happens to teams in an episode: nothing, mostly. */
export function plannedTeamActs(
  dice: Dice,
  { from, until, people }: Episode,
  teams: number,
): readonly PlannedAct[] {
  const at = () => dice.whole(from + 500, until);
  const team = dice.whole(0, teams - 1);
  const leaves = dice.list(0, dice.chance(0.3) ? 3 : 0, () => ({
    at: at(),
    act: "leave" as const,
    person: dice.whole(0, people - 1),
    team,
  }));
  if (!dice.chance(0.15)) return leaves;
  const removedAt = at();
  const removed: PlannedAct = { at: removedAt, act: "remove-team", team };
  return dice.chance(0.5)
    ? [...leaves, removed]
    : [...leaves, removed, { at: dice.whole(removedAt, until), act: "add-team", team }];
}

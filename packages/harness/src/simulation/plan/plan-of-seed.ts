import { type Dice, diceOf } from "./dice.ts";
import type { PlannedProcess, SimulationPlan } from "./plan.ts";
import { plannedDecisions, plannedTeamActs } from "./plan-decisions.ts";
import { plannedWeather } from "./plan-faults.ts";
import { plannedFreezes, plannedLifeEnds, plannedSkews, processesMax } from "./plan-processes.ts";
import { plannedAct, plannedCampaign, plannedNotification } from "./plan-sends.ts";
import {
  plannedClockStep,
  plannedClockSteps,
  plannedOutages,
  plannedStoreTroubles,
} from "./plan-troubles.ts";

/** How a world is planned. */
export interface PlanOptions {
  /** How long it lasts, in hours; null: one episode, 20 to 90 seconds. */
  readonly hours?: number | null;
  /** Whether the machine's clock is set every few seconds, back more often than forth. */
  readonly setsClocks?: boolean;
}

/** A stretch of time in which much happens at once: sends that overlap, people, operators, faults, deaths. */
export interface Episode {
  readonly from: number;
  readonly until: number;
  readonly people: number;
  /** The number of the first campaign and notification in it. */
  readonly number: number;
}

/** The plan of a seed: always the same. A longer one is a row of episodes, with quiet hours between, on one store. */
export function planOf(
  seed: number,
  { hours = null, setsClocks = false }: PlanOptions = {},
): SimulationPlan {
  const dice = diceOf(seed);
  const people = dice.whole(8, 60);
  const world = {
    seed,
    luck: seed,
    people,
    teams: dice.whole(1, 3),
    ratePerSecond: dice.one([10, 25, 50]),
    latencyMs: dice.one([2, 15, 60, 400]),
    commitMs: dice.one([1, 1, 4, 25]),
    tokenMs: dice.one([2, 20, 250]),
  };
  const endAt = hours === null ? dice.whole(20_000, 90_000) : Math.round(hours * hourMs);
  const processes = dice.one(processCounts);
  const seesEnds = dice.chance(0.5);
  let plan: SimulationPlan = {
    ...world,
    campaigns: [],
    notifications: [],
    acts: [],
    weather: [],
    storeTroubles: [],
    outages: [],
    clockSteps: [],
    seesEnds,
    processes: plannedSkews(dice, processes),
    calmAt: endAt,
  };
  const episodes = hours === null ? [{ from: 0, until: endAt }] : [...spans(dice, endAt)];
  for (const { from, until } of episodes)
    plan = withEpisode(dice, plan, { from, until, people, number: numbersUsed(plan) });
  // Last, so that the world is else the same.
  return setsClocks ? { ...plan, clockSteps: plannedClockSteps(dice, episodes) } : plan;
}

/** One to three an hour, none longer than a minute and a half. */
function* spans(dice: Dice, endAt: number) {
  for (let hour = 0; hour < endAt; hour += hourMs) {
    const starts = dice.list(1, 3, () => hour + dice.whole(0, hourMs - 90_000));
    for (const from of starts.sort((a, b) => a - b))
      if (from + 20_000 < endAt)
        yield { from, until: Math.min(endAt, from + dice.whole(20_000, 90_000)) };
  }
}

function withEpisode(dice: Dice, plan: SimulationPlan, episode: Episode): SimulationPlan {
  const isShared = plan.processes.length > 1;
  const campaigns = dice.list(1, 4, (index) =>
    plannedCampaign(dice, episode, episode.number + index),
  );
  return {
    ...plan,
    campaigns: [...plan.campaigns, ...campaigns],
    notifications: [
      ...plan.notifications,
      ...dice.list(0, 10, (index) => plannedNotification(dice, episode, episode.number + index)),
    ],
    acts: [
      ...plan.acts,
      ...dice.list(0, 14, () => plannedAct(dice, episode, campaigns)),
      ...plannedDecisions(dice, episode, campaigns),
      ...plannedTeamActs(dice, episode, plan.teams),
    ],
    weather: [...plan.weather, ...plannedWeather(dice, episode)],
    storeTroubles: [...plan.storeTroubles, ...plannedStoreTroubles(dice, episode)],
    outages: [...plan.outages, ...plannedOutages(dice, episode)],
    clockSteps: [...plan.clockSteps, ...plannedClockStep(dice, episode)],
    processes: plan.processes.map(
      ({ ends, freezes, ...rest }): PlannedProcess => ({
        ...rest,
        ends: [...ends, ...plannedLifeEnds(dice, episode, isShared)],
        freezes: [...freezes, ...plannedFreezes(dice, episode, isShared)],
      }),
    ),
  };
}

function numbersUsed({ campaigns, notifications }: SimulationPlan): number {
  return Math.max(0, ...[...campaigns, ...notifications].map(({ number }) => number + 1));
}

const hourMs = 3_600_000;
const processCounts = Array.from({ length: 10 }, (_, index) =>
  // Half of the worlds have one process; the others share the lane among two to four.
  index < 5 ? 1 : index < 8 ? 2 : index < 9 ? 3 : processesMax,
);

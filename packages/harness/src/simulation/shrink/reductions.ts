import type { SimulationPlan } from "../plan/plan.ts";
import { endOf, keptBetween, shiftedBy, startOf, withPeople } from "./rewrite.ts";
import { simpler } from "./simpler.ts";

/** Smaller plans, made from one in one way; the largest steps first. */
export type Reduction = (plan: SimulationPlan) => Iterable<SimulationPlan>;

/** All ways to make a plan smaller, those that take the most away first. */
export const reductions: readonly Reduction[] = [
  shorter,
  fewerProcesses,
  without("weather"),
  without("outages"),
  without("storeTroubles"),
  without("clockSteps"),
  without("campaigns"),
  without("notifications"),
  without("acts"),
  fewerEnds,
  fewerFaults,
  surer,
  fewerPeople,
  closer,
  simpler,
  sooner,
];

/** Only what is in the first or the second half of the time, in its first or last three quarters, and so on. */
function* shorter(plan: SimulationPlan): Iterable<SimulationPlan> {
  const [from, until] = [startOf(plan), endOf(plan)];
  const length = until - from;
  for (const share of [2, 4, 8, 16]) {
    if (length / share < 1_000) break;
    yield keptBetween(plan, until - length / share, Number.POSITIVE_INFINITY);
    yield keptBetween(plan, 0, from + length / share);
    yield keptBetween(plan, from + length / share, Number.POSITIVE_INFINITY);
    yield keptBetween(plan, 0, until - length / share);
  }
}

/** One process less, or only one. */
function* fewerProcesses(plan: SimulationPlan): Iterable<SimulationPlan> {
  const { processes } = plan;
  if (processes.length < 2) return;
  for (const one of processes) yield { ...plan, processes: [one] };
  for (const index of processes.keys())
    yield { ...plan, processes: processes.filter((_, at) => at !== index) };
}

type ListName =
  | "weather"
  | "outages"
  | "storeTroubles"
  | "clockSteps"
  | "campaigns"
  | "notifications"
  | "acts";

/** Without all of a list, without half of it, a quarter of it … and each one. */
function without(name: ListName): Reduction {
  return function* (plan) {
    // Each list is put back where it was taken from; only the compiler does not know that they are of the same type.
    for (const fewer of sublists<unknown>(plan[name]))
      yield { ...plan, [name]: fewer } as SimulationPlan;
  };
}

function* sublists<T>(list: readonly T[]): Iterable<readonly T[]> {
  for (let size = list.length; size >= 1; size = Math.floor(size / 2))
    for (let at = 0; at < list.length; at += size)
      yield [...list.slice(0, at), ...list.slice(at + size)];
}

function* fewerEnds(plan: SimulationPlan): Iterable<SimulationPlan> {
  const { processes } = plan;
  for (const [index, one] of processes.entries()) {
    const replaced = (by: typeof one) => ({ ...plan, processes: processes.with(index, by) });
    for (const ends of sublists(one.ends)) yield replaced({ ...one, ends });
    for (const freezes of sublists(one.freezes)) yield replaced({ ...one, freezes });
    const { skewMs = 0, ...right } = one;
    if (skewMs !== 0) yield replaced(right);
  }
}

function* fewerFaults(plan: SimulationPlan): Iterable<SimulationPlan> {
  const { weather } = plan;
  for (const [index, one] of weather.entries()) {
    const replaced = (by: typeof one) => ({ ...plan, weather: weather.with(index, by) });
    for (const rates of sublists(one.rates)) yield replaced({ ...one, rates });
    for (const rules of sublists(one.rules ?? [])) yield replaced({ ...one, rules });
    // What always happens needs no luck, and so fewer people.
  }
}

function* fewerPeople(plan: SimulationPlan): Iterable<SimulationPlan> {
  const { people, teams } = plan;
  for (const fewer of [1, 2, 3, 5, 8, 13, 21, 34])
    if (fewer < people) yield withPeople(plan, fewer);
  if (people > 1) yield withPeople(plan, people - 1);
  if (teams > 1) yield { ...plan, teams: 1 };
}

/** What fails now and then fails always: that needs no luck, and so fewer people. */
function* surer(plan: SimulationPlan): Iterable<SimulationPlan> {
  const { weather, storeTroubles } = plan;
  for (const [index, one] of weather.entries())
    for (const [at, rate] of one.rates.entries()) {
      const rates = one.rates.with(at, { ...rate, share: 1 });
      if (rate.share < 1) yield { ...plan, weather: weather.with(index, { ...one, rates }) };
    }
  for (const [index, one] of storeTroubles.entries())
    if ("share" in one && one.share < 1)
      yield { ...plan, storeTroubles: storeTroubles.with(index, { ...one, share: 1 }) };
}

/** What an operator asks for comes soon after the campaign began, so that nothing else has to hold it up meanwhile. */
function* closer(plan: SimulationPlan): Iterable<SimulationPlan> {
  const begins = new Map(plan.campaigns.map(({ number, at }) => [number, at]));
  for (const [index, act] of plan.acts.entries()) {
    if (!("campaign" in act)) continue;
    const from = begins.get(act.campaign) ?? act.at;
    for (const ms of [150, 300, 600, 1_200, 2_500])
      if (act.at > from + ms)
        yield { ...plan, acts: plan.acts.with(index, { ...act, at: from + ms }) };
  }
}

/** What happens happens sooner: everything at once, and one thing after the other. */
function* sooner(plan: SimulationPlan): Iterable<SimulationPlan> {
  const early = startOf(plan) - 1_000;
  if (early > 100) yield shiftedBy(plan, -early);
  const end = endOf(plan) + 1_000;
  if (end < plan.calmAt) yield { ...plan, calmAt: end };
  const { campaigns, notifications, acts } = plan;
  const half = <T extends { readonly at: number }>(one: T) => ({ ...one, at: halfWay(one.at) });
  for (const [index, one] of campaigns.entries())
    if (one.at > 1_100) yield { ...plan, campaigns: campaigns.with(index, half(one)) };
  for (const [index, one] of notifications.entries())
    if (one.at > 1_100) yield { ...plan, notifications: notifications.with(index, half(one)) };
  for (const [index, one] of acts.entries())
    if (one.at > 1_100) yield { ...plan, acts: acts.with(index, half(one)) };
}

function halfWay(at: number): number {
  return 1_000 + Math.floor((at - 1_000) / 2);
}

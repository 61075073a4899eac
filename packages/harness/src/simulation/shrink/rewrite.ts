import type { PlannedProcess, SimulationPlan, Span } from "../plan/plan.ts";

/** When the first thing in a plan happens. */
export function startOf(plan: SimulationPlan): number {
  return Math.min(plan.calmAt, ...instantsOf(plan));
}

/** When the last thing in a plan that does not last begins, and spans end. */
export function endOf(plan: SimulationPlan): number {
  const ends = spansOf(plan).map(({ until }) => until);
  return Math.min(plan.calmAt, Math.max(0, ...instantsOf(plan), ...ends));
}

/** Only what begins at or after one instant, and before the other; spans are cut there. */
export function keptBetween(plan: SimulationPlan, from: number, until: number): SimulationPlan {
  const isIn = ({ at }: { readonly at: number }) => from <= at && at < until;
  const cut = <T extends Span>(spans: readonly T[]): readonly T[] =>
    spans
      .filter((span) => span.from < until && span.until > from)
      .map((span) => ({ ...span, until: Math.min(span.until, until) }));
  return {
    ...plan,
    campaigns: plan.campaigns.filter(isIn),
    notifications: plan.notifications.filter(isIn),
    acts: plan.acts.filter(isIn),
    clockSteps: plan.clockSteps.filter(isIn),
    weather: cut(plan.weather),
    storeTroubles: cut(plan.storeTroubles),
    outages: cut(plan.outages),
    processes: plan.processes.map(({ ends, freezes, ...rest }) => ({
      ...rest,
      ends: ends.filter((end) => end.from < until),
      freezes: cut(freezes),
    })),
    calmAt: Math.min(plan.calmAt, Number.isFinite(until) ? Math.ceil(until) : plan.calmAt),
  };
}

/** Everything `ms` later; nothing goes below zero. */
export function shiftedBy(plan: SimulationPlan, ms: number): SimulationPlan {
  const at = <T extends { readonly at: number }>(one: T) => ({ ...one, at: moved(one.at, ms) });
  const span = <T extends Span>(one: T) => ({
    ...one,
    from: moved(one.from, ms),
    until: moved(one.until, ms),
  });
  const process = ({ ends, freezes, ...rest }: PlannedProcess): PlannedProcess => ({
    ...rest,
    ends: ends.map((end) => ({ ...end, from: moved(end.from, ms) })),
    freezes: freezes.map(span),
  });
  return {
    ...plan,
    campaigns: plan.campaigns.map(at),
    notifications: plan.notifications.map(at),
    acts: plan.acts.map(at),
    clockSteps: plan.clockSteps.map(at),
    weather: plan.weather.map(span),
    storeTroubles: plan.storeTroubles.map(span),
    outages: plan.outages.map(span),
    processes: plan.processes.map(process),
    calmAt: moved(plan.calmAt, ms),
  };
}

/** With so many people; what was for others is for nobody, or for one of those. */
export function withPeople(plan: SimulationPlan, people: number): SimulationPlan {
  return {
    ...plan,
    people,
    acts: plan.acts.filter((act) => !("person" in act) || act.person < people),
    notifications: plan.notifications.map((one) =>
      "person" in one.to ? { ...one, to: { person: one.to.person % people } } : one,
    ),
  };
}

function instantsOf({ campaigns, notifications, acts, clockSteps }: SimulationPlan) {
  return [...campaigns, ...notifications, ...acts, ...clockSteps].map(({ at }) => at);
}

function spansOf({ weather, storeTroubles, outages, processes }: SimulationPlan): readonly Span[] {
  return [...weather, ...storeTroubles, ...outages, ...processes.flatMap(({ freezes }) => freezes)];
}

function moved(at: number, ms: number): number {
  return Math.max(0, Math.round(at + ms));
}

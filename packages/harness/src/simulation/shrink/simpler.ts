import type { PlannedCampaign, PlannedNotification, SimulationPlan } from "../plan/plan.ts";

/** Plans in which something is as usual that was not. */
export function* simpler(plan: SimulationPlan): Iterable<SimulationPlan> {
  yield* simplerOnes(plan, usualWorlds);
  const { campaigns, notifications, acts } = plan;
  for (const [index, act] of acts.entries())
    if ("isTwice" in act && act.isTwice === true)
      yield { ...plan, acts: acts.with(index, { ...act, isTwice: false }) };
  for (const [index, one] of campaigns.entries())
    for (const other of simplerOnes(one, usualCampaigns))
      yield { ...plan, campaigns: campaigns.with(index, other) };
  for (const [index, one] of notifications.entries())
    for (const other of [...simplerOnes(one, usualNotifications), ...shorterRows(one)])
      yield { ...plan, notifications: notifications.with(index, other) };
}

function simplerOnes<T extends object>(one: T, usual: readonly Partial<T>[]): readonly T[] {
  return usual.filter((part) => differs(one, part)).map((part) => ({ ...one, ...part }));
}

function shorterRows(one: PlannedNotification): readonly PlannedNotification[] {
  return [1, 2, 3].filter((row) => row < one.inARow).map((inARow) => ({ ...one, inARow }));
}

const usualWorlds: readonly Partial<SimulationPlan>[] = [
  { commitMs: 1 },
  { tokenMs: 2 },
  { latencyMs: 15 },
  { ratePerSecond: 10 },
];

const usualCampaigns: readonly Partial<PlannedCampaign>[] = [
  { audience: "some" },
  { audience: "everyone" },
  { priority: "normal" },
  { onUncertain: "resend" },
  { ratePerSecond: null },
  { expiresInMs: null },
  { sendInMs: null },
  { isAskedTwice: false },
  { isStartedTwice: false },
  { canary: null },
  { stopWhen: null },
  { recallInMs: null },
];

const usualNotifications: readonly Partial<PlannedNotification>[] = [
  { to: { person: 0 } },
  { priority: "normal" },
  { onUncertain: "resend" },
  { expiresInMs: null },
  { sendInMs: null },
];

/** Whether what is usual is another than what is there; an audience of some is left alone, as the smallest. */
function differs<T extends object>(one: T, usual: Partial<T>): boolean {
  if ("audience" in one && one.audience === "some" && "audience" in usual) return false;
  return Object.entries(usual).some(
    ([key, value]) => JSON.stringify(Reflect.get(one, key) ?? null) !== JSON.stringify(value),
  );
}

import type {
  PlannedAct,
  PlannedCampaign,
  PlannedEnd,
  PlannedGuards,
  PlannedNotification,
  PlannedOptions,
  PlannedStoreTrouble,
  PlannedTarget,
  PlannedWeather,
  SimulationPlan,
  Span,
} from "../plan/plan.ts";

/** A plan as a story: who is there, and what happens, in the order of time. */
export function retold(plan: SimulationPlan): readonly string[] {
  const { people, teams, ratePerSecond, latencyMs, commitMs, tokenMs, processes, calmAt } = plan;
  const events = [
    ...plan.campaigns.map((one) => ({ at: one.at, what: campaignOf(one) })),
    ...plan.notifications.map((one) => ({ at: one.at, what: notificationOf(one) })),
    ...plan.acts.map((one) => ({ at: one.at, what: actOf(one) })),
    ...plan.clockSteps.map(({ at, byMs }) => ({
      at,
      what: `the machine's clock is set ${byMs < 0 ? "back" : "forth"} by ${Math.abs(byMs)} ms`,
    })),
    ...plan.weather.map((one) => ({
      at: one.from,
      what: `until ${time(one.until)}: ${weatherOf(one)}`,
    })),
    ...plan.outages.map((one) => ({
      at: one.from,
      what: `until ${time(one.until)}: nobody answers`,
    })),
    ...plan.storeTroubles.map((one) => ({
      at: one.from,
      what: `until ${time(one.until)}: ${troubleOf(one)}`,
    })),
    ...processes.flatMap(({ ends, freezes }, index) => [
      ...ends.map((end) => ({ at: end.from, what: `process ${index} ${endOf(end)}` })),
      ...freezes.map((one: Span) => ({
        at: one.from,
        what: `process ${index} stands still until ${time(one.until)}`,
      })),
    ]),
    { at: calmAt, what: "from here on nothing goes wrong any more" },
  ].sort((a, b) => a.at - b.at);
  return [
    `${many(people, "person", "people")}, ${many(teams, "team")}, ${many(processes.length, "process", "processes")}; ` +
      `${ratePerSecond} requests a second; an answer takes ${latencyMs} ms, a commit ${commitMs}, a token ${tokenMs}${skewsOf(plan)}`,
    ...events.map(({ at, what }) => `${time(at).padStart(10)}  ${what}`),
  ];
}

function skewsOf({ processes }: SimulationPlan): string {
  const skews = processes.map(({ skewMs = 0 }) => skewMs);
  return skews.every((ms) => ms === 0) ? "" : `; their clocks are off by ${skews.join(", ")} ms`;
}

function campaignOf(one: PlannedCampaign): string {
  const traits = [
    ...traitsOf(one),
    ...(one.ratePerSecond === null ? [] : [`at most ${one.ratePerSecond} a second`]),
    ...(one.isAskedTwice ? ["asked for twice"] : []),
    ...(one.isStartedTwice ? ["started twice"] : []),
    ...guardsOf(one),
  ];
  return `campaign ${one.number} to ${one.audience.replaceAll("-", " ")} (${traits.join(", ")})`;
}

function notificationOf(one: PlannedNotification): string {
  const count =
    one.inARow === 1 ? "a notification" : `${one.inARow} notifications, one after the other,`;
  return `${count} n${one.number} to ${targetOf(one.to)} (${traitsOf(one).join(", ")})`;
}

function traitsOf({ priority, onUncertain, expiresInMs, sendInMs }: PlannedOptions) {
  return [
    priority,
    ...(onUncertain === "hold" ? ["uncertain is held"] : []),
    ...(sendInMs === null ? [] : [`to be sent ${sendInMs} ms later`]),
    ...(expiresInMs === null ? [] : [`expires after ${expiresInMs} ms`]),
  ];
}

function targetOf(to: PlannedTarget): string {
  const [kind, number] = Object.entries(to)[0] ?? ["nobody", ""];
  return kind === "general" ? `the General channel of team ${number}` : `${kind} ${number}`;
}

function actOf(act: PlannedAct): string {
  switch (act.act) {
    case "leave":
      return `person ${act.person} leaves team ${act.team}`;
    case "remove-team":
      return `the bot is taken out of team ${act.team}`;
    case "add-team":
      return `the bot is put into team ${act.team} again`;
    case "retry":
      return `an operator asks for what is ${act.of} of ${subjectOf(act)} to be tried again`;
    case "start":
    case "pause":
    case "resume":
    case "cancel":
    case "edit":
    case "recall":
      return `${act.isTwice === true ? "two operators ask" : "an operator asks"} for ${act.act} of ${subjectOf(act)}`;
    default:
      return `person ${act.person} ${does[act.act]}`;
  }
}

const does = {
  block: "blocks the bot",
  unblock: "unblocks the bot",
  uninstall: "removes the app",
  install: "installs the app",
  say: "writes to the bot",
  ask: "asks the bot, which answers",
} as const;

function subjectOf(act: { readonly campaign: number; readonly ofChange?: boolean }): string {
  return `${act.ofChange === true ? "the newest change of " : ""}campaign ${act.campaign}`;
}

function guardsOf({ canary, stopWhen, recallInMs }: PlannedGuards): readonly string[] {
  const first = canary == null ? "" : "count" in canary ? canary.count : `${canary.percent} %`;
  return [
    ...(canary == null ? [] : [`the first ${first} go first, then ${canary.then}`]),
    ...(stopWhen == null
      ? []
      : [`stops when more than ${stopWhen.failedPercent} % of ${stopWhen.atLeast} failed`]),
    ...(recallInMs == null ? [] : [`is deleted after ${recallInMs} ms`]),
  ];
}

function weatherOf({ rates, rules = [] }: PlannedWeather): string {
  const shares = rates.map(({ kind, share, ...how }) => `${percent(share)} ${kind}${details(how)}`);
  const named = rules.map(
    ({ kind, nth = 1, times, ...how }) =>
      `${kind} from request ${nth} on${times === undefined ? "" : `, ${times} times`}${details(how)}`,
  );
  return [...shares, ...named].join("; ") || "nothing goes wrong";
}

function troubleOf(trouble: PlannedStoreTrouble): string {
  if ("slowerMs" in trouble) return `each commit takes ${trouble.slowerMs} ms longer`;
  const { code, share, calls } = trouble;
  return `${percent(share)} of ${calls === null ? "the store's calls" : calls.join(", ")} fail with ${code}`;
}

function endOf(end: PlannedEnd): string {
  const back = `and comes back ${end.restartMs} ms later`;
  if ("stop" in end) return `is stopped, ${back}`;
  if ("answers" in end) return `is killed at its ${ordinal(end.answers)} answer, ${back}`;
  const call = end.call === "any" ? "call" : end.call;
  return `is killed at its ${ordinal(end.nth)} ${call}, ${end.takesEffect ? "which takes effect" : "before that takes effect"}, ${back}`;
}

function details(how: object): string {
  const said = Object.entries(how).map(([key, value]) => `${key} ${value}`);
  return said.length === 0 ? "" : ` (${said.join(", ")})`;
}

function many(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function time(ms: number): string {
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  const rest = `${String(minutes % 60).padStart(2, "0")}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;
  return `${Math.floor(minutes / 60)}:${rest}`;
}

function ordinal(number: number): string {
  const tail =
    number % 100 > 10 && number % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${tail}`;
}

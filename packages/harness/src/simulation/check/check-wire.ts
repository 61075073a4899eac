import type { FaultKind, Violation } from "@carillon/emulator";
import type { SimulationPlan } from "../plan/plan.ts";
import type { RunRecord, Start, Unreachable } from "../watch/record.ts";
import type { BrokenPromise, PromiseName } from "./promises.ts";
import { chatOf, type Seen, type Story } from "./story.ts";

/** Holds the requests at the wire against what was promised of them. */
export function checkWire(stories: readonly Story[], seen: Seen): readonly BrokenPromise[] {
  return [
    ...checkViolations(seen),
    ...checkBudget(seen),
    ...checkOrder(stories, seen),
    ...checkUnreachable(stories, seen),
  ];
}

/** What a client of Teams must never do; a send to somebody who just removed the app is judged apart. */
const promiseOf: Readonly<Partial<Record<Violation["kind"], PromiseName>>> = {
  "retry-after-ignored": "retry-after-obeyed",
  "wrong-audience": "tokens-stay-home",
  "wrong-host": "tokens-stay-home",
  "wrong-tenant": "tokens-stay-home",
};

function checkViolations({ emulator, record }: Seen): readonly BrokenPromise[] {
  return emulator.violations().flatMap(({ kind, at, operation, detail }) => {
    const promise = promiseOf[kind];
    const isDoubtful = record.doubts.some((from) => from < at && at < from + doubtMs);
    if (promise === undefined || (promise === "retry-after-obeyed" && isDoubtful)) return [];
    return [{ promise, what: `${at} ${operation}: ${detail}` }];
  });
}

/** The longest Retry-After of a plan, and the way there and back. */
const doubtMs = 10_000;

function checkBudget(seen: Seen): readonly BrokenPromise[] {
  const { plan, record, emulator } = seen;
  const broken: BrokenPromise[] = [];
  // Of all processes together.
  const times = record.starts.filter(({ kind }) => kind !== "token").map(({ at }) => at);
  const most = plan.ratePerSecond;
  const index = times.findIndex((at, index) => at - (times[index - most] ?? -1_000) < 1_000);
  if (index >= 0)
    broken.push({
      promise: "budget-kept",
      what: `more than ${most} requests start in the second up to ${times[index]}`,
    });
  const { throttled } = emulator.counts();
  if (throttled > 0 && isSteady(plan))
    broken.push({ promise: "budget-kept", what: `${throttled} requests were throttled` });
  return broken;
}

/** Whether nothing in the plan may lead to a 429: no fault that is one or repeats a request, and one process that goes on. */
function isSteady(plan: SimulationPlan): boolean {
  const { weather, outages } = plan;
  const faults = weather.flatMap(({ rates, rules = [] }) => [...rates, ...rules]);
  const isCause = ({ kind }: (typeof faults)[number]) => causes429.has(kind);
  return isAlone(plan) && outages.length === 0 && !faults.some(isCause);
}

const causes429: ReadonlySet<FaultKind> = new Set([
  "throttled",
  "throttled-silent",
  "unauthorized",
  "token-short-lived",
  "token-refused",
]);

/** Whether one process goes on from the beginning to the end. */
function isAlone({ processes }: SimulationPlan): boolean {
  const [one, ...others] = processes;
  return others.length === 0 && one?.ends.length === 0 && one.freezes.length === 0;
}

function checkOrder(
  stories: readonly Story[],
  { clients, record }: Seen,
): readonly BrokenPromise[] {
  const broken: BrokenPromise[] = [];
  const byMark = new Map(stories.map((story) => [story.mark, story]));
  for (const row of clients?.rows ?? [])
    for (const [index, mark] of row.entries()) {
      const before = row[index - 1] ?? "";
      const here = record.firstTries.get(mark);
      const first = record.firstTries.get(before);
      if (here === undefined || first === undefined || first.rank < here.rank) continue;
      if (madeAt(byMark.get(before), first.at) <= here.at) continue;
      broken.push({
        promise: "order-kept",
        what: `${mark} is tried at ${here.at}, ${before} not before ${first.at}`,
      });
    }
  return broken;
}

/**
 * When the first request was made for a campaign that was first sent at `sentAt`. The ledger knows of attempts, too, that only made
 * its conversation: by the lane's clock, which may be ahead.
 */
function madeAt(story: Story | undefined, sentAt: number): number {
  const attempts = story?.rows.flatMap((one) => one.attempts) ?? [];
  // Earlier ones were left behind by a process that never came to make them.
  const sent = attempts.find(({ operation, at }) => operation === "send" && at >= sentAt);
  const aheadMs = sent === undefined ? 0 : sent.at - sentAt;
  return Math.min(...attempts.map(({ at }) => at - aheadMs));
}

/** A campaign that began after somebody was lost asks nothing for them, while they are not back. */
function checkUnreachable(
  stories: readonly Story[],
  { record, emulator }: Seen,
): readonly BrokenPromise[] {
  const broken: BrokenPromise[] = [];
  const of = { byMark: new Map(stories.map((story) => [story.mark, story])), record };
  for (const lost of record.unreachable) {
    const chat = chatOf(emulator, lost.person);
    const sends = chat === null ? [] : record.startsAt(chat);
    const wrong = [
      ...within(sends, lost).filter((start) => isLate(start, lost, of)),
      ...within(record.createsFor(lost.person), lost).filter((start) => allLate(start, lost, of)),
    ];
    for (const { at, kind, mark } of wrong)
      broken.push({
        promise: "removed-left-alone",
        what: `${at}: ${kind} ${mark} to ${lost.person}, lost at ${lost.from}`,
      });
  }
  return broken;
}

function within(starts: readonly Start[], { from, until }: Unreachable): readonly Start[] {
  return starts.filter(({ at }) => from < at && at < until);
}

function isLate({ mark }: Start, lost: Unreachable, of: Stories): boolean {
  const story = mark === null ? undefined : of.byMark.get(mark);
  return story !== undefined && beganAfter(story, lost, of.record);
}

/** A request for the conversation alone does not say what it is for: it is wrong where nothing older was open. */
function allLate({ at }: Start, lost: Unreachable, { byMark, record }: Stories): boolean {
  return [...byMark.values()]
    .filter(({ campaign }) => (record.over.get(campaign.id) ?? Number.POSITIVE_INFINITY) >= at)
    .every((story) => beganAfter(story, lost, record));
}

function beganAfter({ campaign }: Story, lost: Unreachable, { began }: RunRecord): boolean {
  return (began.get(campaign.id) ?? Number.NEGATIVE_INFINITY) > lost.from;
}

interface Stories {
  readonly byMark: ReadonlyMap<string, Story>;
  readonly record: RunRecord;
}

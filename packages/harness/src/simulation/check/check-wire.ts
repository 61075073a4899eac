import type { Violation } from "@carillon/emulator";
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

function checkViolations({ plan, emulator, record }: Seen): readonly BrokenPromise[] {
  return emulator.violations().flatMap(({ kind, at, operation, detail }) => {
    const promise = promiseOf[kind];
    const isDoubtful =
      record.doubts.some((from) => from < at && at < from + doubtMs) ||
      (!isAlone(plan) && readOperations.has(operation));
    if (promise === undefined || (promise === "retry-after-obeyed" && isDoubtful)) return [];
    return [{ promise, what: `${at} ${operation}: ${detail}` }];
  });
}

/** Made by any process, also by one that does not hold the lane, and so has not heard what its holder was told. */
const readOperations: ReadonlySet<string> = new Set(["paged-members", "member"]);

/** The longest Retry-After of a plan, and the way there and back. */
const doubtMs = 10_000;

function checkBudget({ plan, record, emulator }: Seen): readonly BrokenPromise[] {
  const broken: BrokenPromise[] = [];
  const lives = new Set(record.starts.map(({ life }) => life));
  for (const life of lives) {
    const times = record.starts
      .filter((start) => start.life === life && start.kind !== "token")
      .map(({ at }) => at);
    const most = plan.ratePerSecond;
    const index = times.findIndex((at, index) => at - (times[index - most] ?? -1_000) < 1_000);
    if (index >= 0)
      broken.push({
        promise: "budget-kept",
        what: `life ${life} starts more than ${most} requests in the second up to ${times[index]}`,
      });
  }
  const { throttled } = emulator.counts();
  if (throttled > 0 && isSteady(plan))
    broken.push({ promise: "budget-kept", what: `${throttled} requests were throttled` });
  return broken;
}

/** Whether nothing in the plan may lead to a 429: no fault that is one or repeats a request, and one process that goes on. */
function isSteady(plan: SimulationPlan): boolean {
  const { faults, outages } = plan;
  const isCause = ({ kind }: SimulationPlan["faults"][number]) =>
    ["throttled", "throttled-silent", "unauthorized", "token-short-lived"].includes(kind);
  return isAlone(plan) && outages.length === 0 && !faults.some(isCause);
}

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
  for (const row of clients?.rows ?? [])
    for (const [index, mark] of row.entries()) {
      const before = row[index - 1];
      const here = record.tries.find((one) => one.mark === mark);
      if (before === undefined || here === undefined) continue;
      const first = record.tries.find((one) => one.mark === before);
      if (first !== undefined && !isTriedBefore(stories, record, before, here))
        broken.push({
          promise: "order-kept",
          what: `${mark} is tried at ${here.at}, ${before} not before ${first.at}`,
        });
    }
  return broken;
}

/** Whether a message was tried before another; the ledger knows of attempts, too, that only made its conversation. */
function isTriedBefore(
  stories: readonly Story[],
  { tries }: RunRecord,
  mark: string,
  here: RunRecord["tries"][number],
): boolean {
  if (tries.find((one) => one === here || one.mark === mark) !== here) return true;
  const rows = stories.find((story) => story.mark === mark)?.rows ?? [];
  return rows.some(({ attempts }) => attempts.some(({ at }) => at <= here.at));
}

/** A campaign that began after somebody was lost asks nothing for them, while they are not back. */
function checkUnreachable(
  stories: readonly Story[],
  { record, emulator }: Seen,
): readonly BrokenPromise[] {
  const broken: BrokenPromise[] = [];
  for (const lost of record.unreachable) {
    const chat = chatOf(emulator, lost.person);
    for (const start of record.starts) {
      if (start.at <= lost.from || start.at >= lost.until) continue;
      const isSend = start.place !== null && start.place === chat;
      const isCreate = start.member === lost.person;
      if ((isSend && isLate(stories, start, lost)) || (isCreate && allLate(stories, start, lost)))
        broken.push({
          promise: "removed-left-alone",
          what: `${start.at}: ${start.kind} ${start.mark} to ${lost.person}, lost at ${lost.from}`,
        });
    }
  }
  return broken;
}

function isLate(stories: readonly Story[], { mark }: Start, lost: Unreachable): boolean {
  const story = stories.find((one) => one.mark === mark);
  return story !== undefined && beganAfter(story, lost);
}

/** A request for the conversation alone does not say what it is for: it is wrong where nothing older was open. */
function allLate(stories: readonly Story[], { at }: Start, lost: Unreachable): boolean {
  return stories
    .filter(({ campaign }) => campaign.finishedAt === null || campaign.finishedAt >= at)
    .every((story) => beganAfter(story, lost));
}

function beganAfter({ campaign }: Story, lost: Unreachable): boolean {
  return campaign.startedAt !== null && campaign.startedAt > lost.from;
}

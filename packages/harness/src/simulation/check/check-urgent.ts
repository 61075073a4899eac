import { classRank } from "../../../../server/src/domain/campaign.ts";
import type { Hurry } from "../watch/decisions.ts";
import type { Start } from "../watch/record.ts";
import type { BrokenPromise } from "./promises.ts";
import type { Seen } from "./story.ts";

/** Counts what is less urgent and starts while something urgent waits: a few that were to start already, and the share of the others. */
export function checkUrgent(seen: Seen): readonly BrokenPromise[] {
  return seen.decisions.hurries.flatMap((hurry): BrokenPromise[] => {
    const waited = waitedOf(hurry, seen);
    if (waited === null || waited.overtaking <= allowed(waited.ofItsRank)) return [];
    const { first, overtaking } = waited;
    const what = `${hurry.mark} (${hurry.trafficClass}) starts ${first.at - hurry.at} ms after it was stored, and ${overtaking} that are less urgent start meanwhile`;
    return [{ promise: "urgent-first", what }];
  });
}

interface Waited {
  readonly first: Start;
  /** How many that are less urgent started after the service could know of it. */
  readonly overtaking: number;
  /** How many that are as urgent did. */
  readonly ofItsRank: number;
}

/** How it waited; null where it may have waited for something else than its turn. */
export function waitedOf(hurry: Hurry, seen: Seen): Waited | null {
  const { mark, trafficClass, at } = hurry;
  const { record, decisions, plan } = seen;
  const rank = classRank(trafficClass);
  const first = record.startsOf.get(mark)?.[0];
  if (rank > 0 || first === undefined || first.place === null) return null;
  const from = at + learnMs + turns * plan.commitMs;
  if (first.at <= from || isHeldUp(first, hurry, seen)) return null;
  const meanwhile = record.starts.filter(
    (start) => start.life === first.life && from < start.at && start.at < first.at,
  );
  const ranked = meanwhile.flatMap((start) => {
    const of = start.mark === null ? undefined : decisions.classes.get(start.mark);
    return of === undefined ? [] : [classRank(of)];
  });
  const overtaking = ranked.filter((one) => one > rank).length;
  return { first, overtaking, ofItsRank: ranked.length - overtaking };
}

/** Whether something else may have held it up: its conversation, the store, a process that stood still or came only now. */
function isHeldUp({ at: startedAt, place, life }: Start, { at }: Hurry, seen: Seen): boolean {
  const { record, plan } = seen;
  const origin = seen.startedAt;
  const overlaps = ({ from, until }: { readonly from: number; readonly until: number }) =>
    origin + from < startedAt && origin + until > at - windowMs;
  const there = place === null ? [] : record.startsAt(place);
  const isThereBusy = there.some((one) => at - windowMs < one.at && one.at < startedAt);
  const isTaken = record.cutOffs.some((cut) => at - windowMs < cut.at && cut.at < startedAt);
  const begins = record.starts.find((start) => start.life === life)?.at ?? startedAt;
  return (
    isThereBusy ||
    isTaken ||
    begins > at ||
    plan.storeTroubles.some(overlaps) ||
    plan.processes.some(({ freezes }) => freezes.some(overlaps)) ||
    plan.clockSteps.some((step) => overlaps({ from: step.at, until: step.at + windowMs }))
  );
}

/** Of twenty-two starts three are kept for those that are less urgent. */
function allowed(ofItsRank: number): number {
  return startedAlready + Math.ceil((ofItsRank * 3) / 19);
}

/** Another process hears of it by looking, twice a second. */
const learnMs = 1_000;
/** One turn is under way, the next one claims it. */
const turns = 4;
const startedAlready = 3;
/** The longest window of a conversation. */
const windowMs = 30_500;

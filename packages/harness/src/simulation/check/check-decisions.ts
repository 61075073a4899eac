import type { Start } from "../watch/record.ts";
import type { BrokenPromise } from "./promises.ts";
import type { Seen, Story } from "./story.ts";

/** Holds what became of campaigns against what authors and operators wanted. */
export function checkDecisions(stories: readonly Story[], seen: Seen): readonly BrokenPromise[] {
  return [
    ...checkRetries(stories, seen),
    ...checkHeld(stories, seen),
    ...checkCaps(seen),
    ...checkQuestions(stories, seen),
    ...checkClicks(seen),
  ];
}

function checkRetries(stories: readonly Story[], { decisions }: Seen): readonly BrokenPromise[] {
  const byId = new Map(stories.map((story) => [story.campaign.id, story]));
  return decisions.retries.flatMap(({ id, rows }): BrokenPromise[] => {
    const story = byId.get(id);
    // A cancel, or a recall, gives up what was to be tried again.
    if (story === undefined || story.campaign.state === "cancelled") return [];
    if (story.campaign.recalledAt !== null) return [];
    return story.rows.flatMap(({ mark, delivery }) => {
      const before = rows.get(delivery.recipient);
      if (before === undefined || before.retriedAt !== delivery.retriedAt) return [];
      const what = `${mark} ${delivery.recipient} was ${before.state} when a retry was asked for, and was not tried again`;
      return [{ promise: "retry-complete", what }];
    });
  });
}

function checkHeld(stories: readonly Story[], { decisions }: Seen): readonly BrokenPromise[] {
  return stories
    .filter(({ mark }) => decisions.held.has(mark))
    .flatMap(({ campaign, rows }) =>
      rows.flatMap(({ mark, delivery: { recipient, resent } }): BrokenPromise[] => {
        const allowed = decisions.retries.filter(
          (one) => one.id === campaign.id && one.rows.get(recipient)?.state === "uncertain",
        ).length;
        const what = `${mark} ${recipient} was sent again ${resent} times, and that was asked for ${allowed} times`;
        return resent > allowed ? [{ promise: "uncertain-held", what }] : [];
      }),
    );
}

/**
 * Requests that carry the campaign's message, and those that put an edition in its place, each by itself; what makes a
 * conversation, or deletes, does not say what it is for.
 */
function checkCaps({ decisions, record }: Seen): readonly BrokenPromise[] {
  const editions = groupedBy(record.starts, ({ edition = "" }) => edition);
  return [...decisions.begun].flatMap(([mark, { planned }]): BrokenPromise[] => {
    const most = planned.ratePerSecond;
    if (most === null) return [];
    const updates = [...editions].filter(([edition]) => edition.startsWith(`${mark} `));
    return [record.startsOf.get(mark) ?? [], ...updates.map(([, starts]) => starts)].flatMap(
      (starts) => checkCap(starts, { mark, most }),
    );
  });
}

function checkCap(
  all: readonly Start[],
  { mark, most }: { readonly mark: string; readonly most: number },
): readonly BrokenPromise[] {
  return [...groupedBy(all, ({ life }) => life)].flatMap(([life, starts]): BrokenPromise[] => {
    const index = starts.findIndex(({ at }, nth) => {
      const before = starts[nth - most];
      return before !== undefined && at - before.at < 1_000;
    });
    const what = `${mark}: life ${life} starts more than ${most} in the second up to ${starts[index]?.at}`;
    return index < 0 ? [] : [{ promise: "cap-kept", what }];
  });
}

function checkQuestions(stories: readonly Story[], { decisions }: Seen): readonly BrokenPromise[] {
  const there = new Set(stories.map(({ mark }) => mark));
  return [...decisions.questions]
    .filter((mark) => !there.has(mark) && !decisions.refusedAnswers.has(mark))
    .map((mark) => ({
      promise: "questions-answered",
      what: `${mark} was taken, and not answered`,
    }));
}

/** Another step at about the same time may come between the two. */
function checkClicks({ decisions, plan, startedAt }: Seen): readonly BrokenPromise[] {
  return decisions.disagreed.flatMap(({ mark, act, at }): BrokenPromise[] => {
    const near = plan.acts.filter(
      (one) =>
        "campaign" in one &&
        mark === `mark-${one.campaign}-` &&
        Math.abs(startedAt + one.at - at) < aboutMs,
    );
    const what = `${at}: of two who asked ${mark} for ${act} at once, one was refused`;
    return near.length > 1 ? [] : [{ promise: "clicks-agree", what }];
  });
}

const aboutMs = 30_000;

function groupedBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

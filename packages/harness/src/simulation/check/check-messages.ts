import type { AcceptedMessage, Emulator } from "@carillon/emulator";
import { markIn } from "../watch/message-marks.ts";
import type { RunRecord } from "../watch/record.ts";
import type { BrokenPromise } from "./promises.ts";
import type { Row, Seen, Story } from "./story.ts";

/** Holds what arrived against what the ledger says of it, row by row. */
export function checkMessages(
  stories: readonly Story[],
  { emulator, record }: Seen,
): readonly BrokenPromise[] {
  const arrived = arrivals(emulator);
  const broken: BrokenPromise[] = [];
  const expected = new Set<string>();
  for (const row of stories.flatMap(({ rows }) => rows)) {
    const key = keyOf(row.mark, row.place);
    expected.add(key);
    broken.push(...checkRow(row, arrived.get(key) ?? []), ...checkAttempts(row, record));
  }
  for (const key of arrived.keys())
    if (!expected.has(key))
      broken.push({ promise: "arrived-recorded", what: `${key} arrived, and has no delivery` });
  return broken;
}

function checkRow(
  { mark, delivery, attempts }: Row,
  messages: readonly AcceptedMessage[],
): readonly BrokenPromise[] {
  const who = `${mark} ${delivery.recipient}`;
  const uncertain = attempts.filter(({ outcome }) => outcome.kind === "uncertain").length;
  if (delivery.state !== "accepted")
    return messages.length > uncertain
      ? [
          {
            promise: "arrived-recorded",
            what: `${who} is ${delivery.state}, ${messages.length} arrived, ${uncertain} were uncertain`,
          },
        ]
      : [];
  const known = messages.some(({ activityId }) => activityId === delivery.activityId);
  if (messages.length === 0 || (!known && delivery.activityId !== null))
    return [
      {
        promise: "accepted-arrived",
        what: `${who} is accepted as ${delivery.activityId}, which did not arrive`,
      },
    ];
  if (messages.length > 1 + delivery.resent)
    return [
      {
        promise: "no-silent-duplicate",
        what: `${who} got ${messages.length} messages, and ${delivery.resent} resends are recorded`,
      },
    ];
  return [];
}

/**
 * Every request that carried the message is one of the row's attempts; but a 401 is the lane's, and so is the repeat that
 * follows it, and a life that was cut off may not have written its last turn.
 */
function checkAttempts(
  { mark, delivery, place }: Row,
  record: RunRecord,
): readonly BrokenPromise[] {
  const made = (record.startsOf.get(mark) ?? []).filter(
    (start) =>
      start.place === place &&
      start.status !== null &&
      start.status !== 401 &&
      !record.mayBeLost(start, delivery),
  ).length;
  if (made <= delivery.attempts) return [];
  const what = `${mark} ${delivery.recipient}: ${made} requests, ${delivery.attempts} attempts`;
  return [{ promise: "attempts-recorded", what }];
}

/** Messages by mark and place. */
function arrivals(emulator: Emulator): ReadonlyMap<string, readonly AcceptedMessage[]> {
  const arrived = new Map<string, AcceptedMessage[]>();
  for (const message of emulator.acceptedMessages()) {
    const { thread, activityId, conversationId } = message;
    const isReply = thread !== null && thread !== activityId;
    const place = isReply ? `${conversationId};messageid=${thread}` : conversationId;
    const key = keyOf(markIn(message.body) ?? "unmarked", place);
    const list = arrived.get(key);
    if (list === undefined) arrived.set(key, [message]);
    else list.push(message);
  }
  return arrived;
}

function keyOf(mark: string, place: string | null): string {
  return `${mark} ${place}`;
}

import type { InboxMessage } from "@carillon/emulator";
import type { RecipientKey } from "../../../../server/src/domain/ids.ts";
import type {
  CampaignChange,
  DeliveryChange,
} from "../../../../server/src/engine/ports/change-store.ts";
import type { LedgerStore } from "../../../../server/src/engine/ports/store.ts";
import { editionIn, markIn } from "../watch/message-marks.ts";
import type { BrokenPromise } from "./promises.ts";
import type { Row, Seen, Story } from "./story.ts";

/** Holds what people see against the edits and recalls that were made: everybody sees the newest, or is reported. */
export async function checkChanges(
  ledger: LedgerStore,
  stories: readonly Story[],
  seen: Seen,
): Promise<readonly BrokenPromise[]> {
  const shown = shownIn(seen);
  const faults = seen.plan.weather.flatMap(({ rates, rules = [] }) => [...rates, ...rules]);
  const isLiedTo = faults.some(({ kind }) => kind === "activity-not-found");
  const broken: BrokenPromise[] = [];
  for (const story of stories) {
    const changed = await changedOf(ledger, story);
    if (changed !== null) broken.push(...checkChanged({ ...changed, isLiedTo }, shown));
    broken.push(...checkRecallAt(story, seen));
  }
  return broken;
}

/** The newest change and what it reports; null where there is none, or it did not come to its end. */
async function changedOf(
  ledger: LedgerStore,
  story: Story,
): Promise<Omit<Changed, "isLiedTo"> | null> {
  const { id, revision } = story.campaign;
  const [newest] = revision === 0 ? [] : await ledger.changesOf(id, 1);
  // A change that an operator cancelled has not reached everybody, and does not say so.
  if (newest?.state !== "finished") return null;
  const recipients = story.rows.map(({ delivery }) => delivery.recipient);
  const reports = await ledger.changesTo(id, recipients);
  return { story, newest, reports: new Map(reports.map((one) => [one.recipient, one])) };
}

function checkChanged(
  changed: Changed,
  shown: ReadonlyMap<string, readonly InboxMessage[]>,
): readonly BrokenPromise[] {
  const isRecall = changed.newest.kind === "recall";
  const promise = isRecall ? "recall-reaches-all" : "edit-reaches-all";
  return changed.story.rows.flatMap((row): BrokenPromise[] => {
    const messages = shown.get(`${row.mark} ${row.place}`) ?? [];
    const what = isRecall ? checkGone(row, messages, changed) : checkShown(row, messages, changed);
    return what === null ? [] : [{ promise, what }];
  });
}

interface Changed {
  readonly story: Story;
  readonly newest: CampaignChange;
  readonly reports: ReadonlyMap<RecipientKey, DeliveryChange>;
  /** Whether Teams is made to deny messages that are there. */
  readonly isLiedTo: boolean;
}

/** After a recall: what is still to be seen, unless the recall says so. Copies whose id nobody knows are counted as resent. */
function checkGone(
  { mark, delivery }: Row,
  messages: readonly InboxMessage[],
  { newest, reports, isLiedTo }: Changed,
): string | null {
  const { recipient, resent, activityId } = delivery;
  const report = reports.get(recipient);
  // Where a fault says that a message is gone which is not, the recall believes it, and says so.
  const isReported =
    report?.id === newest.id &&
    (report.state !== "accepted" || (isLiedTo && report.detail !== null));
  const isKnown = messages.some((message) => message.activityId === activityId);
  if (isReported || (messages.length <= resent && !isKnown)) return null;
  const told = report === undefined ? "says nothing of it" : `calls it ${report.state}`;
  return `${mark} ${recipient} sees ${messages.length}, ${resent} were resent, and recall ${newest.id} ${told}`;
}

/** After an edit: an accepted message that shows another text than the newest, unless the edit says so. */
function checkShown(
  { mark, delivery }: Row,
  messages: readonly InboxMessage[],
  { newest, reports, story }: Changed,
): string | null {
  const { recipient, state, activityId } = delivery;
  const message = messages.find((one) => one.activityId === activityId);
  if (state !== "accepted" || message === undefined) return null;
  const report = reports.get(recipient);
  const isReported = report?.id === newest.id && report.state !== "accepted";
  const shown = editionIn(textOf(message));
  const wanted = editionIn(JSON.stringify(story.campaign.message));
  if (isReported || shown === wanted) return null;
  const told = report === undefined ? "says nothing of it" : `calls it ${report.state}`;
  return `${mark} ${recipient} sees edition ${shown}, the newest is ${wanted}, and edit ${newest.id} ${told}`;
}

function checkRecallAt({ mark, campaign }: Story, { machineNow }: Seen): readonly BrokenPromise[] {
  const { recallAt, recalledAt, startedAt } = campaign;
  if (recallAt === null || startedAt === null || recalledAt !== null) return [];
  const late = machineNow - recallAt;
  return late < graceMs
    ? []
    : [{ promise: "recalled-in-time", what: `${mark} was to be recalled ${late} ms ago` }];
}

/** What conversations show of each mark: the bot's messages that are not deleted. */
function shownIn({ emulator }: Seen): ReadonlyMap<string, readonly InboxMessage[]> {
  const conversations = new Set<string>();
  for (const { conversationId } of emulator.acceptedMessages()) conversations.add(conversationId);
  const shown = new Map<string, InboxMessage[]>();
  for (const conversation of conversations)
    for (const message of emulator.inbox(conversation)) {
      if (message.deleted || message.from.kind !== "bot") continue;
      const { thread, activityId } = message;
      const isReply = thread !== null && thread !== activityId;
      const place = isReply ? `${conversation};messageid=${thread}` : conversation;
      const key = `${markIn(textOf(message)) ?? ""} ${place}`;
      shown.set(key, [...(shown.get(key) ?? []), message]);
    }
  return shown;
}

function textOf({ activity }: InboxMessage): string {
  return JSON.stringify(activity ?? {});
}

/** The planner looks twice a second; a process may have to begin anew. */
const graceMs = 60_000;

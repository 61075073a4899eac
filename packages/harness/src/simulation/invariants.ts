import type { AcceptedMessage, Emulator, Violation } from "@carillon/emulator";
import { deliveryStates, isFinal } from "../../../server/src/domain/delivery.ts";
import type { CampaignId } from "../../../server/src/domain/ids.ts";
import type { Attempt, Delivery, LedgerStore } from "../../../server/src/engine/ports/store.ts";
import { markIn } from "./message-marks.ts";

/** One campaign or notification of a run, and how its messages are marked. */
export interface Sent {
  readonly id: CampaignId;
  readonly mark: string;
}

/** What a client of Teams must never do; a send to somebody who just removed the app is no fault of ours. */
const ourViolations: ReadonlySet<Violation["kind"]> = new Set([
  "retry-after-ignored",
  "wrong-audience",
  "wrong-host",
  "wrong-tenant",
  "too-large",
]);

/** Checks a whole run against the promises. Answers each broken one in a sentence. */
export async function brokenPromises(
  emulator: Emulator,
  ledger: LedgerStore,
  sent: readonly Sent[],
): Promise<readonly string[]> {
  const arrived = arrivals(emulator);
  const broken: string[] = [];
  for (const one of sent) broken.push(...(await brokenIn(ledger, one, arrived)));
  const marks = new Set(sent.map(({ mark }) => mark));
  for (const key of arrived.keys()) {
    const mark = markIn(key);
    if (mark === null || !marks.has(mark))
      broken.push(`a message arrived that nobody sent: ${key}`);
  }
  for (const violation of emulator.violations())
    if (ourViolations.has(violation.kind))
      broken.push(`${violation.at} ${violation.kind} ${violation.operation}: ${violation.detail}`);
  return broken;
}

async function brokenIn(
  ledger: LedgerStore,
  { id, mark }: Sent,
  arrived: ReadonlyMap<string, readonly AcceptedMessage[]>,
): Promise<readonly string[]> {
  const broken: string[] = [];
  const { counts, resent } = await ledger.counts(id);
  const recount = Object.fromEntries(deliveryStates.map((state) => [state, 0]));
  let resentRecount = 0;
  const seen = new Set<string>();
  for await (const delivery of deliveriesOf(ledger, id)) {
    const who = `${mark} ${delivery.recipient}`;
    recount[delivery.state] = (recount[delivery.state] ?? 0) + 1;
    resentRecount += delivery.resent;
    if (!isFinal(delivery.state)) broken.push(`${who} is ${delivery.state} at the end`);
    if (seen.has(delivery.recipient)) broken.push(`${who} is in the ledger twice`);
    seen.add(delivery.recipient);
    const attempts = await ledger.attemptsOf(id, delivery.recipient);
    const messages = arrived.get(keyOf(mark, delivery.conversationId)) ?? [];
    broken.push(...brokenAt(who, delivery, attempts, messages));
  }
  for (const state of deliveryStates)
    if (counts[state] !== recount[state])
      broken.push(`${mark}: ${counts[state]} ${state} counted, ${recount[state]} there`);
  if (resent !== resentRecount)
    broken.push(`${mark}: ${resent} resent counted, ${resentRecount} there`);
  const known = [...arrived.entries()].filter(([key]) => key.startsWith(mark));
  if (known.length > seen.size)
    broken.push(`${mark}: messages in more conversations than deliveries`);
  return broken;
}

function brokenAt(
  who: string,
  delivery: Delivery,
  attempts: readonly Attempt[],
  messages: readonly AcceptedMessage[],
): readonly string[] {
  const uncertain = attempts.filter(({ outcome }) => outcome.kind === "uncertain").length;
  if (delivery.state === "accepted") {
    if (messages.length === 0) return [`${who} is accepted, and nothing arrived`];
    const known = messages.some(({ activityId }) => activityId === delivery.activityId);
    if (!known && delivery.activityId !== null)
      return [`${who} is accepted as ${delivery.activityId}, which did not arrive`];
    if (messages.length > 1 + delivery.resent)
      return [
        `${who} got ${messages.length} messages, and ${delivery.resent} resends are recorded`,
      ];
    return [];
  }
  if (messages.length > uncertain)
    return [`${who} is ${delivery.state}, ${messages.length} arrived, ${uncertain} were uncertain`];
  return [];
}

/** Messages by campaign and conversation. */
function arrivals(emulator: Emulator): ReadonlyMap<string, readonly AcceptedMessage[]> {
  const arrived = new Map<string, AcceptedMessage[]>();
  for (const message of emulator.acceptedMessages()) {
    const key = keyOf(markIn(message.body) ?? "unmarked", message.conversationId);
    const list = arrived.get(key);
    if (list === undefined) arrived.set(key, [message]);
    else list.push(message);
  }
  return arrived;
}

function keyOf(mark: string, conversationId: string | null): string {
  return `${mark} ${conversationId}`;
}

async function* deliveriesOf(ledger: LedgerStore, id: CampaignId): AsyncGenerator<Delivery> {
  let cursor: string | undefined;
  do {
    const page = await ledger.listDeliveries(id, {
      limit: 500,
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield* page.items;
    cursor = page.next;
  } while (cursor !== undefined);
}

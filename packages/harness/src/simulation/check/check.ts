import type { Emulator } from "@carillon/emulator";
import { deliveryStates, isFinal } from "../../../../server/src/domain/delivery.ts";
import type { CampaignId } from "../../../../server/src/domain/ids.ts";
import type { Delivery, LedgerStore } from "../../../../server/src/engine/ports/store.ts";
import { placeOf } from "../watch/requests.ts";
import type { Sent } from "../world/clients.ts";
import { checkAudience } from "./check-audience.ts";
import { checkMessages } from "./check-messages.ts";
import { checkWire } from "./check-wire.ts";
import type { BrokenPromise } from "./promises.ts";
import { chatOf, type Row, type Seen, type Story } from "./story.ts";

/** Holds a whole run against every promise that can be judged at its end. */
export async function brokenPromises(
  ledger: LedgerStore,
  seen: Seen,
): Promise<readonly BrokenPromise[]> {
  const broken: BrokenPromise[] = [];
  const stories: Story[] = [];
  for (const one of seen.sent) {
    const campaign = await ledger.getCampaign(one.id);
    if (campaign === null) continue;
    const rows = await rowsOf(ledger, one, seen.emulator);
    stories.push({ mark: one.mark, campaign, rows });
    broken.push(...(await checkTotals(ledger, one, rows)));
  }
  broken.push(...checkEnds(stories), ...checkOnce(stories));
  broken.push(...checkMessages(stories, seen), ...checkWire(stories, seen));
  broken.push(...checkAudience(stories, seen));
  return broken;
}

async function rowsOf(
  ledger: LedgerStore,
  { id, mark }: Sent,
  emulator: Emulator,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const delivery of deliveriesOf(ledger, id)) {
    const attempts = await ledger.attemptsOf(id, delivery.recipient);
    const place = placeOf(delivery.recipient, (person) => chatOf(emulator, person));
    rows.push({ mark, delivery, attempts, place });
  }
  return rows;
}

async function checkTotals(
  ledger: LedgerStore,
  { id, mark }: Sent,
  rows: readonly Row[],
): Promise<readonly BrokenPromise[]> {
  const broken: BrokenPromise[] = [];
  const { counts, resent } = await ledger.counts(id);
  const differs = (what: string, counted: number, there: number) => {
    if (counted !== there)
      broken.push({
        promise: "totals-add-up",
        what: `${mark}: ${counted} ${what} counted, ${there} there`,
      });
  };
  for (const state of deliveryStates)
    differs(state, counts[state], rows.filter(({ delivery }) => delivery.state === state).length);
  differs("in total", counts.total, rows.length);
  differs(
    "resent",
    resent,
    rows.reduce((sum, { delivery }) => sum + delivery.resent, 0),
  );
  return broken;
}

function checkEnds(stories: readonly Story[]): readonly BrokenPromise[] {
  const broken: BrokenPromise[] = [];
  for (const { mark, campaign, rows } of stories) {
    const recipients = new Set<string>();
    for (const { delivery } of rows) {
      const { recipient, state } = delivery;
      const open = !isFinal(state) && campaign.state !== "draft";
      if (open) broken.push(everyEnds(`${mark} ${recipient} is ${state} at the end`));
      if (recipients.has(recipient)) broken.push(everyEnds(`${mark} ${recipient} is there twice`));
      recipients.add(recipient);
    }
  }
  return broken;
}

function everyEnds(what: string): BrokenPromise {
  return { promise: "every-delivery-ends", what };
}

function checkOnce(stories: readonly Story[]): readonly BrokenPromise[] {
  const marks = stories.map(({ mark }) => mark);
  return marks
    .filter((mark, index) => marks.indexOf(mark) !== index)
    .map((mark) => ({ promise: "made-once", what: `${mark} is there more than once` }));
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

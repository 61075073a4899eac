import type { Emulator } from "@carillon/emulator";
import { isFinal } from "../../../../server/src/domain/delivery.ts";
import type { LedgerStore } from "../../../../server/src/engine/ports/store.ts";
import { placeOf } from "../watch/requests.ts";
import { deliveriesOf } from "./audit.ts";
import { checkAudience } from "./check-audience.ts";
import { checkChanges } from "./check-changes.ts";
import { checkDecisions } from "./check-decisions.ts";
import { checkMessages } from "./check-messages.ts";
import { checkUrgent } from "./check-urgent.ts";
import { checkWire } from "./check-wire.ts";
import type { BrokenPromise } from "./promises.ts";
import type { Sent } from "./sent.ts";
import { chatOf, type Row, type Seen, type Story } from "./story.ts";

/** Holds a whole run against every promise that can be judged at its end only. */
export async function brokenPromises(
  ledger: LedgerStore,
  seen: Seen,
): Promise<readonly BrokenPromise[]> {
  const stories = await storiesOf(ledger, seen, seen.sent);
  const changes = await storiesOf(
    ledger,
    seen,
    [...seen.decisions.changes].map((id) => ({ id, mark: id })),
  );
  return [
    ...checkEnds([...stories, ...changes]),
    ...checkOnce(stories),
    ...checkExplained([...stories, ...changes]),
    ...checkMessages(stories, seen),
    ...checkWire(stories, seen),
    ...checkAudience(stories, seen),
    ...(await checkChanges(ledger, stories, seen)),
    ...checkDecisions(stories, seen),
    ...checkUrgent(seen),
  ];
}

async function storiesOf(
  ledger: LedgerStore,
  { emulator }: Seen,
  sent: readonly Sent[],
): Promise<readonly Story[]> {
  const stories: Story[] = [];
  for (const one of sent) {
    const campaign = await ledger.getCampaign(one.id);
    if (campaign === null) continue;
    stories.push({ mark: one.mark, campaign, rows: await rowsOf(ledger, one, emulator) });
  }
  return stories;
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
  const known = new Set<string>();
  return stories.flatMap(({ mark }): BrokenPromise[] => {
    const isAgain = known.has(mark);
    known.add(mark);
    return isAgain ? [{ promise: "made-once", what: `${mark} is there more than once` }] : [];
  });
}

function checkExplained(stories: readonly Story[]): readonly BrokenPromise[] {
  return stories
    .flatMap(({ rows }) => rows)
    .flatMap((row) => {
      const missing = missingOf(row);
      if (missing === null) return [];
      const { mark, delivery } = row;
      const what = `${mark} ${delivery.recipient} is ${delivery.state}, and ${missing}`;
      return [{ promise: "explained", what }];
    });
}

/** What somebody would miss who asks why a row is what it is; null: nothing. */
function missingOf({ delivery, attempts }: Row): string | null {
  const { state, code } = delivery;
  if (state === "accepted" || !isFinal(state)) return null;
  if (code === null) return "no code says why";
  if (attempts.some(({ decision }) => decision === ""))
    return "an attempt does not say what was decided";
  if (state === "uncertain" && attempts.length === 0) return "no attempt is recorded";
  return null;
}

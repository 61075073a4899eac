import type { DeliveryState } from "@carillon/client";
import { reasonWords } from "../campaign-report.ts";
import { type Command, type Given, UsageError } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import type { Io } from "../io.ts";
import { pageOf, pageOptions } from "../page-options.ts";
import { printPage } from "../print-page.ts";
import { instantWords } from "../terminal/words.ts";

/** `carillon campaign deliveries`: who got it, and who did not and why. */
export const campaignDeliveries: Command = {
  name: "campaign deliveries",
  about: "List what became of each recipient of a campaign.",
  arguments: [
    { name: "ID", about: "the campaign's id; `carillon campaign list` shows it.", required: true },
  ],
  options: {
    state: { about: "Only those in this state, such as failed or uncertain.", value: "STATE" },
    ...pageOptions,
    ...serviceOptions,
  },
  examples: ["carillon campaign deliveries cmp_0mf3k9t2q --state uncertain"],
  run: runDeliveries,
};

const states: readonly DeliveryState[] = [
  "pending",
  "sending",
  "accepted",
  "failed",
  "skipped",
  "cancelled",
  "uncertain",
];

async function runDeliveries(given: Given, io: Io): Promise<number> {
  const part = pageOf(given);
  const state = stateOf(given.text("state"));
  const client = await connect(given, io);
  const id = given.argument("ID") ?? "";
  const page = await client.campaigns.deliveries(id, {
    ...part,
    ...(state === undefined ? {} : { state }),
  });
  return printPage(page, given, io, {
    command: `campaign deliveries ${id}${state === undefined ? "" : ` --state ${state}`}`,
    nothing:
      state === undefined ? "It has no deliveries yet." : `None of its deliveries is ${state}.`,
    columns: [
      { title: "recipient" },
      { title: "state" },
      { title: "changed" },
      { title: "why", shrinks: true },
    ],
    row: (one) => [
      one.recipient,
      one.state,
      instantWords(one.updatedAt),
      one.code === null ? "-" : reasonWords(one.code),
    ],
  });
}

function stateOf(word: string | undefined): DeliveryState | undefined {
  if (word === undefined) return undefined;
  const state = states.find((one) => one === word);
  if (state !== undefined) return state;
  throw new UsageError(`--state is "${word}": it must be ${states.join(" or ")}.`);
}

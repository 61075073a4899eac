import { randomUUID } from "node:crypto";
import type { Campaign, CarillonClient, Change, NewEdit, NewRecall } from "@carillon/client";
import { type Command, type Given, UsageError } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import type { Io } from "../io.ts";
import { messageOf, messageOptions } from "../message-options.ts";
import { defined, priorityOf } from "../send-options.ts";
import { showCampaign } from "../show-campaign.ts";

const id = {
  name: "ID",
  about:
    "the campaign's id, as `carillon campaign list` shows it, or a notification's, as `carillon send` printed it.",
  required: true,
};
const follow = { about: "Show the progress until it is over. Ctrl+C leaves it running." };
const ownCampaign =
  "It is a campaign of its own, which is what is shown: `carillon campaign status`, `pause`, `resume`, `cancel` and `export` take its id.";

/** `carillon campaign edit`: another message in place of the present one. */
export const campaignEdit: Command = {
  name: "campaign edit",
  about:
    "Put another message in place of a campaign's: what is not sent yet goes out with it, what was accepted is updated.",
  arguments: [id],
  options: {
    ...messageOptions,
    priority: {
      about: "Of the updates: urgent, normal or bulk. Default: the campaign's own.",
      value: "PRIORITY",
    },
    follow,
    "idempotency-key": {
      about: "A repeated command with the same key and content edits nothing again.",
      value: "KEY",
    },
    ...serviceOptions,
  },
  examples: [
    'carillon campaign edit cmp_0mf3k9t2q --text "The canteen opens again at noon." --follow',
    "carillon campaign edit cmp_0mf3k9t2q --card examples/card.json --data examples/data.json",
  ],
  notes: [
    ownCampaign,
    "An earlier edit that is not over is cancelled by it. What was recalled cannot be edited.",
  ],
  run: runEdit,
};

/** `carillon campaign recall`: delete everywhere. */
export const campaignRecall: Command = {
  name: "campaign recall",
  about: "Delete a campaign's messages everywhere, after cancelling what is not sent yet.",
  arguments: [id],
  options: {
    priority: {
      about: "Of the deletes: urgent, normal or bulk. Default: urgent.",
      value: "PRIORITY",
    },
    follow,
    ...serviceOptions,
  },
  examples: ["carillon campaign recall cmp_0mf3k9t2q --follow"],
  notes: [
    ownCampaign,
    "Recalling again afterwards tries again what could not be deleted. To delete at a time, give --recall-at when you create it.",
  ],
  run: runRecall,
};

async function runEdit(given: Given, io: Io): Promise<number> {
  const message = await messageOf(given, io);
  if (message === null)
    throw new UsageError("Nothing to put in its place: give --text, --markdown or --card.");
  // The service checks the message, field by field, and names what is wrong.
  const request = { message, ...defined({ priority: priorityOf(given) }) } as unknown as NewEdit;
  const client = await connect(given, io);
  const idempotencyKey = given.text("idempotency-key") ?? randomUUID();
  const changed = await callsFor(client, given).edit(ofId(given), request, { idempotencyKey });
  return showChange(client, changed, given, io);
}

async function runRecall(given: Given, io: Io): Promise<number> {
  const request: NewRecall = defined({ priority: priorityOf(given) });
  const client = await connect(given, io);
  const changed = await callsFor(client, given).recall(ofId(given), request);
  return showChange(client, changed, given, io);
}

function ofId(given: Given): string {
  return given.argument("ID") ?? "";
}

/** Notifications are changed like campaigns, by routes of their own. */
function callsFor(client: CarillonClient, given: Given) {
  return ofId(given).startsWith("ntf_") ? client.notifications : client.campaigns;
}

async function showChange(
  client: CarillonClient,
  { changes: [newest] }: { readonly changes: readonly Change[] },
  given: Given,
  io: Io,
): Promise<number> {
  if (newest === undefined) throw new Error("the service made a change and does not list it");
  const change: Campaign = await client.campaigns.get(newest.id);
  return showCampaign(client, change, given, io);
}

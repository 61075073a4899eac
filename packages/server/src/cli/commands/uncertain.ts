import { randomUUID } from "node:crypto";
import type { Campaign, ChangeCalls, Notification } from "@carillon/client";
import { reasonWords } from "../campaign-report.ts";
import type { Command, Given, OptionSpec } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import type { Io } from "../io.ts";
import { pageOf, pageOptions } from "../page-options.ts";
import { printPage } from "../print-page.ts";
import { defined } from "../send-options.ts";
import { showCampaign } from "../show-campaign.ts";
import { showNotification } from "../show-notification.ts";
import { instantWords } from "../terminal/words.ts";

const id = {
  name: "ID",
  about: "the campaign or notification, as `carillon uncertain` names it.",
  required: true,
};
const recipient: Readonly<Record<string, OptionSpec>> = {
  recipient: {
    about: "One recipient alone: a UPN, an object id, or as the list names it.",
    value: "WHO",
  },
};

/** `carillon uncertain`: what may have arrived, and nobody has decided about. */
export const uncertain: Command = {
  name: "uncertain",
  about: "List the messages that may have arrived, and that wait for you to decide.",
  options: { ...pageOptions, ...serviceOptions },
  examples: ["carillon uncertain"],
  notes: [
    "An answer of Teams was lost, so nobody knows. `carillon uncertain resend ID` sends them again, which may then arrive twice; `carillon uncertain leave ID` leaves them as they are.",
  ],
  run: runList,
};

/** `carillon uncertain resend`: send them again. */
export const uncertainResend: Command = {
  name: "uncertain resend",
  about: "Send again what may have arrived; it may then arrive twice, and is counted as resent.",
  arguments: [id],
  options: {
    ...recipient,
    follow: { about: "Show the progress until it is over. Ctrl+C leaves it running." },
    ...serviceOptions,
  },
  examples: [
    "carillon uncertain resend cmp_0mf3k9t2q --follow",
    "carillon uncertain resend ntf_0mf3k9t2q --recipient ana@contoso.example",
  ],
  run: (given, io) =>
    decide(given, io, {
      waits: given.has("follow"),
      call: (calls, of) => {
        const request = { states: ["uncertain"] as const, ...recipientOf(given) };
        return calls.retry(of, request, { idempotencyKey: randomUUID() });
      },
    }),
};

/** `carillon uncertain leave`: leave them as they are. */
export const uncertainLeave: Command = {
  name: "uncertain leave",
  about: "Leave as it is what may have arrived: nothing is sent, and it is listed no more.",
  arguments: [id],
  options: { ...recipient, ...serviceOptions },
  examples: ["carillon uncertain leave cmp_0mf3k9t2q"],
  notes: [
    "They stay uncertain in every count. Somebody who is named to `uncertain resend` afterwards gets it all the same.",
  ],
  run: (given, io) =>
    decide(given, io, { waits: false, call: (calls, of) => calls.leave(of, recipientOf(given)) }),
};

async function runList(given: Given, io: Io): Promise<number> {
  const part = pageOf(given);
  const client = await connect(given, io);
  return printPage(await client.uncertain.list(part), given, io, {
    command: "uncertain",
    nothing: "Nothing waits for a decision.",
    columns: [
      { title: "id" },
      { title: "name", shrinks: true },
      { title: "recipient" },
      { title: "since" },
      { title: "why", shrinks: true },
    ],
    row: ({ campaign, delivery }) => [
      campaign.id,
      campaign.name === "" ? campaign.kind : campaign.name,
      delivery.recipient,
      instantWords(delivery.updatedAt),
      delivery.detail ?? (delivery.code === null ? "-" : reasonWords(delivery.code)),
    ],
  });
}

/** Decides about a campaign or a notification, and shows it. */
async function decide(
  given: Given,
  io: Io,
  how: {
    readonly waits: boolean;
    readonly call: <T extends Campaign | Notification>(calls: Calls<T>, id: string) => Promise<T>;
  },
): Promise<number> {
  const of = given.argument("ID") ?? "";
  const client = await connect(given, io);
  if (!of.startsWith("ntf_"))
    return showCampaign(client, await how.call<Campaign>(client.campaigns, of), given, io);
  const notification = await how.call<Notification>(client.notifications, of);
  return showNotification(client, notification, { given, io, waits: how.waits });
}

type Calls<T> = Pick<ChangeCalls<T>, "retry" | "leave">;

function recipientOf(given: Given): { readonly recipient?: string } {
  return defined({ recipient: given.text("recipient") });
}

import { randomUUID } from "node:crypto";
import type { Retry } from "@carillon/client";
import { type Command, type Given, UsageError } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import type { Io } from "../io.ts";
import { defined } from "../send-options.ts";
import { showCampaign } from "../show-campaign.ts";
import { showNotification } from "../show-notification.ts";

/** `carillon campaign retry`: tries deliveries again that did not arrive. */
export const campaignRetry: Command = {
  name: "campaign retry",
  about: "Try deliveries again that did not arrive: the failed ones, or those that you name.",
  arguments: [
    {
      name: "ID",
      about:
        "the campaign's id, as `carillon campaign list` shows it, or a notification's, as `carillon send` printed it.",
      required: true,
    },
  ],
  options: {
    state: {
      about: "failed (the default), uncertain or skipped; several times for several.",
      value: "STATE",
      many: true,
    },
    code: { about: "Only those with this code.", value: "CODE", many: true },
    recipient: {
      about: "One recipient alone: a UPN, an object id, or as the export names it.",
      value: "WHO",
    },
    follow: { about: "Show the progress until it is over. Ctrl+C leaves it running." },
    "idempotency-key": {
      about: "A repeated command with the same key and content asks for nothing again.",
      value: "KEY",
    },
    ...serviceOptions,
  },
  examples: [
    "carillon campaign retry cmp_0mf3k9t2q --follow",
    "carillon campaign retry cmp_0mf3k9t2q --state uncertain",
    "carillon campaign retry cmp_0mf3k9t2q --recipient ana@contoso.example",
    "carillon campaign retry ntf_0mf3k9t2q --follow",
  ],
  notes: [
    "An uncertain message may have arrived: sent again, it may arrive twice, and is counted as resent. To leave uncertain ones as they are, do nothing.",
  ],
  run: runRetry,
};

async function runRetry(given: Given, io: Io): Promise<number> {
  const request = requestOf(given);
  const client = await connect(given, io);
  const idempotencyKey = given.text("idempotency-key") ?? randomUUID();
  const id = given.argument("ID") ?? "";
  if (id.startsWith("ntf_")) {
    const notification = await client.notifications.retry(id, request, { idempotencyKey });
    return showNotification(client, notification, { given, io, waits: given.has("follow") });
  }
  const campaign = await client.campaigns.retry(id, request, { idempotencyKey });
  return showCampaign(client, campaign, given, io);
}

function requestOf(given: Given): Retry {
  const states = given.list("state").map(stateOf);
  const codes = given.list("code");
  return defined({
    states: states.length > 0 ? states : undefined,
    codes: codes.length > 0 ? codes : undefined,
    recipient: given.text("recipient"),
  });
}

function stateOf(word: string): NonNullable<Retry["states"]>[number] {
  if (word === "failed" || word === "uncertain" || word === "skipped") return word;
  throw new UsageError(`--state is "${word}": it must be failed or uncertain or skipped.`);
}

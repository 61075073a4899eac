import { randomUUID } from "node:crypto";
import type { NewNotification } from "@carillon/client";
import { type Command, type Given, UsageError } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import { readJsonFile } from "../files.ts";
import type { Io } from "../io.ts";
import { messageOf, messageOptions } from "../message-options.ts";
import { sendOptions, sendOptionsOf } from "../send-options.ts";
import { showNotification } from "../show-notification.ts";
import { parseTo, toNotes, type WireTarget } from "../to.ts";

/** `carillon send`: one message to named recipients. */
export const send: Command = {
  name: "send",
  about: "Send one message to people, chats or channels.",
  options: {
    to: { about: "Who gets it; see below.", value: "WHO", many: true },
    ...messageOptions,
    ...sendOptions,
    wait: {
      about: "Wait until it is known what became of each; exit code 1 unless all are accepted.",
    },
    "idempotency-key": {
      about: "A repeated command with the same key and content sends nothing again.",
      value: "KEY",
    },
    ...serviceOptions,
  },
  examples: [
    'carillon send --to ana@contoso.example --text "The build is green again." --wait',
    "carillon send --to channel:19:abc@thread.tacv2 --card examples/card.json --data examples/data.json",
  ],
  notes: toNotes,
  run: runSend,
};

async function runSend(given: Given, io: Io): Promise<number> {
  const to = await parseTo(given.list("to"), (file) => readJsonFile(file, io));
  if (to.length === 0) throw new UsageError("Nobody to send to: give --to WHO.");
  if (to.some(isMany))
    throw new UsageError(
      "A message to everyone, or to the members of a team, is a campaign: `carillon campaign create --name NAME --to … --text … --start`.",
    );
  const message = await messageOf(given, io);
  if (message === null) throw new UsageError("Nothing to send: give --text, --markdown or --card.");
  // The service checks it all, field by field, and names what is wrong.
  const request = { to, message, ...sendOptionsOf(given, io.now()) } as unknown as NewNotification;
  const client = await connect(given, io);
  const idempotencyKey = given.text("idempotency-key") ?? randomUUID();
  const created = await client.notifications.create(request, { idempotencyKey });
  return showNotification(client, created, { given, io, waits: given.has("wait") });
}

/** Whether nobody knows how many it means before they are found. */
function isMany(target: WireTarget): boolean {
  return "everyone" in target || ("team" in target && target.as === "members");
}

import { randomUUID } from "node:crypto";
import type { CarillonClient, NewNotification, Notification } from "@carillon/client";
import { reasonWords } from "../campaign-report.ts";
import { type Command, type Given, UsageError } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import { readJsonFile } from "../files.ts";
import { interrupted } from "../interrupt.ts";
import type { Io } from "../io.ts";
import { messageOf, messageOptions } from "../message-options.ts";
import { printJson } from "../print.ts";
import { sendOptions, sendOptionsOf } from "../send-options.ts";
import { tableWidth } from "../terminal/screen.ts";
import { createStyle } from "../terminal/style.ts";
import { tableLines } from "../terminal/table.ts";
import { parseTo, toNotes, type WireTarget } from "../to.ts";

const waitEveryMs = 200;

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
  const shown = given.has("wait") ? await settled(client, created, io) : created;
  if (given.has("json")) printJson(io, shown);
  else printNotification(shown, io);
  return given.has("wait") && shown.deliveries.some(({ state }) => state !== "accepted") ? 1 : 0;
}

/** Waits until nothing is open any more, or Ctrl+C. */
async function settled(
  client: CarillonClient,
  created: Notification,
  io: Io,
): Promise<Notification> {
  const stop = interrupted(io);
  let shown = created;
  while (isOpen(shown) && !stop.signal.aborted) {
    await io.sleep(waitEveryMs, stop.signal);
    shown = await client.notifications.get(created.id);
  }
  stop.end();
  return shown;
}

function isOpen({ deliveries }: Pick<Notification, "deliveries">): boolean {
  return deliveries.some(({ state }) => state === "pending" || state === "sending");
}

function printNotification({ id, deliveries }: Notification, io: Io): void {
  const style = createStyle(io.out.color);
  const lines = tableLines(
    [
      { title: "recipient", shrinks: true },
      { title: "state" },
      { title: "conversation", shrinks: true },
      { title: "activity" },
    ],
    deliveries.map((one) => [
      one.recipient,
      one.state,
      one.conversationId ?? "-",
      one.activityId ?? "-",
    ]),
    { width: tableWidth(io.out), style },
  );
  const reasons = new Set(deliveries.flatMap(({ code }) => (code === null ? [] : [code])));
  const explained = [...reasons].map((code) => `${reasonWords(code)} (${code})`);
  const open = isOpen({ deliveries }) ? [`What becomes of it: npx carillon explain ${id}`] : [];
  io.out.write(`${[style.dim(id), ...lines, ...explained, ...open].join("\n")}\n`);
}

/** Whether nobody knows how many it means before they are found. */
function isMany(target: WireTarget): boolean {
  return "everyone" in target || ("team" in target && target.as === "members");
}

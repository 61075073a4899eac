import type { CarillonClient, Notification } from "@carillon/client";
import { reasonWords } from "./campaign-report.ts";
import type { Given } from "./command.ts";
import { interrupted } from "./interrupt.ts";
import type { Io } from "./io.ts";
import { printJson } from "./print.ts";
import { tableWidth } from "./terminal/screen.ts";
import { createStyle } from "./terminal/style.ts";
import { tableLines } from "./terminal/table.ts";
import { isOver } from "./wire-campaign.ts";

/**
 * Prints a notification: its deliveries, or JSON with `--json`; with `waits` once it is known what became of each, or at Ctrl+C.
 * Answers the exit code: 1 where it waited, and not all were accepted.
 */
export async function showNotification(
  client: CarillonClient,
  notification: Notification,
  { given, io, waits }: { readonly given: Given; readonly io: Io; readonly waits: boolean },
): Promise<number> {
  const shown = waits ? await settled(client, notification, io) : notification;
  if (given.has("json")) printJson(io, shown);
  else printNotification(shown, io);
  return waits && shown.deliveries.some(({ state }) => state !== "accepted") ? 1 : 0;
}

/** Waits until nothing is open any more, or Ctrl+C. */
async function settled(client: CarillonClient, asked: Notification, io: Io): Promise<Notification> {
  const stop = interrupted(io);
  let shown = asked;
  while (isOpen(shown) && !stop.signal.aborted) {
    await io.sleep(waitEveryMs, stop.signal);
    shown = await client.notifications.get(asked.id);
  }
  stop.end();
  return shown;
}

/** Also while a retry that was asked for has not come to its rows. */
function isOpen({ state, deliveries }: Notification): boolean {
  return !isOver({ state }) || deliveries.some((one) => /^(?:pending|sending)$/.test(one.state));
}

function printNotification(notification: Notification, io: Io): void {
  const { id, deliveries } = notification;
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
  const shown = [style.dim(id), ...lines, ...explained, ...nextSteps(notification)];
  io.out.write(`${shown.join("\n")}\n`);
}

/** What one can do with what did not arrive. */
function nextSteps(notification: Notification): readonly string[] {
  const { id, deliveries } = notification;
  if (isOpen(notification)) return [`What becomes of it: npx carillon explain ${id}`];
  const hasFailed = deliveries.some(({ state }) => state === "failed");
  const isUndecided = deliveries.some(
    ({ state, code }) => state === "uncertain" && code !== "DELIVERY_LEFT_UNCERTAIN",
  );
  return [
    ...(hasFailed ? [`To try the failed ones again: npx carillon campaign retry ${id}`] : []),
    ...(isUndecided
      ? [
          `To send the uncertain ones again, which may then arrive twice: npx carillon uncertain resend ${id}`,
          `To leave them as they are: npx carillon uncertain leave ${id}`,
        ]
      : []),
  ];
}

const waitEveryMs = 200;

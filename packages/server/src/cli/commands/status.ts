import type { Lane, Status } from "@carillon/client";
import type { Command, Given } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import type { Io } from "../io.ts";
import { printJson, printLines } from "../print.ts";
import { fieldLines } from "../print-fields.ts";
import { createStyle } from "../terminal/style.ts";
import { printable, wrapped } from "../terminal/width.ts";
import { countWords, durationWords, instantWords } from "../terminal/words.ts";

/** `carillon status`: how the service stands, and what waits for somebody. */
export const status: Command = {
  name: "status",
  about: "Show how the service stands: its lanes, what stands in the way, and what waits for you.",
  options: serviceOptions,
  examples: ["carillon status"],
  run: runStatus,
};

async function runStatus(given: Given, io: Io): Promise<number> {
  const client = await connect(given, io);
  const now = await client.status();
  if (given.has("json")) {
    printJson(io, now);
    return 0;
  }
  const { items } = await client.uncertain.list({ limit: 1 });
  printLines(io, ...statusLines(now, io), ...(items.length > 0 ? undecided : []));
  return 0;
}

const undecided = [
  "",
  "Messages may have arrived, and wait for you to decide:",
  "  npx carillon uncertain",
];

function statusLines({ version, counts, lanes, attention }: Status, io: Io): readonly string[] {
  const style = createStyle(io.out.color);
  const { people, installed, blocked, removed } = counts;
  const facts = fieldLines(style, [
    ["version", version],
    [
      "people",
      `${countWords(people)}: ${countWords(installed)} with the app, ${countWords(blocked)} blocked it, ${countWords(removed)} removed it`,
    ],
    ...lanes.map((lane) => [`tenant ${lane.tenantId}`, laneWords(lane)] as const),
  ]);
  const width = io.out.columns() - 2;
  const waits = attention.flatMap((one) => attentionLines(one, io.now(), width));
  return [...facts, "", ...(waits.length > 0 ? waits : ["Nothing stands in the way of sending."])];
}

function laneWords({ inFlight, ratePerSecond, ceilingPerSecond, throttledUntil }: Lane): string {
  const pace =
    ceilingPerSecond === 0
      ? "no pacing"
      : `up to ${ratePerSecond}/s now, ${ceilingPerSecond}/s at most`;
  const quiet =
    throttledUntil === null ? "" : `; Teams asked for quiet until ${instantWords(throttledUntil)}`;
  return `${pace}; ${countWords(inFlight)} requests under way${quiet}`;
}

/** What stands in the way, of what, for how long, and what to do. */
function attentionLines(
  { code, detail, next, since, tenantId, campaignId }: Status["attention"][number],
  now: number,
  width: number,
): readonly string[] {
  const age = durationWords((now - Date.parse(since)) / 1000);
  const whose = campaignId ?? (tenantId === null ? "the service" : `tenant ${tenantId}`);
  return [
    `! ${printable(whose)}, for ${age}: ${printable(code)}`,
    ...[detail, next].flatMap((text) => wrapped(printable(text), width).map((line) => `  ${line}`)),
  ];
}

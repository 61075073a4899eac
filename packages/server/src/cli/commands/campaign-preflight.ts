import type { Preflight } from "@carillon/client";
import { reasonWords } from "../campaign-report.ts";
import type { Command, Given } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import type { Io } from "../io.ts";
import { printJson, printLines } from "../print.ts";
import { createStyle } from "../terminal/style.ts";
import { printable } from "../terminal/width.ts";
import { countWords, durationWords, nounWords } from "../terminal/words.ts";

/** `carillon campaign preflight`: what a start would do. */
export const campaignPreflight: Command = {
  name: "campaign preflight",
  about:
    "Show what a campaign would do, without doing it: whom it reaches, how long it takes, what stands in the way.",
  arguments: [
    { name: "ID", about: "the campaign's id; `carillon campaign list` shows it.", required: true },
  ],
  options: serviceOptions,
  examples: ["carillon campaign preflight cmp_0mf3k9t2q"],
  run: runPreflight,
};

async function runPreflight(given: Given, io: Io): Promise<number> {
  const client = await connect(given, io);
  const preflight = await client.campaigns.preflight(given.argument("ID") ?? "");
  if (given.has("json")) printJson(io, preflight);
  else printLines(io, ...preflightLines(preflight, io));
  return 0;
}

function preflightLines(preflight: Preflight, io: Io): readonly string[] {
  const style = createStyle(io.out.color);
  const { recipients, requests, seconds, messageBytes, messageBytesMax } = preflight;
  const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;
  const unknown = "not known before a roster is read";
  return [
    `recipients    ${recipients === null ? unknown : countWords(recipients)}`,
    ...preflight.expected.map(
      ({ code, count }) => `              ${countWords(count)} of them: ${reasonWords(code)}`,
    ),
    `requests      ${requests === null ? unknown : nounWords(requests, "request")}`,
    `time          ${seconds === null ? unknown : durationWords(seconds)}`,
    `message       ${kilobytes(messageBytes)} of at most ${kilobytes(messageBytesMax)}`,
    ...preflight.warnings.map((warning) => style.yellow(`! ${printable(warning)}`)),
  ];
}

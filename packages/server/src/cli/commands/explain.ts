import type { Command, Given } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import { campaignLines, deliveryLines, personLines } from "../explanation-lines.ts";
import type { Io } from "../io.ts";
import { printJson, printLines } from "../print.ts";
import { createStyle } from "../terminal/style.ts";

/** `carillon explain`: what happened to whom, why, and what to do next. */
export const explain: Command = {
  name: "explain",
  about: "Say in one line what happened to whom, why, and what to do next; then the facts.",
  arguments: [
    {
      name: "WHAT",
      about:
        "a person (UPN, object id or 29: id), or the id of a campaign, notification, edit or recall.",
      required: true,
    },
    {
      name: "RECIPIENT",
      about: "with a campaign: one of its recipients, as a person or as its export names it.",
      required: false,
    },
  ],
  options: serviceOptions,
  examples: [
    "carillon explain ana@contoso.example",
    "carillon explain cmp_0mf3k9t2q",
    "carillon explain cmp_0mf3k9t2q ana@contoso.example",
  ],
  run: runExplain,
};

async function runExplain(given: Given, io: Io): Promise<number> {
  const client = await connect(given, io);
  const what = given.argument("WHAT") ?? "";
  const recipient = given.argument("RECIPIENT");
  const layout = { style: createStyle(io.out.color), width: io.out.columns() };
  const print = <T>(told: T, lines: (told: T, how: typeof layout) => readonly string[]) => {
    if (given.has("json")) printJson(io, told);
    else printLines(io, ...lines(told, layout));
    return 0;
  };
  if (recipient !== undefined)
    return print(await client.explain.delivery(what, recipient), deliveryLines);
  if (/^(?:cmp|ntf|chg)_/.test(what))
    return print(await client.explain.campaign(what), campaignLines);
  return print(await client.explain.person(what), personLines);
}

import { stateWords } from "../campaign-report.ts";
import type { Command, Given } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import type { Io } from "../io.ts";
import { pageOf, pageOptions } from "../page-options.ts";
import { printPage } from "../print-page.ts";
import { countWords, instantWords } from "../terminal/words.ts";

/** `carillon campaign list`: the newest first. */
export const campaignList: Command = {
  name: "campaign list",
  about: "List the campaigns, the newest first.",
  options: { ...pageOptions, ...serviceOptions },
  examples: ["carillon campaign list --limit 5"],
  run: runList,
};

async function runList(given: Given, io: Io): Promise<number> {
  const part = pageOf(given);
  const client = await connect(given, io);
  const page = await client.campaigns.list(part);
  return printPage(page, given, io, {
    command: "campaign list",
    nothing: "There are no campaigns yet. `carillon campaign create --help` says how to make one.",
    columns: [
      { title: "id" },
      { title: "name", shrinks: true },
      { title: "state" },
      { title: "accepted", align: "right" },
      { title: "total", align: "right" },
      { title: "created" },
    ],
    row: (one) => [
      one.id,
      one.name,
      stateWords(one),
      countWords(one.counts.accepted),
      countWords(one.counts.total),
      instantWords(one.createdAt),
    ],
  });
}

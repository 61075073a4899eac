import type { Person } from "@carillon/client";
import type { Command, Given } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import type { Io } from "../io.ts";
import { pageOf, pageOptions } from "../page-options.ts";
import { printPage } from "../print-page.ts";

/** `carillon people`: the directory. */
export const people: Command = {
  name: "people",
  about: "List the people that the bot knows.",
  arguments: [
    { name: "SEARCH", about: "the start of a name, UPN or e-mail address.", required: false },
  ],
  options: { ...pageOptions, ...serviceOptions },
  examples: ["carillon people ana", "carillon people --limit 1000 --json"],
  notes: [
    "People are learnt when they install the app, write to the bot, or are in a team that has it.",
  ],
  run: runPeople,
};

async function runPeople(given: Given, io: Io): Promise<number> {
  const part = pageOf(given);
  const client = await connect(given, io);
  const search = given.argument("SEARCH");
  const page = await client.people.list({
    ...part,
    ...(search === undefined ? {} : { search }),
  });
  return printPage(page, given, io, {
    command: search === undefined ? "people" : `people ${search}`,
    nothing:
      search === undefined
        ? "Nobody is known yet: people are learnt when they install the app or write to the bot."
        : `Nobody's name, UPN or e-mail address starts with "${search}".`,
    columns: [
      { title: "name", shrinks: true },
      { title: "upn", shrinks: true },
      { title: "id" },
      { title: "app" },
    ],
    row: (one) => [
      one.name ?? "-",
      one.userPrincipalName ?? one.email ?? "-",
      one.id,
      appWords(one),
    ],
  });
}

/** Whether the person can be reached, in one word. */
function appWords({ install, blockedAt }: Person): string {
  return blockedAt === null ? install : "blocked";
}

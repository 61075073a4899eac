import type { Command, Given } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import type { Io } from "../io.ts";
import { pageOf, pageOptions } from "../page-options.ts";
import { printPage } from "../print-page.ts";

/** `carillon teams`: the teams that the bot is or was in. */
export const teams: Command = {
  name: "teams",
  about: "List the teams that the bot is or was in.",
  options: { ...pageOptions, ...serviceOptions },
  examples: ["carillon teams"],
  run: runTeams,
};

async function runTeams(given: Given, io: Io): Promise<number> {
  const part = pageOf(given);
  const client = await connect(given, io);
  const page = await client.teams.list(part);
  return printPage(page, given, io, {
    command: "teams",
    nothing: "No team is known yet: add the bot to one, and it tells of itself.",
    columns: [{ title: "name", shrinks: true }, { title: "id" }, { title: "app" }],
    row: (one) => [one.name ?? "-", one.id, one.archived ? "archived" : one.install],
  });
}

import type { Command, Given } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import type { Io } from "../io.ts";
import { printPage } from "../print-page.ts";

/** `carillon teams channels`: where in a team one can post. */
export const teamsChannels: Command = {
  name: "teams channels",
  about: "List a team's channels.",
  arguments: [
    { name: "ID", about: "the team's 19: id; `carillon teams` shows it.", required: true },
  ],
  options: serviceOptions,
  examples: ["carillon teams channels 19:abc@thread.tacv2"],
  run: runChannels,
};

async function runChannels(given: Given, io: Io): Promise<number> {
  const client = await connect(given, io);
  const items = await client.teams.channels(given.argument("ID") ?? "");
  return printPage({ items }, given, io, {
    command: "teams channels",
    nothing: "No channel is known.",
    columns: [{ title: "name", shrinks: true }, { title: "id" }, { title: "type" }],
    row: (one) => [
      one.name ?? "General",
      one.id,
      one.deleted ? "deleted" : (one.type ?? "standard"),
    ],
  });
}

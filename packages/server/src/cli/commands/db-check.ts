import type { Checked } from "../../app/database-care.ts";
import type { Command, Given } from "../command.ts";
import { databaseOf, databaseOptions } from "../database-options.ts";
import type { Io } from "../io.ts";
import { createStyle } from "../terminal/style.ts";
import { countWords } from "../terminal/words.ts";

/** `carillon db check`: whether the database is whole, and its counters right. */
export const dbCheck: Command = {
  name: "db check",
  about: "Find out whether the database is whole: read its pages, and recount every counter.",
  options: { ...databaseOptions, json: { about: "Print one JSON object." } },
  examples: ["carillon db check"],
  notes: [
    "It changes nothing, and may run while services and workers go on: it sees one instant. Exit code 1 where something is wrong.",
  ],
  run: runCheck,
};

async function runCheck(given: Given, io: Io): Promise<number> {
  const database = await databaseOf(given, io);
  const { check } = await import("../../app/database-care.ts");
  const checked = await check(database);
  if (given.has("json"))
    io.out.write(`${JSON.stringify({ database: database.shown, ...checked }, null, 2)}\n`);
  else print(checked, database.shown, io);
  return checked.findings.length === 0 ? 0 : 1;
}

function print({ campaigns, deliveries, people, findings }: Checked, name: string, io: Io): void {
  const style = createStyle(io.out.color);
  const size = `${countWords(campaigns)} campaigns and notifications, ${countWords(deliveries)} deliveries, ${countWords(people)} people`;
  const lines =
    findings.length === 0
      ? [`${style.green("Nothing is wrong")} with ${name}: ${size}.`]
      : [
          `${style.red("Something is wrong")} with ${name} (${size}):`,
          ...findings.map(
            ({ what, where, detail }) => `  ${what}: ${where}${detail === "" ? "" : `: ${detail}`}`,
          ),
        ];
  io.out.write(`${lines.join("\n")}\n`);
}

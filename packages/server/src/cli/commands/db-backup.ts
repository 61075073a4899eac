import path from "node:path";
import type { Command, Given } from "../command.ts";
import { databaseOf, databaseOptions } from "../database-options.ts";
import type { Io } from "../io.ts";
import { bytesWords, durationWords } from "../terminal/words.ts";

/** `carillon db backup`: a copy of the database, while everything goes on. */
export const dbBackup: Command = {
  name: "db backup",
  about: "Copy the database (SQLite) into a new file, while services and workers go on.",
  arguments: [{ name: "FILE", about: "Where to; it must not exist.", required: true }],
  options: { ...databaseOptions, json: { about: "Print one JSON object." } },
  examples: ["carillon db backup backup/carillon-monday.db"],
  notes: [
    "The copy is of one instant, is read through before it gets its name, and may be used in place of the database: stop every process, put it where the database was, and start them again. A PostgreSQL database is backed up with pg_dump.",
  ],
  run: runBackup,
};

async function runBackup(given: Given, io: Io): Promise<number> {
  const database = await databaseOf(given, io);
  const file = path.resolve(io.directory, given.argument("FILE") ?? "");
  const { backUp } = await import("../../app/database-care.ts");
  const startedAt = io.now();
  const { bytes } = await backUp(database, file);
  const seconds = (io.now() - startedAt) / 1000;
  if (given.has("json"))
    io.out.write(
      `${JSON.stringify({ database: database.shown, file, bytes, seconds }, null, 2)}\n`,
    );
  else
    io.out.write(
      `Copied ${database.shown} to ${path.relative(io.directory, file)}: ${bytesWords(bytes)} in ${durationWords(seconds)}, and read it through.\n`,
    );
  return 0;
}

import { createWriteStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream";
import { promisify } from "node:util";
import { type Command, type Given, UsageError } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import type { Io } from "../io.ts";

const formats = ["csv", "json"] as const;

/** `carillon campaign export`: one row per recipient, streamed. */
export const campaignExport: Command = {
  name: "campaign export",
  about: "Write what became of each recipient: one row each.",
  arguments: [
    { name: "ID", about: "the campaign's id; `carillon campaign list` shows it.", required: true },
  ],
  options: {
    format: { about: "csv or json. Default: csv.", value: "FORMAT" },
    out: { about: "Write into this file instead of standard output.", value: "FILE" },
    ...serviceOptions,
    json: { about: "The same as --format json." },
  },
  examples: ["carillon campaign export cmp_0mf3k9t2q --out result.csv"],
  run: runExport,
};

async function runExport(given: Given, io: Io): Promise<number> {
  const wanted = given.text("format") ?? (given.has("json") ? "json" : "csv");
  const format = formats.find((known) => known === wanted);
  if (format === undefined)
    throw new UsageError(`--format is "${wanted}": it must be csv or json.`);
  const client = await connect(given, io);
  const pieces = client.campaigns.export(given.argument("ID") ?? "", { format });
  const file = given.text("out");
  if (file === undefined) for await (const piece of pieces) io.out.write(piece);
  else await writeFile(file, pieces, io);
  return 0;
}

async function writeFile(file: string, pieces: AsyncIterable<string>, io: Io): Promise<void> {
  try {
    await promisify(pipeline)(pieces, createWriteStream(path.resolve(io.directory, file)));
  } catch (error) {
    // Errors of the file system have a code and a system call; those of the service are told as they are.
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new UsageError(
      `${file} cannot be written (${code ?? syscall}). Name another with --out.`,
    );
  }
}

import { nearest } from "../app/nearest.ts";
import { exitCodes } from "../app/problems.ts";
import { packageVersion } from "../app/version.ts";
import { parseArguments } from "./arguments.ts";
import { type Command, UsageError } from "./command.ts";
import { commands } from "./commands.ts";
import { commandHelp, overviewHelp } from "./help.ts";
import { type Io, processIo } from "./io.ts";
import { reportError } from "./report-error.ts";
import { createStyle } from "./terminal/style.ts";

/** Runs one command line (without `node` and the script) and answers its exit code. Prints every error; never rejects. */
export async function main(words: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(words, io);
  } catch (error) {
    return reportError(error, io, { json: words.includes("--json") });
  }
}

/** Runs the process's own command line. The process ends by itself once everything it opened is closed. */
export async function run(): Promise<void> {
  process.exitCode = await main(process.argv.slice(2), processIo());
  // A connection that somebody else keeps open must not keep the terminal.
  setTimeout(() => process.exit(), lingerMs).unref();
}

const lingerMs = 3000;

async function dispatch(words: readonly string[], io: Io): Promise<number> {
  const [first] = words;
  if (first === undefined) {
    overview(io, "err");
    return exitCodes.usage;
  }
  if (first === "--version" || first === "-v" || first === "version") {
    io.out.write(`carillon ${packageVersion()}\n`);
    return exitCodes.ok;
  }
  // `carillon help campaign create` is `carillon campaign create --help`.
  if (first === "help") return dispatch([...words.slice(1), "--help"], io);
  const command = find(words);
  if (command === null) return group(words, io);
  const rest = words.slice(command.name.split(" ").length);
  const given = parseArguments(command, rest);
  if (given !== "help") return command.run(given, io);
  const lines = commandHelp(command, createStyle(io.out.color), width(io));
  io.out.write(`${lines.join("\n")}\n`);
  return exitCodes.ok;
}

/** The command with the longest name that the words begin with. */
function find(words: readonly string[]): Command | null {
  const line = `${words.join(" ")} `;
  const fitting = commands.filter((command) => line.startsWith(`${command.name} `));
  return fitting.sort((a, b) => b.name.length - a.name.length)[0] ?? null;
}

/** No command begins like this: help for a group such as `campaign`, or what was meant. */
function group(words: readonly string[], io: Io): number {
  const names = words.filter((word) => !word.startsWith("-"));
  const help = words.includes("--help") || words.includes("-h");
  const prefix = names.length === 0 ? "" : `${names[0]} `;
  const members = commands.filter((command) => command.name.startsWith(prefix));
  if (help && members.length > 0 && names.length < 2) {
    overview(io, "out", prefix);
    return exitCodes.ok;
  }
  if (members.length > 0 && names.length === 1) {
    overview(io, "err", prefix);
    return exitCodes.usage;
  }
  const wanted = names.slice(0, 2).join(" ") || (words[0] ?? "");
  const firsts = commands.map((command) => command.name.split(" ")[0] ?? "");
  const near =
    nearest(
      wanted,
      commands.map((command) => command.name),
    ) ?? nearest(names[0] ?? "", firsts);
  const hint = near === null ? "See `carillon --help`." : `Did you mean \`${near}\`?`;
  throw new UsageError(`There is no command \`${wanted}\`. ${hint}`);
}

function overview(io: Io, where: "out" | "err", prefix = ""): void {
  const sink = io[where];
  const lines = overviewHelp(commands, createStyle(sink.color), width(io), prefix);
  sink.write(`${lines.join("\n")}\n`);
}

function width(io: Io): number {
  return Math.min(100, Math.max(60, io.out.columns()));
}

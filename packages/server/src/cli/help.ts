import { helpOption } from "./arguments.ts";
import type { Command, OptionSpec } from "./command.ts";
import type { Style } from "./terminal/style.ts";
import { displayWidth, wrapped } from "./terminal/width.ts";

/** The lines of one command's help. */
export function commandHelp(command: Command, style: Style, width: number): readonly string[] {
  const options = { ...command.options, help: helpOption };
  const args = command.arguments ?? [];
  const usage = ["carillon", command.name, ...args.map(argumentUsage), "[OPTIONS]"].join(" ");
  return [
    ...wrapped(command.about, width),
    "",
    `${style.bold("Usage:")} ${usage}`,
    ...section(
      "Arguments:",
      args.map((one) => [one.name, one.about]),
      style,
      width,
    ),
    ...section("Options:", Object.entries(options).map(optionRow), style, width),
    ...(command.notes ?? []).flatMap((note) => ["", ...wrapped(note, width)]),
    "",
    style.bold(command.examples.length > 1 ? "Examples:" : "Example:"),
    ...command.examples.map((example) => `  ${style.cyan(`npx ${example}`)}`),
  ];
}

/** The lines of the help of all commands, or of those that start with the given words. */
export function overviewHelp(
  commands: readonly Command[],
  style: Style,
  width: number,
  prefix = "",
): readonly string[] {
  const shown = commands.filter((command) => `${command.name} `.startsWith(prefix));
  const head = prefix === "" ? ["Carillon: proactive messages from Microsoft Teams bots.", ""] : [];
  const usage = `carillon ${prefix === "" ? "COMMAND" : `${prefix}COMMAND`} [OPTIONS]`;
  return [
    ...head,
    `${style.bold("Usage:")} ${usage}`,
    ...section(
      "Commands:",
      shown.map((one) => [one.name, one.about]),
      style,
      width,
    ),
    "",
    ...wrapped(
      `Each command explains itself with --help. ${prefix === "db " ? onDatabases : onServices}`,
      width,
    ),
    "",
    style.bold("Examples:"),
    ...exampleLines(shown, prefix).map((example) => `  ${style.cyan(`npx ${example}`)}`),
  ];
}

const onServices =
  "Commands that act on a service find it by CARILLON_URL (default http://127.0.0.1:3978) and CARILLON_API_KEY, or by the key file that `serve` leaves beside its database.";
const onDatabases =
  "These open the database themselves, and need no service: the one that `carillon serve` would open in this directory (CARILLON_DATABASE_URL, default sqlite:data/carillon.db), or the one that you name.";

function exampleLines(commands: readonly Command[], prefix: string): readonly string[] {
  const wanted = prefix === "" ? ["demo", "serve", "send", "campaign create"] : null;
  return commands
    .filter((command) => wanted === null || wanted.includes(command.name))
    .flatMap((command) => command.examples.slice(0, 1));
}

function argumentUsage(argument: { readonly name: string; readonly required: boolean }): string {
  return argument.required ? argument.name : `[${argument.name}]`;
}

function optionRow([name, spec]: readonly [string, OptionSpec]): readonly [string, string] {
  const short = spec.short === undefined ? "" : `-${spec.short}, `;
  const value = spec.value === undefined ? "" : ` ${spec.value}`;
  return [
    `${short}--${name}${value}`,
    spec.about + (spec.many === true ? " May be repeated." : ""),
  ];
}

function section(
  title: string,
  rows: readonly (readonly [string, string])[],
  style: Style,
  width: number,
): readonly string[] {
  if (rows.length === 0) return [];
  const left = Math.min(28, Math.max(...rows.map(([name]) => displayWidth(name))));
  const lines = rows.flatMap(([name, about]) => {
    const [first = "", ...more] = wrapped(about, Math.max(30, width - left - 4));
    const indent = " ".repeat(left + 4);
    const start =
      displayWidth(name) > left
        ? [`  ${style.cyan(name)}`, `${indent}${first}`]
        : [`  ${style.cyan(name)}${" ".repeat(left - displayWidth(name) + 2)}${first}`];
    return [...start, ...more.map((line) => indent + line)];
  });
  return ["", style.bold(title), ...lines];
}

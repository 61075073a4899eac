import { parseArgs } from "node:util";
import { nearest } from "../app/nearest.ts";
import { type Command, type Given, type OptionSpec, UsageError } from "./command.ts";

/** The switch that every command has. */
export const helpOption: OptionSpec = { about: "Show this help.", short: "h" };

/**
 * Checks the words after a command's name against its table. Answers "help" where that is asked for. Throws `UsageError` for
 * an unknown option (with the nearest one), a missing or needless value, and too few or too many arguments.
 */
export function parseArguments(command: Command, words: readonly string[]): Given | "help" {
  if (command.passesAll === true) return given(new Map(), new Map(), words);
  const specs: Readonly<Record<string, OptionSpec>> = { ...command.options, help: helpOption };
  const { tokens } = parseArgs({
    args: [...words],
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(specs).map(([name, { value, short }]) => [
        name,
        {
          type: value === undefined ? ("boolean" as const) : ("string" as const),
          multiple: true,
          ...(short === undefined ? {} : { short }),
        },
      ]),
    ),
  });
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const value = checkedOption(command, specs, token);
    values.set(token.name, [...(values.get(token.name) ?? []), value]);
  }
  if (values.has("help")) return "help";
  checkRepeats(command, specs, values);
  return given(values, named(command, positionals), words);
}

function checkedOption(
  command: Command,
  specs: Readonly<Record<string, OptionSpec>>,
  token: OptionToken,
): string {
  const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
  if (spec === undefined) {
    const near = nearest(token.name, Object.keys(specs));
    const hint = near === null ? seeHelp(command) : `Did you mean --${near}?`;
    throw new UsageError(`\`${command.name}\` has no option ${token.rawName}. ${hint}`);
  }
  if (spec.value === undefined && token.value !== undefined)
    throw new UsageError(`${token.rawName} is a switch and takes no value.`);
  if (spec.value !== undefined && (token.value === undefined || token.value === ""))
    throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${spec.value}.`);
  // `--to --wait`: the value was forgotten. A value that does start with a dash is written --option=-value.
  if (token.value !== undefined && /^--?[a-z]/i.test(token.value) && token.inlineValue !== true)
    throw new UsageError(
      `${token.rawName} needs a value, and ${token.value} looks like an option. If it is the value: ${token.rawName}=${token.value}.`,
    );
  return token.value ?? "";
}

/** An option as the platform's parser found it. */
interface OptionToken {
  readonly name: string;
  /** As it was written. */
  readonly rawName: string;
  readonly value?: string | undefined;
  /** Whether the value was written behind a `=`. */
  readonly inlineValue?: boolean | undefined;
}

function checkRepeats(
  command: Command,
  specs: Readonly<Record<string, OptionSpec>>,
  values: ReadonlyMap<string, readonly string[]>,
): void {
  for (const [name, all] of values) {
    if (all.length > 1 && specs[name]?.value !== undefined && specs[name].many !== true)
      throw new UsageError(
        `--${name} is given ${all.length} times; \`${command.name}\` takes it once.`,
      );
  }
}

/** The arguments by their names. */
function named(command: Command, positionals: readonly string[]): ReadonlyMap<string, string> {
  const specs = command.arguments ?? [];
  const missing = specs.filter((spec) => spec.required)[positionals.length];
  if (missing !== undefined)
    throw new UsageError(`\`${command.name}\` needs ${missing.name}: ${missing.about}`);
  const tooMany = positionals[specs.length];
  if (tooMany !== undefined)
    throw new UsageError(
      `\`${command.name}\` does not know what to do with "${tooMany}". ${seeHelp(command)}`,
    );
  return new Map(positionals.map((value, index) => [specs[index]?.name ?? "", value]));
}

function given(
  values: ReadonlyMap<string, readonly string[]>,
  positionals: ReadonlyMap<string, string>,
  words: readonly string[],
): Given {
  return {
    text: (option) => values.get(option)?.[0],
    list: (option) => values.get(option) ?? [],
    has: (option) => values.has(option),
    argument: (name) => positionals.get(name),
    rest: () => words,
  };
}

function seeHelp(command: Command): string {
  return `See \`carillon ${command.name} --help\`.`;
}

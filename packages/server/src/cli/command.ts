import type { Io } from "./io.ts";

/** One option of a command. A text option has a `value` placeholder; without one it is a switch. */
export interface OptionSpec {
  readonly about: string;
  /** Placeholder of the value, such as `FILE`. Absent: the option is a switch. */
  readonly value?: string;
  /** May be given several times. */
  readonly many?: boolean;
  readonly short?: string;
}

/** One argument without a name. */
export interface ArgumentSpec {
  readonly name: string;
  readonly about: string;
  readonly required: boolean;
}

/** One command: all that its help says, and what it does. */
export interface Command {
  /** How it is called, such as `campaign create`. */
  readonly name: string;
  /** One line, in the imperative. */
  readonly about: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Whole command lines that work as they stand (beside ids). */
  readonly examples: readonly string[];
  /** All words after the name are another program's: nothing is checked here, not even --help. */
  readonly passesAll?: boolean;
  /** Further paragraphs of the help. */
  readonly notes?: readonly string[];
  /** Answers the exit code. Throws `UsageError` for what only it can see, and whatever went wrong. */
  run(given: Given, io: Io): Promise<number>;
}

/** What was given on the command line, checked against the command's table. */
export interface Given {
  /** The value of an option that takes one, or undefined. */
  text(option: string): string | undefined;
  /** The values of an option that may be given several times. */
  list(option: string): readonly string[];
  /** Whether a switch is there. */
  has(option: string): boolean;
  /** The argument with this name, or undefined. */
  argument(name: string): string | undefined;
  /** All words, of a command that passes them on. */
  rest(): readonly string[];
}

/** The command line is wrong: exit code 2. The message says what to write instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

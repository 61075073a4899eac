import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ControlError } from "../control-error.ts";
import { parseFaultPlan } from "../faults/parse-plan.ts";
import type { FaultPlan } from "../faults/plan.ts";
import { parseJson } from "../json.ts";
import type { EmulatorOptions } from "../options.ts";

/** What the command line asks for. */
export interface Flags {
  readonly port: number;
  readonly json: boolean;
  readonly help: boolean;
  readonly options: EmulatorOptions;
}

/** The command line cannot be followed. `exitCode`: 2 for usage, 78 for a file that is not good. */
export class FlagError extends Error {
  readonly exitCode: 2 | 78;
  constructor(exitCode: 2 | 78, message: string) {
    super(message);
    this.name = "FlagError";
    this.exitCode = exitCode;
  }
}

const flags = {
  port: { type: "string", default: "3979" },
  people: { type: "string" },
  teams: { type: "string" },
  seed: { type: "string" },
  "bot-endpoint": { type: "string" },
  rps: { type: "string" },
  consent: { type: "string" },
  latency: { type: "string" },
  faults: { type: "string" },
  tenant: { type: "string" },
  "app-id": { type: "string" },
  secret: { type: "string" },
  loose: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Reads the command line, and the file of faults where one is named. Throws `FlagError`. */
export function readFlags(argv: readonly string[]): Flags {
  const values = parsed(argv);
  const port = wholeNumber("port", values.port) ?? 0;
  if (port > 65_535) throw new FlagError(2, "--port must be from 0 to 65535");
  return {
    port,
    json: values.json,
    help: values.help,
    options: {
      strict: !values.loose,
      ...given("people", wholeNumber("people", values.people)),
      ...given("teams", wholeNumber("teams", values.teams)),
      ...given("seed", wholeNumber("seed", values.seed)),
      ...given("rps", wholeNumber("rps", values.rps)),
      ...given("latencyMs", wholeNumber("latency", values.latency)),
      ...given("botEndpoint", values["bot-endpoint"]),
      ...given("tenantId", values.tenant),
      ...given("botAppId", values["app-id"]),
      ...given("botSecret", values.secret),
      ...given("graphPermissions", listOf(values.consent)),
      ...given("faults", values.faults === undefined ? undefined : faultsFrom(values.faults)),
    },
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: flags, strict: true }).values;
  } catch (error) {
    throw new FlagError(2, error instanceof Error ? error.message : String(error));
  }
}

function given<K extends string, T>(key: K, value: T | undefined): { readonly [key in K]?: T } {
  // The only key of the object is the one asked for.
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: T });
}

/** Names with commas between them; the empty text is an empty list. */
function listOf(text: string | undefined): readonly string[] | undefined {
  return text?.split(",").filter((name) => name !== "");
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text))
    throw new FlagError(2, `--${name} must be a whole number, not ${text}`);
  return Number(text);
}

function faultsFrom(file: string): FaultPlan {
  try {
    return parseFaultPlan(parseJson(readFileSync(file, "utf8")));
  } catch (error) {
    const reason = error instanceof ControlError ? error.message : String(error);
    throw new FlagError(78, `The faults in ${file} cannot be used: ${reason}`);
  }
}

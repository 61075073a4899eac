import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { ConfigError } from "../domain/errors.ts";
import { findJsonFault } from "../domain/json-position.ts";
import { nearest } from "../domain/nearest.ts";
import {
  clientVariables,
  configFileName,
  type SettingName,
  settingFacts,
  settingNames,
} from "./setting-facts.ts";

/** Where settings may come from. */
export interface ConfigSources {
  /** Values of flags by setting name; flags that were not given are absent. */
  readonly flags: Readonly<Partial<Record<SettingName, string>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder whose `carillon.config.json` is read, if there is one. */
  readonly directory: string;
  /** Another file instead; it must exist. */
  readonly file?: string;
}

/** A value as it was written, and where: `place` completes "… is wrong", such as `CARILLON_PORT`. */
export interface RawSetting {
  readonly value: unknown;
  readonly place: string;
}
/** What was written for each setting, by the strongest source that has it. */
export type RawSettings = ReadonlyMap<SettingName, RawSetting>;

/**
 * Reads flags over environment over file. An empty variable counts as not set. Throws `ConfigError`: CONFIG_UNKNOWN_KEY for a
 * file key or a `CARILLON_…` variable that does not exist, with the nearest one that does; CONFIG_INVALID for a file that
 * cannot be read.
 */
export function readSettings(sources: ConfigSources): RawSettings {
  checkVariables(sources.environment);
  const settings = readFile(sources);
  for (const name of settingNames) {
    const { variable, flag } = settingFacts[name];
    const fromEnvironment = sources.environment[variable];
    if (fromEnvironment !== undefined && fromEnvironment !== "")
      settings.set(name, { value: fromEnvironment, place: variable });
    const fromFlag = sources.flags[name];
    if (fromFlag !== undefined && flag !== null)
      settings.set(name, { value: fromFlag, place: `--${flag}` });
  }
  return settings;
}

function checkVariables(environment: ConfigSources["environment"]): void {
  const known = [...settingNames.map((name) => settingFacts[name].variable), ...clientVariables];
  const unknown = Object.keys(environment)
    .filter((name) => name.startsWith("CARILLON_") && !known.includes(name))
    .sort();
  if (unknown.length > 0)
    throw unknownKeys(unknown.map((name) => `The environment has ${name}${meant(name, known)}`));
}

function readFile(sources: ConfigSources): Map<SettingName, RawSetting> {
  const file = path.resolve(sources.directory, sources.file ?? configFileName);
  if (sources.file === undefined && !existsSync(file)) return new Map();
  const shown = path.relative(sources.directory, file) || file;
  const content = parseFile(file, shown);
  const settings = new Map<SettingName, RawSetting>();
  const wrong: string[] = [];
  for (const [key, value] of Object.entries(content)) {
    const name = settingNames.find((known) => known === key);
    if (name === undefined) wrong.push(`${shown} has "${key}"${meant(key, settingNames)}`);
    else settings.set(name, { value, place: `"${key}" in ${shown}` });
  }
  if (wrong.length > 0) throw unknownKeys(wrong);
  return settings;
}

function parseFile(file: string, shown: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError("CONFIG_INVALID", {
      detail: `The configuration file ${shown} cannot be read. Check its name and its rights.`,
      cause,
    });
  }
  const content = parseJson(text.replace(/^\ufeff/, ""), shown);
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw new ConfigError("CONFIG_INVALID", {
      detail: `The configuration file ${shown} must hold one JSON object, such as { "port": 3978 }.`,
    });
  // Any object may be read by key; what is under a key is checked before use.
  return content as Readonly<Record<string, unknown>>;
}

function parseJson(text: string, shown: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const fault = findJsonFault(text);
    const place = fault === null ? "" : `: look at line ${fault.line}, column ${fault.column}`;
    // The parser's own words quote the text around the place, which may be a secret; and so would the error as a cause.
    throw new ConfigError("CONFIG_INVALID", {
      detail: `The configuration file ${shown} is not valid JSON${place}.`,
    });
  }
}

function meant(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === null
    ? ", which is no setting. The settings are listed in docs/reference/config.md."
    : `, which is no setting. Did you mean ${near}?`;
}

function unknownKeys(lines: readonly string[]): ConfigError {
  return new ConfigError("CONFIG_UNKNOWN_KEY", { detail: lines.join("\n") });
}

import {
  type SettingFacts,
  type SettingName,
  settingFacts,
  settingNames,
} from "../app/setting-facts.ts";
import { type Given, type OptionSpec, UsageError } from "./command.ts";

/** How a process that runs for long is told what it is: its settings, the file they may stand in, and how much it logs. */
export function runOptions(without: readonly SettingName[]): Readonly<Record<string, OptionSpec>> {
  const options: Record<string, OptionSpec> = {};
  for (const name of settingNames) {
    const facts: SettingFacts = settingFacts[name];
    const { flag, meaning, default: otherwise } = facts;
    if (flag === null || without.includes(name)) continue;
    options[flag] =
      facts.switch === undefined
        ? { about: `${meaning} Default: ${otherwise}.`, value: placeholderOf(name) }
        : { about: facts.switch.about };
  }
  return {
    ...options,
    config: { about: "A configuration file instead of carillon.config.json.", value: "FILE" },
    "log-level": { about: "info, warn, error or silent. Default: info.", value: "LEVEL" },
  };
}

/** The settings that were given as flags. */
export function settingFlags(given: Given): Readonly<Partial<Record<SettingName, string>>> {
  const flags: Partial<Record<SettingName, string>> = {};
  for (const name of settingNames) {
    const facts: SettingFacts = settingFacts[name];
    if (facts.flag === null) continue;
    const value = facts.switch === undefined ? given.text(facts.flag) : switched(given, facts);
    if (value !== undefined) flags[name] = value;
  }
  return flags;
}

function switched(given: Given, facts: SettingFacts): string | undefined {
  return facts.flag !== null && given.has(facts.flag) ? facts.switch?.value : undefined;
}

/** How much is logged. Throws `UsageError`. */
export function logLevelOf(given: Given): (typeof logLevels)[number] {
  const wanted = given.text("log-level") ?? "info";
  const level = logLevels.find((known) => known === wanted);
  if (level === undefined)
    throw new UsageError(`--log-level is "${wanted}": it must be ${logLevels.join(", ")}.`);
  return level;
}

const logLevels = ["info", "warn", "error", "silent"] as const;

function placeholderOf(name: SettingName): string {
  if (/url$/i.test(name)) return "URL";
  if (/id$/i.test(name)) return "ID";
  const own: Partial<Record<SettingName, string>> = {
    host: "HOST",
    port: "N",
    workerPort: "N",
    laneRps: "N",
    keepRecipientsDays: "DAYS",
    keepAttemptsDays: "DAYS",
    keepIdempotencyKeysDays: "DAYS",
    keepInboundDays: "DAYS",
    trustedHosts: "HOSTS",
  };
  return own[name] ?? "VALUE";
}

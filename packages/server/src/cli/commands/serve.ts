import path from "node:path";
import type { ServiceHandle } from "../../app/service.ts";
import { type SettingName, settingFacts, settingNames } from "../../app/setting-facts.ts";
import { type Command, type Given, type OptionSpec, UsageError } from "../command.ts";
import { interrupted } from "../interrupt.ts";
import type { Io } from "../io.ts";
import { createStyle } from "../terminal/style.ts";

const logLevels = ["info", "warn", "error", "silent"] as const;

/** `carillon serve`: the service, until Ctrl+C or SIGTERM. */
export const serve: Command = {
  name: "serve",
  about: "Run the service: the bot's endpoint, the HTTP API, and everything that sends.",
  options: {
    ...settingOptions(),
    config: { about: "A configuration file instead of carillon.config.json.", value: "FILE" },
    "log-level": { about: "info, warn, error or silent. Default: info.", value: "LEVEL" },
  },
  examples: [
    "carillon serve --emulator http://127.0.0.1:3979",
    "carillon serve --port 8080 --database-url sqlite:/var/lib/carillon/carillon.db",
  ],
  notes: [
    "Settings come from flags, then the environment, then carillon.config.json in the working directory; docs/reference/config.md has all of them. Secrets have no flags: set CLIENT_SECRET and CARILLON_API_KEY in the environment.",
    "The first Ctrl+C (or SIGTERM) ends what is in flight and stops; the second one stops at once.",
  ],
  run: runServe,
};

async function runServe(given: Given, io: Io): Promise<number> {
  const level = logLevelOf(given);
  // Loaded here: other commands need none of it.
  const [{ loadConfig }, { startService }, { createLogger }] = await Promise.all([
    import("../../app/config.ts"),
    import("../../app/service.ts"),
    import("../../app/logger.ts"),
  ]);
  const file = given.text("config");
  const logger = createLogger({
    level,
    format: io.err.isTerminal ? "pretty" : "json",
    color: io.err.color,
  });
  try {
    const config = await loadConfig({
      flags: settingFlags(given),
      environment: io.environment,
      directory: io.directory,
      ...(file === undefined ? {} : { file }),
    });
    const stop = interrupted(io);
    const service = await startService(config, { log: logger.log, directory: io.directory });
    announce(service, config.baseUrl, io);
    await stop.first;
    await service.stop();
    stop.end();
    return 0;
  } finally {
    logger.flush();
  }
}

/** The flags of settings, for commands that start a service. */
function settingOptions(): Readonly<Record<string, OptionSpec>> {
  const options: Record<string, OptionSpec> = {};
  for (const name of settingNames) {
    const { flag, meaning, default: otherwise } = settingFacts[name];
    if (flag !== null)
      options[flag] = { about: `${meaning} Default: ${otherwise}.`, value: placeholderOf(name) };
  }
  return options;
}

function settingFlags(given: Given): Readonly<Partial<Record<SettingName, string>>> {
  const flags: Partial<Record<SettingName, string>> = {};
  for (const name of settingNames) {
    const { flag } = settingFacts[name];
    const value = flag === null ? undefined : given.text(flag);
    if (value !== undefined) flags[name] = value;
  }
  return flags;
}

function placeholderOf(name: SettingName): string {
  if (/url$/i.test(name)) return "URL";
  if (/id$/i.test(name)) return "ID";
  const own: Partial<Record<SettingName, string>> = {
    host: "HOST",
    port: "N",
    laneRps: "N",
    trustedHosts: "HOSTS",
  };
  return own[name] ?? "VALUE";
}

function logLevelOf(given: Given): (typeof logLevels)[number] {
  const wanted = given.text("log-level") ?? "info";
  const level = logLevels.find((known) => known === wanted);
  if (level === undefined)
    throw new UsageError(`--log-level is "${wanted}": it must be ${logLevels.join(", ")}.`);
  return level;
}

function announce(service: ServiceHandle, baseUrl: string | null, io: Io): void {
  const style = createStyle(io.out.color);
  const { made, file } = service.adminKey;
  const lines = [
    `Carillon listens at ${style.bold(service.url)}`,
    `The bot's endpoint is ${baseUrl ?? service.url}/api/messages`,
  ];
  if (made !== null) {
    const place =
      file === null ? "" : `; the command line finds it in ${path.relative(io.directory, file)}`;
    lines.push(`The first admin key, shown only now${place}:`, `  ${style.bold(made)}`);
  }
  io.out.write(`${lines.join("\n")}\n`);
}

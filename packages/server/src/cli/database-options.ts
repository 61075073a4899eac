import type { NamedDatabase } from "../app/database-care.ts";
import type { Given, OptionSpec } from "./command.ts";
import type { Io } from "./io.ts";

/** How commands that open a database are told which. */
export const databaseOptions: Readonly<Record<string, OptionSpec>> = {
  "database-url": {
    about: "The database: sqlite:PATH or postgres://…. Default: that of `carillon serve`.",
    value: "URL",
  },
  config: { about: "A configuration file instead of carillon.config.json.", value: "FILE" },
};

/** The database that is meant. Throws `ConfigError`. */
export async function databaseOf(given: Given, io: Io): Promise<NamedDatabase> {
  const { namedDatabase } = await import("../app/database-care.ts");
  const [url, file] = [given.text("database-url"), given.text("config")];
  return namedDatabase({
    flags: url === undefined ? {} : { databaseUrl: url },
    environment: io.environment,
    directory: io.directory,
    ...(file === undefined ? {} : { file }),
  });
}

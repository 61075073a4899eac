import { ConfigError } from "../../domain/errors.ts";

/** How to reach a database, and how long anything there may take. */
export interface PostgresSettings {
  /** The URL without what is ours in it. */
  readonly connectionString: string;
  /** Where it leads, for people: without user, password and options. */
  readonly place: string;
  /** Connections at once, beside the one that listens. */
  readonly poolMax: number;
}

/**
 * What a `postgres://` URL says. `pool_max` in its query is ours, everything else is for the server. Throws `ConfigError`, which
 * shows neither user nor password.
 */
export function postgresSettings(url: string): PostgresSettings {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  // A password with a slash in it makes a URL of something else.
  if (parsed === null || parsed.pathname.includes("@"))
    throw new ConfigError("CONFIG_INVALID", {
      detail:
        "The database URL begins with postgres: and cannot be read. It must be postgres://USER:PASSWORD@HOST:PORT/DATABASE; write special characters of the password as %XX.",
    });
  const text = parsed.searchParams.get("pool_max");
  parsed.searchParams.delete("pool_max");
  const poolMax = text === null ? poolMaxDefault : Number(text);
  if (!Number.isInteger(poolMax) || poolMax < 1)
    throw new ConfigError("CONFIG_INVALID", {
      detail: `pool_max in the database URL is "${text}": it must be a whole number from 1, the number of connections that this process may open.`,
    });
  const host = parsed.host || parsed.searchParams.get("host") || "localhost";
  return {
    connectionString: parsed.href,
    place: `${decodeURIComponent(host)}${parsed.pathname}`,
    poolMax,
  };
}

const poolMaxDefault = 10;

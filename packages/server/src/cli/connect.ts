import { type CarillonClient, CarillonError, createClient } from "@carillon/client";
import { serviceAccess } from "../app/command-settings.ts";
import { problem } from "../app/problems.ts";
import type { Given, OptionSpec } from "./command.ts";
import type { Io } from "./io.ts";

/** The options of every command that acts on a service. */
export const serviceOptions: Readonly<Record<string, OptionSpec>> = {
  url: { about: "The service (default: CARILLON_URL, else http://127.0.0.1:3978).", value: "URL" },
  json: { about: "Print JSON instead of text." },
};

/**
 * A client of the service that the command line and the environment name, with the key that fits. Throws
 * `CarillonUnreachableError` when none answers, `CarillonError` API_KEY_WRONG when no key fits, and a `ProblemError` API_KEY_MISSING
 * when there is no key to try.
 */
export async function connect(given: Given, io: Io): Promise<CarillonClient> {
  const { url, keys } = serviceAccess({
    url: given.text("url"),
    environment: io.environment,
    directory: io.directory,
  });
  const clients = keys.map(({ key }) => createClient({ url, apiKey: key }));
  const [only] = clients;
  if (only === undefined) {
    // Whether anybody is there at all comes first: a key would not help.
    await createClient({ url, apiKey: "none" }).status().catch(unlessKeyRefused);
    throw problem(
      "API_KEY_MISSING",
      `There is no API key for the service at ${url}. Set CARILLON_API_KEY: the service printed its first key at its first start, and left it in the file DATABASE.key beside its database.`,
    );
  }
  if (clients.length === 1) return only;
  for (const client of clients) {
    const fits = await client.status().then(() => true, unlessKeyRefused);
    if (fits) return client;
  }
  return only;
}

function unlessKeyRefused(error: unknown): false {
  if (error instanceof CarillonError && error.code === "API_KEY_WRONG") return false;
  throw error;
}

import { ConfigError } from "../domain/errors.ts";
import { readSettings } from "./config-sources.ts";
import { keyFileOf, readKeyFile } from "./key-file.ts";
import { localUrl } from "./node-server.ts";

/** How the command line reaches a service. */
export interface ServiceAccess {
  /** Without a slash at the end. */
  readonly url: string;
  /** Keys to try, the likeliest first, with where each is from; empty when there is none. */
  readonly keys: readonly { readonly key: string; readonly from: string }[];
}

/** Where `demo` keeps its database, below the working directory. */
export const demoDatabase = "sqlite:data/demo/carillon.db";

/**
 * The service's address and key for commands: CARILLON_URL, else where the service of this folder would listen; CARILLON_API_KEY, else
 * the key files of this folder's database and of its demo. Key files are for services on this machine only. Throws
 * `ConfigError` for settings with unknown names.
 */
export function serviceAccess(request: {
  readonly url: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
}): ServiceAccess {
  const { environment, directory } = request;
  const settings = readSettings({ flags: {}, environment, directory });
  const text = (name: "host" | "databaseUrl" | "apiKey", otherwise: string) => {
    const value = settings.get(name)?.value;
    return typeof value === "string" && value !== "" ? value : otherwise;
  };
  const port = Number(settings.get("port")?.value ?? 3978) || 3978;
  const url = (
    request.url ??
    (environment.CARILLON_URL || localUrl(text("host", "127.0.0.1"), port))
  ).replace(/\/+$/, "");
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url))
    throw new ConfigError("CONFIG_INVALID", {
      detail: `CARILLON_URL (or --url) is ${JSON.stringify(url)}: it must be the address of a service, such as http://127.0.0.1:3978.`,
    });
  const configured = text("apiKey", "");
  if (configured !== "") return { url, keys: [{ key: configured, from: "CARILLON_API_KEY" }] };
  if (!isThisMachine(url)) return { url, keys: [] };
  const databases = [text("databaseUrl", "sqlite:data/carillon.db"), demoDatabase];
  const files = databases.map((database) => keyFileOf(database, directory));
  const keys = [...new Set(files)].flatMap((file) => {
    const key = file === null ? null : readKeyFile(file);
    return key === null || file === null ? [] : [{ key, from: file }];
  });
  return { url, keys };
}

function isThisMachine(url: string): boolean {
  return URL.canParse(url) && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}

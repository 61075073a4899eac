import { ConfigError } from "../domain/errors.ts";
import { isLoopback } from "./loopback.ts";

/** The rule about where a bearer token may go. */
export interface TrustedHosts {
  /**
   * The service URL as a base for requests (normalised, ending in a slash), or null when no token may go there:
   * its host and port are not on the list, it is not https (http only for loopback hosts named by the operator), or its
   * spelling is not plain.
   */
  base(serviceUrl: string): string | null;
}

const cachedMax = 1000;
const charsMax = 2048;
// Scheme, host, port, path: nothing else. User names, queries, fragments, backslashes, spaces and letters beyond ASCII do not match.
const plainUrl =
  /^(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?(?:\/[a-z0-9._~!$&'()*+,;=:@%/-]*)?$/i;
const plainHost = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?$/i;

/**
 * An exact allow-list: the cloud's hosts on https and its default port, and `extra` ones, each a host or host:port (a host
 * alone means the default port). http is taken only for loopback hosts among the extra ones. Throws `ConfigError` for an
 * extra entry of another form.
 */
export function createTrustedHosts(
  cloudHosts: readonly string[],
  extra: readonly string[] = [],
): TrustedHosts {
  const origins = new Set([
    ...cloudHosts.map((host) => `https://${host}`),
    ...extra.flatMap(originsOf),
  ]);
  // Service URLs are few (regions × tenants) and asked about for each request.
  const cached = new Map<string, string | null>();
  return {
    base(serviceUrl) {
      const known = cached.get(serviceUrl);
      if (known !== undefined) return known;
      const base = readBase(serviceUrl, origins);
      if (cached.size >= cachedMax) cached.clear();
      cached.set(serviceUrl, base);
      return base;
    },
  };
}

function readBase(serviceUrl: string, origins: ReadonlySet<string>): string | null {
  if (serviceUrl.length > charsMax) return null;
  const match = plainUrl.exec(serviceUrl);
  if (match === null || !URL.canParse(serviceUrl)) return null;
  const url = new URL(serviceUrl);
  // The parser rewrites some spellings (decimal and octal addresses, short IPv6): what is not as written is refused.
  if (url.hostname !== match[2]?.toLowerCase()) return null;
  if (!origins.has(url.origin)) return null;
  return url.pathname.endsWith("/") ? url.origin + url.pathname : `${url.origin}${url.pathname}/`;
}

function originsOf(entry: string): readonly string[] {
  const match = plainHost.exec(entry);
  const https = `https://${entry}`;
  if (match === null || !URL.canParse(https)) throw badEntry(entry);
  const url = new URL(https);
  const hostname = match[1]?.toLowerCase();
  if (url.hostname !== hostname || url.port === "0" || hostname.endsWith("."))
    throw badEntry(entry);
  return isLoopback(url.hostname) ? [url.origin, new URL(`http://${entry}`).origin] : [url.origin];
}

function badEntry(entry: string): ConfigError {
  return new ConfigError("CONFIG_INVALID", {
    detail: `The trusted host ${JSON.stringify(entry)} is not usable: write an exact host or host:port, such as bots.example.com or 127.0.0.1:3979, without scheme, path or wildcard.`,
  });
}

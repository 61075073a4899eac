import { regions } from "../facts.ts";

/** A request's path under a service URL, taken apart. */
export interface ConnectorAddress {
  readonly region: string;
  /** The tenant in the path, or null where the URL has none. */
  readonly tenantId: string | null;
  /** What follows `v3`, decoded. */
  readonly rest: readonly string[];
  readonly query: string;
}

/** The address when the path is one of the connector's (`/{region}/{tenant}/v3/…` or `/{region}/v3/…`), else null. */
export function parseAddress(segments: readonly string[], query: string): ConnectorAddress | null {
  const [region, second, third] = segments;
  if (region === undefined || !regions.includes(region)) return null;
  if (second === "v3") return { region, tenantId: null, rest: segments.slice(2), query };
  if (second === undefined || third !== "v3") return null;
  return { region, tenantId: second, rest: segments.slice(3), query };
}

/** The segments of a path, decoded; empty ones left out. Null where the encoding is broken. */
export function segmentsOf(path: string): readonly string[] | null {
  const raw = path.split("/").filter((segment) => segment !== "");
  if (!path.includes("%")) return raw;
  try {
    return raw.map((segment) => decodeURIComponent(segment));
  } catch {
    // A broken escape: the caller answers 400.
    return null;
  }
}

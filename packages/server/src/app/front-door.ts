import type { Fetch } from "./adapters.ts";
import type { Readiness } from "./readiness.ts";
import { statusPage } from "./status-page.ts";

/** What answers which path. */
export interface FrontDoorParts {
  /** `POST /api/messages`. */
  readonly inbound: Fetch;
  /** `/v1/…`, `/openapi.json`, `/healthz`, `/readyz`, and 404 for what nobody knows. */
  readonly api: Fetch;
  /** What the page at `/` shows. */
  readonly ready: () => Promise<Readiness>;
}

/** One web-standard function for the whole service. */
export function createFrontDoor(parts: FrontDoorParts): Fetch {
  return async (request) => {
    const path = pathOf(request.url);
    if (path === "/api/messages") return parts.inbound(request);
    if (path === "/" && (request.method === "GET" || request.method === "HEAD"))
      return statusPage(await parts.ready());
    return parts.api(request);
  };
}

/** Without parsing the whole URL: this runs for each inbound activity. */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  if (start < 0) return "/";
  const end = url.slice(start).search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
}

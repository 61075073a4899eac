import type { Fetch } from "./adapters.ts";
import type { Readiness } from "./readiness.ts";
import { statusPage } from "./status-page.ts";

/** What answers which path. */
export interface FrontDoorParts {
  /** `POST /api/messages`. */
  readonly inbound: Fetch;
  /** `/v1/…`, `/openapi.json`, and 404 for what nobody knows. */
  readonly api: Fetch;
  readonly readiness: () => Promise<Readiness>;
}

/**
 * One web-standard function for the whole service. `/healthz` answers 200 as long as the process answers at all; `/readyz` 503 while
 * no work can be taken. A lane that waits for something is told there and is no 503: the service still takes and keeps work.
 */
export function createFrontDoor(parts: FrontDoorParts): Fetch {
  return async (request) => {
    const path = pathOf(request.url);
    if (path === "/api/messages") return parts.inbound(request);
    if (request.method !== "GET" && request.method !== "HEAD") return parts.api(request);
    if (path === "/healthz") return Response.json({ status: "ok" });
    if (path === "/readyz") return readyAnswer(await parts.readiness());
    if (path === "/") return statusPage(await parts.readiness());
    return parts.api(request);
  };
}

function readyAnswer({ status, reason, lanes }: Readiness): Response {
  return Response.json(
    {
      status,
      ...(reason === null ? {} : { reason }),
      lanes: lanes.map(({ attention, ...lane }) => ({
        ...lane,
        // Everyone may ask: the code and since when, without the detail.
        attention:
          attention === null
            ? null
            : { code: attention.code, since: attention.since, retryAt: attention.retryAt },
      })),
    },
    { status: status === "not-ready" ? 503 : 200, headers: { "cache-control": "no-store" } },
  );
}

/** Without parsing the whole URL: this runs for each inbound activity. */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  if (start < 0) return "/";
  const end = url.slice(start).search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
}

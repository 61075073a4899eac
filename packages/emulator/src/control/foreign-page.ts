import { header } from "../answer.ts";
import type { WireRequest } from "../wire.ts";

/** Whether a browser sends this for a page from elsewhere. Programs send no `Origin`. */
export function isForeignPage(request: WireRequest): boolean {
  if (request.method === "GET" || request.method === "HEAD") return false;
  const origin = header(request, "origin");
  if (origin === undefined) return false;
  return origin.slice(origin.indexOf("//") + 2) !== header(request, "host");
}

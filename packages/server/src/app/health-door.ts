import { checkKey } from "../api/auth.ts";
import { metricsType } from "../api/routes/metrics.ts";
import { ProblemError } from "../domain/errors.ts";
import type { KeyStore } from "../engine/ports/key-store.ts";
import { problem } from "../inbound/problem.ts";
import type { Fetch } from "./adapters.ts";
import { keyHash } from "./key-file.ts";
import type { Readiness } from "./readiness.ts";

/** What a worker tells of itself. */
export interface HealthDoorParts {
  readonly ready: () => Promise<Readiness>;
  readonly metrics: () => Promise<string>;
  readonly keys: KeyStore;
}

/** Answers `/healthz`, `/readyz` and, to those with a key, `/metrics` as the service does; and 404 to everything else. */
export function createHealthDoor({ ready, metrics, keys }: HealthDoorParts): Fetch {
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (!["/healthz", "/readyz", "/metrics"].includes(pathname)) return problem("ROUTE_UNKNOWN");
    if (request.method !== "GET" && request.method !== "HEAD")
      return problem("ROUTE_METHOD_WRONG", { allow: "GET, HEAD" });
    if (pathname === "/healthz") return answer(200, { status: "ok" });
    if (pathname === "/readyz") return readiness(await ready());
    try {
      await checkKey(request.headers.get("authorization") ?? undefined, keys, keyHash);
      return new Response(await metrics(), { headers: { "content-type": metricsType } });
    } catch (error) {
      return problem(error instanceof ProblemError ? error.code : "SERVICE_UNAVAILABLE");
    }
  };
}

function readiness({ ok, reasons }: Readiness): Response {
  const reason = reasons.length === 0 ? {} : { reason: reasons.join(" ") };
  if (!ok) return answer(503, { status: "not-ready", ...reason });
  return answer(200, { status: reasons.length === 0 ? "ready" : "attention", ...reason });
}

function answer(status: number, body: object): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store" } });
}

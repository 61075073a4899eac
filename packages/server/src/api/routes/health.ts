import { createRoute, z } from "@hono/zod-openapi";
import type { ApiApp, ApiParts } from "../api-env.ts";
import { jsonAnswer } from "../contract/answer.ts";
import { healthSchema, readinessSchema } from "../contract/status.ts";

const tags = ["service"];
const open = { security: [] };

/** The routes that need no key. */
export const publicRoutes = {
  health: createRoute({
    method: "get",
    path: "/healthz",
    tags,
    ...open,
    operationId: "getHealth",
    summary: "Ask whether the process answers",
    description: "200 as long as the process runs, whatever its store and Teams do.",
    responses: {
      200: jsonAnswer(healthSchema, { description: "It does.", example: { status: "ok" } }),
    },
  }),
  readiness: createRoute({
    method: "get",
    path: "/readyz",
    tags,
    ...open,
    operationId: "getReadiness",
    summary: "Ask whether the service can take work",
    description:
      "503 while the store cannot be written, or the service stops. What keeps lanes from sending is told, and answers 200: work is taken and kept.",
    responses: {
      200: jsonAnswer(readinessSchema, {
        description: "Work is taken.",
        example: { status: "ready" },
      }),
      503: jsonAnswer(readinessSchema, {
        description: "No work is taken now.",
        example: { status: "not-ready", reason: "The disk is full." },
      }),
    },
  }),
  document: createRoute({
    method: "get",
    path: "/openapi.json",
    tags,
    ...open,
    operationId: "getApiDocument",
    summary: "Read this document",
    description: "OpenAPI 3.1, with every error code under `x-error-codes`.",
    responses: {
      200: jsonAnswer(z.looseObject({ openapi: z.string() }), {
        description: "The document.",
        example: { openapi: "3.1.0" },
      }),
    },
  }),
};

/** Mounts them. `document` makes the API document. */
export function mountPublic(app: ApiApp, { ready }: ApiParts, document: () => object): void {
  app.openapi(publicRoutes.health, (context) => context.json({ status: "ok" as const }, 200));
  app.openapi(publicRoutes.readiness, async (context) => {
    const { ok, reasons } = await ready().catch(() => ({
      ok: false,
      reasons: ["It could not be found out."],
    }));
    const reason = reasons.length === 0 ? {} : { reason: reasons.join(" ") };
    return ok
      ? context.json({ status: reasons.length === 0 ? "ready" : "attention", ...reason }, 200)
      : context.json({ status: "not-ready" as const, ...reason }, 503);
  });
  // Too big to be made for each request.
  let text: string | null = null;
  app.openapi(publicRoutes.document, (context) => {
    text ??= JSON.stringify(document());
    // The route's type asks for an object where this is its text.
    return context.body(text, 200, { "content-type": "application/json" }) as never;
  });
}

import { createRoute, z } from "@hono/zod-openapi";
import type { ApiApp } from "../api-env.ts";
import { refusals } from "../contract/problem.ts";

/** Prometheus' text format, whose version the type names. */
export const metricsType = "text/plain; version=0.0.4; charset=utf-8";

/** The route that programs watch the service by. */
export const metricsRoutes = {
  metrics: createRoute({
    method: "get",
    path: "/metrics",
    tags: ["service"],
    operationId: "getMetrics",
    summary: "Measure the service",
    description:
      "Totals, present values and distributions in Prometheus' text format; docs/reference/metrics.md describes each. It needs a key like everything else, because its series name tenants.",
    responses: {
      200: {
        description: "The metrics.",
        content: {
          [metricsType]: {
            schema: z.string(),
            example: `# HELP carillon_deliveries_total Deliveries that a lane settled, by their final state.
# TYPE carillon_deliveries_total counter
carillon_deliveries_total{state="accepted"} 44210
`,
          },
        },
      },
      ...refusals(),
    },
  }),
};

/** Mounts it. `text` makes the answer. */
export function mountMetrics(app: ApiApp, text: () => Promise<string>): void {
  app.openapi(metricsRoutes.metrics, async (context) => {
    return context.text(await text(), 200, { "content-type": metricsType });
  });
}

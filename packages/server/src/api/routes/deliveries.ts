import { createRoute, z } from "@hono/zod-openapi";
import { recipientKey } from "../../domain/ids.ts";
import type { ApiApp, ApiParts } from "../api-env.ts";
import { jsonAnswer } from "../contract/answer.ts";
import {
  attemptSchema,
  deliveriesQuery,
  deliverySchema,
  exportQuery,
} from "../contract/delivery.ts";
import {
  exampleAttempt,
  exampleCampaign,
  exampleCsv,
  exampleDelivery,
} from "../contract/examples.ts";
import { exact } from "../contract/form.ts";
import { pageOf, pageView } from "../contract/page.ts";
import { refusals } from "../contract/problem.ts";
import { pathId } from "../contract/text.ts";
import { type ExportFormat, exportStream } from "../export-rows.ts";
import { logFailure } from "../log-failure.ts";
import { attemptView, deliveryView } from "../views/delivery-view.ts";

const tags = ["deliveries"];
const id = pathId("Of the campaign.", exampleCampaign.id);

/** The routes of a campaign's deliveries. */
export const deliveryRoutes = {
  list: createRoute({
    method: "get",
    path: "/v1/campaigns/{id}/deliveries",
    tags,
    operationId: "listDeliveries",
    summary: "List a campaign's deliveries",
    description: "One row per recipient, with its state and why.",
    request: { params: z.object({ id }), query: deliveriesQuery },
    responses: {
      200: jsonAnswer(pageOf(deliverySchema, "DeliveryPage"), {
        description: "A page of deliveries.",
        example: { items: [exampleDelivery] },
      }),
      ...refusals("CAMPAIGN_UNKNOWN", "CAMPAIGN_ROWS_FORGOTTEN"),
    },
  }),
  attempts: createRoute({
    method: "get",
    path: "/v1/campaigns/{id}/deliveries/{recipient}/attempts",
    tags,
    operationId: "listAttempts",
    summary: "See every recorded request for one recipient",
    description:
      "What was asked of Teams, what it said, and what was decided. A first-time success has no entry: its facts are in the delivery.",
    request: {
      params: z.object({
        id,
        recipient: pathId("As the delivery names it.", exampleDelivery.recipient),
      }),
    },
    responses: {
      200: jsonAnswer(z.object({ items: z.array(attemptSchema) }).openapi("AttemptList"), {
        description: "The requests, in order.",
        example: { items: [exampleAttempt] },
      }),
      ...refusals("CAMPAIGN_UNKNOWN", "CAMPAIGN_ROWS_FORGOTTEN"),
    },
  }),
  export: createRoute({
    method: "get",
    path: "/v1/campaigns/{id}/export",
    tags,
    operationId: "exportDeliveries",
    summary: "Export every delivery",
    description:
      "Streams one row per recipient. The CSV is of RFC 4180 with a header; text that a spreadsheet would run as a formula begins with an apostrophe. An export that cannot be finished breaks off.",
    request: { params: z.object({ id }), query: exportQuery },
    responses: {
      200: {
        description: "The rows.",
        content: {
          "text/csv": { schema: z.string(), example: exampleCsv },
          "application/json": { schema: z.array(deliverySchema), example: [exampleDelivery] },
        },
      },
      ...refusals("CAMPAIGN_UNKNOWN", "CAMPAIGN_ROWS_FORGOTTEN"),
    },
  }),
};

/** Mounts them. */
export function mountDeliveries(app: ApiApp, { engine: { campaigns }, log }: ApiParts): void {
  app.openapi(deliveryRoutes.list, async (context) => {
    const { id } = context.req.valid("param");
    const page = await campaigns.deliveries(id, exact(context.req.valid("query")));
    return context.json(pageView(page, deliveryView), 200);
  });
  app.openapi(deliveryRoutes.attempts, async (context) => {
    const { id, recipient } = context.req.valid("param");
    const attempts = await campaigns.attempts(id, recipientKey(recipient));
    return context.json({ items: attempts.map(attemptView) }, 200);
  });
  app.openapi(deliveryRoutes.export, async (context) => {
    const { format } = context.req.valid("query");
    // Asked first, so that what cannot be exported is a problem document and not a broken stream.
    const campaign = await campaigns.get(context.req.valid("param").id);
    await campaigns.deliveries(campaign.id, { limit: 1 });
    const request = {
      requestId: context.get("requestId"),
      method: "GET",
      route: deliveryRoutes.export.getRoutingPath(),
      code: "INTERNAL",
    } as const;
    const rows = exportStream(campaigns.export(campaign.id), format, (error) =>
      logFailure(log, request, error),
    );
    return new Response(rows, { headers: exportHeaders(campaign.id, format) });
  });
}

function exportHeaders(id: string, format: ExportFormat): Record<string, string> {
  const name = `deliveries-${id.replaceAll(/[^\w-]/g, "")}.${format}`;
  return {
    "content-type":
      format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/json",
    "content-disposition": `attachment; filename="${name}"`,
  };
}

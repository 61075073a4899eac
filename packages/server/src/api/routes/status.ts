import { createRoute, z } from "@hono/zod-openapi";
import type { ApiApp, ApiParts } from "../api-env.ts";
import { jsonAnswer } from "../contract/answer.ts";
import { exampleStatus, exampleStream } from "../contract/examples.ts";
import { refusals } from "../contract/problem.ts";
import { statusSchema, streamQuery } from "../contract/status.ts";
import { attentionView } from "../views/campaign-view.ts";
import { graphView, laneView } from "../views/status-view.ts";

const tags = ["service"];

/** The routes of the service as a whole. */
export const statusRoutes = {
  status: createRoute({
    method: "get",
    path: "/v1/status",
    tags,
    operationId: "getStatus",
    summary: "See how the service stands",
    description:
      "Version, the directory counted, every lane, Graph in every tenant, and everything that stands in the way.",
    responses: {
      200: jsonAnswer(statusSchema, { description: "The status.", example: exampleStatus }),
      ...refusals(),
    },
  }),
  stream: createRoute({
    method: "get",
    path: "/v1/stream",
    tags,
    operationId: "followEvents",
    summary: "Follow what happens",
    description:
      "Server-sent events: `progress`, `campaign` and `attention`; each `data` is a StreamEvent (see the schemas). A comment comes every 15 seconds as a sign of life. With `campaign`, the stream begins with how that campaign stands; so a follower who comes back misses nothing, and a Last-Event-ID is not needed. A slow follower gets the newest event of each kind and campaign.",
    request: {
      query: streamQuery,
      headers: z.object({
        "Last-Event-ID": z.string().optional().openapi({ description: "Taken, and not needed." }),
      }),
    },
    responses: {
      200: {
        description: "The events, until one side ends it.",
        content: { "text/event-stream": { schema: z.string(), example: exampleStream } },
      },
      ...refusals("CAMPAIGN_UNKNOWN"),
    },
  }),
};

/** Mounts them. */
export function mountStatus(
  app: ApiApp,
  { engine, version, followers, attention }: ApiParts,
): void {
  app.openapi(statusRoutes.status, async (context) => {
    const lanes = engine.lanes();
    const graph = engine.graph();
    const ofTenants = [...lanes, ...graph].flatMap(({ tenantId, attention: one }) =>
      one === null ? [] : [{ ...attentionView(one), tenantId, campaignId: null }],
    );
    const stopped = await engine.campaigns.stopped();
    const ofCampaigns = [
      ...attention.all(),
      ...stopped.map(({ id, ...one }) => ({ ...one, campaignId: id })),
    ].map(({ campaignId, ...one }) => ({ ...attentionView(one), tenantId: null, campaignId }));
    return context.json(
      {
        version,
        botId: engine.botId,
        counts: await engine.directory.counts(),
        lanes: lanes.map(laneView),
        graph: graph.map(graphView),
        attention: [...ofTenants, ...ofCampaigns],
      },
      200,
    );
  });
  app.openapi(statusRoutes.stream, async (context) => {
    const headers = {
      "content-type": "text/event-stream; charset=utf-8",
      // Proxies of the nginx kind keep a stream back without this.
      "x-accel-buffering": "no",
    };
    // Nobody would ever read, nor leave, the stream of a HEAD request.
    if (context.req.raw.method === "HEAD") return new Response(null, { headers });
    const { campaign } = context.req.valid("query");
    return new Response(await followers.open(campaign ?? null), { headers });
  });
}

import { createRoute, z } from "@hono/zod-openapi";
import { teamId } from "../../domain/ids.ts";
import type { ApiApp, ApiParts } from "../api-env.ts";
import { jsonAnswer } from "../contract/answer.ts";
import { channelSchema, teamSchema, teamsQuery } from "../contract/directory.ts";
import { exampleChannel, exampleTeam } from "../contract/examples.ts";
import { exact } from "../contract/form.ts";
import { pageOf, pageView } from "../contract/page.ts";
import { refusals } from "../contract/problem.ts";
import { pathId } from "../contract/text.ts";
import { channelView, teamView } from "../views/directory-view.ts";

const tags = ["directory"];

/** The routes of teams. */
export const teamRoutes = {
  list: createRoute({
    method: "get",
    path: "/v1/teams",
    tags,
    operationId: "listTeams",
    summary: "List teams",
    description: "Every team that the bot is or was in.",
    request: { query: teamsQuery },
    responses: {
      200: jsonAnswer(pageOf(teamSchema, "TeamPage"), {
        description: "A page of teams.",
        example: { items: [exampleTeam] },
      }),
      ...refusals("TENANT_UNKNOWN"),
    },
  }),
  channels: createRoute({
    method: "get",
    path: "/v1/teams/{id}/channels",
    tags,
    operationId: "listChannels",
    summary: "List a team's channels",
    description: "Asks Teams for those that are not known yet.",
    request: { params: z.object({ id: pathId("The team's `19:` id.", exampleTeam.id) }) },
    responses: {
      200: jsonAnswer(z.object({ items: z.array(channelSchema) }).openapi("ChannelList"), {
        description: "The channels.",
        example: { items: [exampleChannel] },
      }),
      ...refusals("TEAM_UNKNOWN", "TENANT_UNKNOWN"),
    },
  }),
};

/** Mounts them. */
export function mountTeams(app: ApiApp, { engine: { directory } }: ApiParts): void {
  app.openapi(teamRoutes.list, async (context) => {
    const page = await directory.teams(exact(context.req.valid("query")));
    return context.json(pageView(page, teamView), 200);
  });
  app.openapi(teamRoutes.channels, async (context) => {
    const channels = await directory.channels(teamId(context.req.valid("param").id));
    return context.json({ items: channels.map(channelView) }, 200);
  });
}

import { header, notEmulated } from "../answer.ts";
import { connectorAudience } from "../facts.ts";
import { recordViolation, type World } from "../state/world.ts";
import { readAccessToken } from "../token/access-token.ts";
import type { WireAnswer, WireRequest } from "../wire.ts";

/** Graph's place, under `/graph`. None of it is imitated yet: everything is 501, and a connector token here is recorded. */
export function serveGraph(world: World, request: WireRequest): WireAnswer {
  const token = (header(request, "authorization") ?? "").split(" ")[1];
  const claims = token === undefined ? null : readAccessToken(world, token);
  if (claims?.audience === connectorAudience)
    recordViolation(world, {
      kind: "wrong-audience",
      operation: "graph",
      conversationId: null,
      detail: "a token for the connector came to Graph",
    });
  const path = request.target.split("?")[0];
  world.note(`not imitated: ${request.method} ${path}`);
  return notEmulated(`${request.method} ${path} of Graph`);
}

import { header } from "../answer.ts";
import { graphAudience } from "../facts.ts";
import { recordViolation, type World } from "../state/world.ts";
import { readAccessToken } from "../token/access-token.ts";
import type { WireAnswer, WireRequest } from "../wire.ts";
import { refuseGraph } from "./errors.ts";

/**
 * The refusal of a request whose token is none, too old, for another audience or tenant, or was issued while nobody had consented to
 * the permission; else null. What is consented to later is in later tokens only.
 */
export function authorizeGraph(
  world: World,
  request: WireRequest,
  permission: string,
): WireAnswer | null {
  const [scheme, token] = (header(request, "authorization") ?? "").split(" ");
  if (scheme?.toLowerCase() !== "bearer" || !token)
    return unauthorized(world, "Access token is empty.");
  const claims = readAccessToken(world, token);
  if (!claims) return unauthorized(world, "The token is not one of this login service.");
  if (claims.audience !== graphAudience) {
    recordViolation(world, {
      kind: "wrong-audience",
      operation: "graph",
      conversationId: null,
      detail: "a token for the connector came to Graph",
    });
    return unauthorized(world, "Invalid audience.");
  }
  if (claims.expiresAt <= world.clock.now())
    return unauthorized(world, "Lifetime validation failed, the token is expired.");
  if (claims.tenantId !== world.config.tenantId)
    return unauthorized(world, "The token is of another tenant.");
  return claims.roles.includes(permission) ? null : refuseGraph(world, "not-permitted");
}

function unauthorized(world: World, message: string): WireAnswer {
  return refuseGraph(world, "unauthorized", { message });
}

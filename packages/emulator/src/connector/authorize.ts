import { header } from "../answer.ts";
import { connectorAudience } from "../facts.ts";
import { recordViolation, type World } from "../state/world.ts";
import { readAccessToken } from "../token/access-token.ts";
import type { WireAnswer, WireRequest } from "../wire.ts";
import { refuse } from "./errors.ts";

const challenge = { "www-authenticate": "Bearer" };

/** The refusal of a request without a good token, or null when the token is this bot's, for the connector, and alive. */
export function authorize(
  world: World,
  request: WireRequest,
  operation: string,
): WireAnswer | null {
  const [scheme, token] = (header(request, "authorization") ?? "").split(" ");
  if (scheme?.toLowerCase() !== "bearer" || !token)
    return unauthorized("There is no bearer token.");
  const claims = readAccessToken(world, token);
  if (!claims) return unauthorized("The token is not one of this login service.");
  if (claims.expiresAt <= world.clock.now()) return unauthorized("The token has expired.");
  if (claims.audience !== connectorAudience) {
    recordViolation(world, {
      kind: "wrong-audience",
      operation,
      conversationId: null,
      detail: `a token for ${claims.audience} came to the connector`,
    });
    return unauthorized("The token is for another audience.");
  }
  return claims.appId === world.config.botAppId ? null : refuse("bot-not-registered");
}

function unauthorized(message: string): WireAnswer {
  return refuse("unauthorized", { message, headers: challenge });
}

import { connectorAudience, graphAudience } from "../facts.ts";
import { asList, asNumber, asString } from "../json.ts";
import { loginKey } from "../openid/key-ring.ts";
import { hasSignature, parseJwt, signJwt } from "../runtime/jwt.ts";
import type { World } from "../state/world.ts";

/** What an access token says. */
export interface AccessClaims {
  readonly audience: string;
  readonly appId: string;
  readonly tenantId: string;
  /** Permissions that an admin had consented to when it was issued; Graph tokens have them. */
  readonly roles: readonly string[];
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

const verifiedMax = 2_000;

/** An access token for an app, as Entra would make it. The same request twice gives two tokens. */
export function makeAccessToken(world: World, claims: AccessClaims): string {
  const now = Math.floor(world.clock.now() / 1_000);
  world.totals.tokens += 1;
  const token = signJwt(loginKey(), {
    aud: claims.audience,
    iss: `https://sts.windows.net/${claims.tenantId}/`,
    iat: now,
    nbf: now,
    exp: Math.floor(claims.expiresAt / 1_000),
    appid: claims.appId,
    appidacr: "1",
    tid: claims.tenantId,
    ...(claims.roles.length > 0 && { roles: claims.roles }),
    uti: `t${world.totals.tokens}`,
    ver: "1.0",
  });
  remember(world, token, claims);
  return token;
}

/** What a token says, if this emulator (or an earlier one) signed it; null otherwise. Expiry is for the caller to judge. */
export function readAccessToken(world: World, token: string): AccessClaims | null {
  const known = world.tokens.get(token);
  if (known) return known;
  const jwt = parseJwt(token);
  if (!jwt || !hasSignature(jwt, loginKey().publicKey)) return null;
  const claims = {
    audience: asString(jwt.claims.aud) ?? "",
    appId: asString(jwt.claims.appid) ?? "",
    tenantId: asString(jwt.claims.tid) ?? "",
    roles: asList(jwt.claims.roles).flatMap((role) => asString(role) ?? []),
    expiresAt: (asNumber(jwt.claims.exp) ?? 0) * 1_000,
  };
  remember(world, token, claims);
  return claims;
}

/** The audience that a scope stands for, or null where there is no such resource. */
export function audienceOf(world: World, scope: string): string | null {
  const resource = scope.endsWith("/.default") ? scope.slice(0, -"/.default".length) : null;
  if (resource === connectorAudience) return connectorAudience;
  return resource === graphAudience || resource === `${world.dial.baseUrl}/graph`
    ? graphAudience
    : null;
}

function remember(world: World, token: string, claims: AccessClaims): void {
  if (world.tokens.size >= verifiedMax) {
    const oldest = world.tokens.keys().next();
    if (!oldest.done) world.tokens.delete(oldest.value);
  }
  world.tokens.set(token, claims);
}

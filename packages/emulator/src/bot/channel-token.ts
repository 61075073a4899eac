import type { TokenFlaw } from "../emulator.ts";
import { channelTokenSeconds, connectorAudience } from "../facts.ts";
import type { JsonObject } from "../json.ts";
import { foreignKey } from "../openid/key-ring.ts";
import { hmacJwt, signJwt, unsignedJwt } from "../runtime/jwt.ts";
import type { World } from "../state/world.ts";

/** The `Authorization` of an activity with this service URL, or undefined where the flaw is that there is none. */
export function channelAuthorization(
  world: World,
  serviceUrl: string,
  flaw: TokenFlaw | undefined,
): string | undefined {
  if (flaw === "missing") return undefined;
  const token =
    flaw === undefined ? goodToken(world, serviceUrl) : flawedToken(world, serviceUrl, flaw);
  return `Bearer ${token}`;
}

/** Made once a minute and service URL, as signing costs more than all the rest. */
function goodToken(world: World, serviceUrl: string): string {
  return world.keys.reuse(serviceUrl, world.clock.now(), () =>
    signJwt(world.keys.current, claimsFor(world, serviceUrl)),
  );
}

function flawedToken(
  world: World,
  serviceUrl: string,
  flaw: Exclude<TokenFlaw, "missing">,
): string {
  const { keys, config } = world;
  const claims = claimsFor(world, serviceUrl);
  const now = Math.floor(world.clock.now() / 1_000);
  const shifted = (seconds: number): string =>
    signJwt(keys.current, {
      ...claims,
      nbf: now + seconds - channelTokenSeconds,
      exp: now + seconds,
    });
  switch (flaw) {
    case "garbage":
      return "not.a.token";
    case "wrong-issuer":
      return signJwt(keys.current, { ...claims, iss: "https://issuer.example" });
    case "wrong-audience":
      return signJwt(keys.current, { ...claims, aud: "00000000-0000-4000-8000-000000000000" });
    case "wrong-endorsement":
      return signJwt(keys.otherChannel, claims);
    case "unknown-kid":
      return signJwt(foreignKey(), claims);
    case "bad-signature":
      return signJwt(foreignKey(), claims, { kid: keys.current.kid });
    case "expired":
      return shifted(-600);
    case "expired-within-skew":
      return shifted(-240);
    case "not-yet-valid":
      return signJwt(keys.current, { ...claims, nbf: now + 600, exp: now + 900 });
    case "no-service-url": {
      const { serviceurl: _, ...rest } = claims;
      return signJwt(keys.current, rest);
    }
    case "other-service-url":
      return signJwt(keys.current, { ...claims, serviceurl: "https://elsewhere.example/" });
    case "alg-none":
      return unsignedJwt(claims);
    case "hs256":
      return hmacJwt(keys.current, claims);
    case "entra-own-tenant":
      return entraToken(world, config.tenantId);
    case "entra-strange-tenant":
      return entraToken(world, "00000000-0000-4000-8000-00000000abcd");
  }
}

/** As Entra would make one for the bot's audience: another issuer, and no service URL in it. */
function entraToken(world: World, tenantId: string): string {
  const now = Math.floor(world.clock.now() / 1_000);
  return signJwt(world.keys.current, {
    iss: `https://sts.windows.net/${tenantId}/`,
    aud: world.config.botAppId,
    appid: "00000000-0000-4000-8000-00000000feed",
    tid: tenantId,
    ver: "1.0",
    nbf: now,
    exp: now + channelTokenSeconds,
  });
}

function claimsFor(world: World, serviceUrl: string): JsonObject {
  const now = Math.floor(world.clock.now() / 1_000);
  return {
    serviceurl: serviceUrl,
    nbf: now,
    exp: now + channelTokenSeconds,
    iss: connectorAudience,
    aud: world.config.botAppId,
  };
}

import { asNumber, asString } from "../json.ts";
import { hasSignature, parseJwt } from "../runtime/jwt.ts";
import type { World } from "../state/world.ts";

/** Which assertion is expected. */
export interface ExpectedAssertion {
  readonly clientId: string;
  readonly audience: string;
}

/** What is wrong with a client assertion (a JWT signed with a registered certificate), or null when nothing is. */
export function assertionProblem(
  world: World,
  assertion: string,
  expected: ExpectedAssertion,
): string | null {
  const jwt = parseJwt(assertion);
  if (!jwt) return "The assertion is no JWT.";
  if (!world.dial.certificates.some((key) => hasSignature(jwt, key)))
    return "No registered certificate made this signature.";
  const { claims } = jwt;
  if (claims.aud !== expected.audience) return `The audience is not ${expected.audience}.`;
  if (claims.iss !== expected.clientId || claims.sub !== expected.clientId)
    return "Issuer and subject are not the client id.";
  if (!asString(claims.jti)) return "There is no jti.";
  const now = world.clock.now() / 1_000;
  if ((asNumber(claims.exp) ?? 0) <= now) return "The assertion has expired.";
  return (asNumber(claims.nbf) ?? 0) > now + 300 ? "The assertion is not valid yet." : null;
}

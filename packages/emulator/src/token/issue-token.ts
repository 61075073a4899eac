import { jsonAnswer } from "../answer.ts";
import { botFrameworkTenant, graphAudience } from "../facts.ts";
import type { World } from "../state/world.ts";
import type { WireAnswer } from "../wire.ts";
import { audienceOf, makeAccessToken } from "./access-token.ts";
import { assertionProblem } from "./client-assertion.ts";
import { refuseToken } from "./errors.ts";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** How a token turns out, beside what the request says. */
export interface TokenTwist {
  /** How long the token really lives, whatever `expires_in` says. */
  readonly realSeconds?: number;
}

/** The client-credentials grant at a tenant segment, by secret or by certificate. */
export function issueToken(
  world: World,
  segment: string,
  form: URLSearchParams,
  twist: TokenTwist = {},
): WireAnswer {
  const clientId = form.get("client_id") ?? "";
  const scope = form.get("scope") ?? "";
  const missing = ["grant_type", "client_id", "scope"].find((name) => !form.get(name));
  if (missing) return refuseToken(world, 900144, `Missing: ${missing}.`);
  if (form.get("grant_type") !== "client_credentials") return refuseToken(world, 70003);
  const tenantId = tenantOf(world, segment);
  if (tenantId === null || !isKnownApp(world, clientId))
    return refuseToken(world, 700016, `(${clientId} in ${segment})`);
  const refusal = checkCredential(world, segment, clientId, form);
  if (refusal) return refusal;
  const audience = audienceOf(world, scope);
  if (audience === null) return refuseToken(world, 500011, `(${scope})`);
  const seconds = world.config.tokenLifetimeSeconds;
  const expiresAt = world.clock.now() + (twist.realSeconds ?? seconds) * 1_000;
  const roles = audience === graphAudience ? world.graphPermissions : [];
  const token = makeAccessToken(world, { audience, appId: clientId, tenantId, roles, expiresAt });
  return jsonAnswer(
    200,
    { token_type: "Bearer", expires_in: seconds, ext_expires_in: seconds, access_token: token },
    { "cache-control": "no-store" },
  );
}

/** The tenant whose segment this is, for a bot of this registration; null where the app is not there. */
function tenantOf(world: World, segment: string): string | null {
  if (segment.toLowerCase() === world.config.tenantId.toLowerCase()) return world.config.tenantId;
  const isShared = segment === botFrameworkTenant.segment || segment === botFrameworkTenant.id;
  return isShared && world.config.registration === "multi-tenant" ? botFrameworkTenant.id : null;
}

function isKnownApp(world: World, clientId: string): boolean {
  const { botAppId, otherApps } = world.config;
  return clientId === botAppId || otherApps.some(({ appId }) => appId === clientId);
}

function checkCredential(
  world: World,
  segment: string,
  clientId: string,
  form: URLSearchParams,
): WireAnswer | null {
  const assertion = form.get("client_assertion");
  if (assertion !== null) {
    if (form.get("client_assertion_type") !== assertionType)
      return refuseToken(world, 900144, "Missing: client_assertion_type.");
    const audience = `${world.dial.baseUrl}/${segment}/oauth2/v2.0/token`;
    const problem = assertionProblem(world, assertion, { clientId, audience });
    return problem === null ? null : refuseToken(world, 700027, problem);
  }
  const { botAppId, botSecret, otherApps } = world.config;
  const secret =
    clientId === botAppId ? botSecret : otherApps.find(({ appId }) => appId === clientId)?.secret;
  const given = form.get("client_secret");
  if (given === null) return refuseToken(world, 900144, "Missing: client_secret.");
  return given === secret ? null : refuseToken(world, 7000215);
}

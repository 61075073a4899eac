import { jsonAnswer } from "../answer.ts";
import { jwk, loginKey } from "../openid/key-ring.ts";
import type { World } from "../state/world.ts";
import type { WireAnswer } from "../wire.ts";

/** Entra's own metadata and keys for the bot's tenant, for libraries that ask for them first; null where the path is another's. */
export function serveLoginMetadata(
  world: World,
  method: string,
  segments: readonly string[],
): WireAnswer | null {
  const [tenant, ...rest] = segments;
  if (method !== "GET" || tenant !== world.config.tenantId) return null;
  const base = `${world.dial.baseUrl}/${tenant}`;
  switch (rest.join("/")) {
    case "discovery/v2.0/keys":
      return jsonAnswer(200, { keys: [jwk(loginKey())] });
    case "v2.0/.well-known/openid-configuration":
      return jsonAnswer(200, {
        issuer: `${base}/v2.0`,
        token_endpoint: `${base}/oauth2/v2.0/token`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
        id_token_signing_alg_values_supported: ["RS256"],
        token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
      });
    default:
      return null;
  }
}

import { jsonAnswer } from "../answer.ts";
import { connectorAudience } from "../facts.ts";
import type { World } from "../state/world.ts";
import type { WireAnswer } from "../wire.ts";

/** Where the connector's OpenID metadata lies, as at login.botframework.com. */
export const metadataPath = "v1/.well-known/openidconfiguration";
const keysPath = "v1/.well-known/keys";

/** The connector's metadata and keys; null where the path is another's. */
export function serveOpenId(world: World, method: string, path: string): WireAnswer | null {
  if (method !== "GET") return null;
  if (path === keysPath) return jsonAnswer(200, world.keys.jwks());
  if (path !== metadataPath) return null;
  return jsonAnswer(200, {
    issuer: connectorAudience,
    authorization_endpoint: "https://invalid.botframework.com",
    jwks_uri: `${world.dial.baseUrl}/${keysPath}`,
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: ["private_key_jwt"],
  });
}

// Tokens as the login host and the connector would make them.
import { createSign, generateKeyPairSync } from "node:crypto";

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An access token of the right form that nobody checks. */
export function unsignedToken() {
  const exp = Math.floor(Date.now() / 1000) + 86_400;
  return `${part({ alg: "RS256", typ: "JWT" })}.${part({ exp, aud: "https://api.botframework.com" })}.c2ln`;
}

/** A key of the connector, as its key document shows it, and a way to sign activities' tokens with it. */
export function connectorKey() {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const kid = "bench";
  const { kty, n, e } = publicKey.export({ format: "jwk" });
  return {
    jwks: { keys: [{ kty, n, e, kid, use: "sig", alg: "RS256", endorsements: ["msteams"] }] },
    sign(claims) {
      const text = `${part({ alg: "RS256", typ: "JWT", kid })}.${part(claims)}`;
      return `${text}.${createSign("RSA-SHA256").update(text).sign(privateKey, "base64url")}`;
    },
  };
}

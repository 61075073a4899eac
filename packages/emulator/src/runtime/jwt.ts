import { constants, createHmac, type KeyObject, sign, verify } from "node:crypto";
import { asObject, type JsonObject, parseJson } from "../json.ts";
import type { SigningKey } from "./rsa-key.ts";

/** A token taken apart, believed in nothing. */
export interface ParsedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signed: string;
  readonly signature: Buffer;
}

/** A compact JWT signed RS256. The same claims give the same token. */
export function signJwt(key: SigningKey, claims: JsonObject, header: JsonObject = {}): string {
  const signed = unsigned({ alg: "RS256", kid: key.kid, typ: "JWT", ...header }, claims);
  return `${signed}.${sign("sha256", Buffer.from(signed), key.privateKey).toString("base64url")}`;
}

/** A token with `alg: none` and no signature: to be refused. */
export function unsignedJwt(claims: JsonObject): string {
  return `${unsigned({ alg: "none", typ: "JWT" }, claims)}.`;
}

/** A token signed HS256 with the public key as the secret: the classic confusion, to be refused. */
export function hmacJwt(key: SigningKey, claims: JsonObject): string {
  const signed = unsigned({ alg: "HS256", kid: key.kid, typ: "JWT" }, claims);
  const secret = key.publicKey.export({ type: "spki", format: "pem" });
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** The parts of a compact JWT, or null where it is none. */
export function parseJwt(token: string): ParsedJwt | null {
  const parts = token.split(".");
  const [header, claims, signature] = parts;
  if (parts.length !== 3 || !header || !claims || signature === undefined) return null;
  const decoded = (part: string): JsonObject =>
    asObject(parseJson(Buffer.from(part, "base64url").toString("utf8")));
  return {
    header: decoded(header),
    claims: decoded(claims),
    signed: `${header}.${claims}`,
    signature: Buffer.from(signature, "base64url"),
  };
}

/** Whether the signature is this key's, by RS256 or PS256 as the header says. */
export function hasSignature(jwt: ParsedJwt, key: KeyObject): boolean {
  const bytes = Buffer.from(jwt.signed);
  if (jwt.header.alg === "RS256") return verify("sha256", bytes, key, jwt.signature);
  if (jwt.header.alg !== "PS256") return false;
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return verify("sha256", bytes, { key, ...padding }, jwt.signature);
}

function unsigned(header: JsonObject, claims: JsonObject): string {
  const part = (value: JsonObject): string =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(claims)}`;
}

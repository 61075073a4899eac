import { hash } from "node:crypto";
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import type { Activity } from "../domain/activity.ts";
import { ConfigError } from "../domain/errors.ts";
import type { Clock } from "../engine/ports/runtime.ts";
import { inboundAlgorithms, inboundSkewSeconds } from "./facts.ts";
import { confidentialUrl } from "./loopback.ts";
import {
  createSigningKeys,
  type SigningKey,
  type SigningKeys,
  type SigningKeysDeps,
} from "./signing-keys.ts";

/** The check that an inbound request failed, in the order they are made. */
export type InboundCheck =
  | "scheme"
  | "token-form"
  | "algorithm"
  | "keys-unavailable"
  | "key"
  | "signature"
  | "issuer"
  | "audience"
  | "lifetime"
  | "service-url"
  | "endorsements";

/** What a verified token says. */
export interface InboundClaims {
  readonly issuer: string;
  readonly audience: string;
  /** The `serviceurl` claim as written; null only where a simulation or a loopback-only mode stands in for the check. */
  readonly serviceUrl: string | null;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export type Verification =
  | { readonly ok: true; readonly claims: InboundClaims }
  | { readonly ok: false; readonly status: 401 | 403; readonly check: InboundCheck };

/** Decides whether an inbound activity comes from Teams. */
export interface InboundVerifier {
  /** Checks the `Authorization` header against the activity that came with it. Never rejects. */
  verify(authorization: string | null, activity: Activity): Promise<Verification>;
}

export interface InboundVerifierOptions {
  /** The bot's app id, a bare guid. */
  readonly appId: string;
  /** The cloud's issuer, compared exactly. */
  readonly issuer: string;
  readonly openIdMetadataUrl: string;
  /** Verified tokens kept. Default 1,000. */
  readonly cachedMax?: number;
}

interface Verified {
  readonly claims: InboundClaims;
  readonly key: SigningKey;
}

const tokenCharsMax = 16_384;
const bearerForm = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)$/i;

/**
 * The seven checks of the connector's tokens: scheme, signature by a known key, issuer, audience, lifetime (5 minutes of
 * skew), `serviceurl` claim equal to the activity's, key endorsed for the activity's channel. A token that passed is
 * remembered until it ends or its key goes; the last two checks are made for every activity. Tokens issued by Entra are refused.
 * Throws `ConfigError` for an empty app id or a metadata URL that is not https (http on a loopback host).
 */
export function createInboundVerifier(
  deps: SigningKeysDeps,
  options: InboundVerifierOptions,
): InboundVerifier {
  if (options.appId === "") {
    throw new ConfigError("CONFIG_INVALID", {
      detail: "Inbound activities cannot be checked without the bot's app id: set CLIENT_ID.",
    });
  }
  if (confidentialUrl(options.openIdMetadataUrl) === null) {
    throw new ConfigError("CONFIG_INVALID", {
      detail: `The OpenID metadata URL ${JSON.stringify(options.openIdMetadataUrl)} must be https (http only on a loopback host).`,
    });
  }
  const keys = createSigningKeys(deps, options.openIdMetadataUrl);
  const remembered = createMemory(deps.clock, keys, options.cachedMax ?? 1000);

  async function authenticate(token: string): Promise<Verified | InboundCheck> {
    const digest = hash("sha256", token, "base64");
    const known = remembered.get(digest);
    if (known !== null) return known;
    const keyId = keyIdOf(token);
    if (typeof keyId !== "string") return keyId.check;
    const key = await keys.find(keyId);
    if (key === "unknown") return "key";
    if (key === "unavailable") return "keys-unavailable";
    const claims = await readClaims(token, key, options, deps.clock);
    if (typeof claims === "string") return claims;
    remembered.add(digest, { claims, key });
    return { claims, key };
  }

  return {
    async verify(authorization, activity) {
      const token = authorization === null ? null : bearerForm.exec(authorization)?.[1];
      if (token === null || token === undefined) return refused("scheme");
      if (token.length > tokenCharsMax) return refused("token-form");
      const result = await authenticate(token);
      if (typeof result === "string") return refused(result);
      const { claims, key } = result;
      if (!sameUrl(claims.serviceUrl, activity.serviceUrl)) return refused("service-url");
      if (activity.channelId === undefined || !key.endorsements.includes(activity.channelId)) {
        return refused("endorsements");
      }
      return { ok: true, claims };
    },
  };
}

/** Tokens that passed, by their digest, while they last and their key is still held. */
function createMemory(clock: Clock, keys: SigningKeys, tokensMax: number) {
  const tokens = new Map<string, Verified>();
  return {
    get(digest: string): Verified | null {
      const known = tokens.get(digest);
      if (known === undefined) return null;
      const key = keys.held(known.key.id);
      const alive = known.claims.expiresAt + inboundSkewSeconds * 1000 > clock.now();
      // The key as held now: a newer set may endorse it for other channels.
      if (alive && key?.key.equals(known.key.key)) return { claims: known.claims, key };
      tokens.delete(digest);
      return null;
    },
    add(digest: string, verified: Verified): void {
      const [oldest] = tokens.keys();
      if (tokens.size >= tokensMax && oldest !== undefined) tokens.delete(oldest);
      tokens.set(digest, verified);
    },
  };
}

function refused(check: InboundCheck): Verification {
  return { ok: false, status: check === "endorsements" ? 403 : 401, check };
}

function keyIdOf(token: string): string | { readonly check: InboundCheck } {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    if (alg === undefined || !inboundAlgorithms.includes(alg)) return { check: "algorithm" };
    return typeof kid === "string" && kid !== "" ? kid : { check: "key" };
  } catch {
    return { check: "token-form" }; // the header is not JSON: an expected input, answered by its check
  }
}

async function readClaims(
  token: string,
  key: SigningKey,
  { appId, issuer }: InboundVerifierOptions,
  clock: Clock,
): Promise<InboundClaims | InboundCheck> {
  try {
    const { payload } = await jwtVerify(token, key.key, {
      algorithms: [...key.algorithms],
      issuer,
      audience: audiencesOf(appId),
      clockTolerance: inboundSkewSeconds,
      currentDate: new Date(clock.now()),
    });
    return claimsOf(payload, issuer);
  } catch (error) {
    return checkOf(error);
  }
}

function audiencesOf(appId: string): string[] {
  return [...new Set([appId, appId.toLowerCase()])].flatMap((id) => [
    id,
    `api://${id}`,
    `api://botid-${id}`,
  ]);
}

function claimsOf(payload: JWTPayload, issuer: string): InboundClaims | InboundCheck {
  const { aud, exp, serviceurl } = payload;
  if (exp === undefined) return "lifetime";
  return {
    issuer,
    audience: typeof aud === "string" ? aud : (aud?.[0] ?? ""),
    serviceUrl: typeof serviceurl === "string" ? serviceurl : null,
    expiresAt: exp * 1000,
  };
}

function checkOf(error: unknown): InboundCheck {
  if (error instanceof errors.JWTExpired) return "lifetime";
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "iss") return "issuer";
    return error.claim === "aud" ? "audience" : "lifetime";
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "algorithm";
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return "token-form";
  // A wrong signature, or a key that does not do for one.
  return "signature";
}

/** Lower-cased and without a trailing slash, both there and equal. */
function sameUrl(claim: string | null, actual: string | undefined): boolean {
  if (claim === null || actual === undefined || claim === "") return false;
  return plain(claim) === plain(actual);
}

function plain(url: string): string {
  const lower = url.toLowerCase();
  return lower.endsWith("/") ? lower.slice(0, -1) : lower;
}

import { createPublicKey, type KeyObject } from "node:crypto";
import { hasPassed } from "../domain/elapsed.ts";
import type { Log } from "../domain/log.ts";
import type { JsonObject } from "../domain/message.ts";
import type { Clock } from "../engine/ports/runtime.ts";
import { inboundAlgorithms, signingKeysAgeMsMax } from "./facts.ts";
import { isObject, parseJson, textOf } from "./json.ts";
import { confidentialUrl } from "./loopback.ts";
import type { Transport } from "./transport.ts";

/** One of the connector's public keys. */
export interface SigningKey {
  readonly id: string;
  readonly key: KeyObject;
  /** The algorithms it may be used with. */
  readonly algorithms: readonly string[];
  /** Channels for which its signature counts. */
  readonly endorsements: readonly string[];
}

/** The connector's keys, fetched when needed. */
export interface SigningKeys {
  /** The key with this id as held now. A set that is a day old is replaced in the background. */
  held(id: string): SigningKey | undefined;
  /**
   * The key with this id; where it is not held, the set is fetched again, but at most every 30 s. `unavailable` while no set
   * could ever be fetched. Never rejects.
   */
  find(id: string): Promise<SigningKey | "unknown" | "unavailable">;
}

export interface SigningKeysDeps {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Log;
}

const refreshFloorMs = 30_000;
const timeoutMs = 10_000;
const keysMax = 200;
/** RFC 7518 section 3.3: the least that may sign with these algorithms. */
const modulusBitsMin = 2048;

/** Keys found through an OpenID metadata document. When fetching fails, the old set stays in use. */
export function createSigningKeys(deps: SigningKeysDeps, metadataUrl: string): SigningKeys {
  const { clock, log } = deps;
  let keys: ReadonlyMap<string, SigningKey> | null = null;
  let fetchedAt = 0;
  let askedAt: number | null = null;
  let flight: Promise<void> | null = null;

  function refresh(): Promise<void> {
    askedAt = clock.now();
    flight ??= fetchKeys(deps.transport, metadataUrl).then((result) => {
      flight = null;
      if (typeof result === "string") {
        log.warn("keys.failed", { detail: result, held: keys?.size ?? 0 });
        return;
      }
      keys = result;
      fetchedAt = clock.now();
      log.info("keys.refreshed", { keys: result.size });
    });
    return flight;
  }

  const mayRefresh = () =>
    askedAt === null || hasPassed(refreshFloorMs, { since: askedAt, now: clock.now() });

  function held(id: string): SigningKey | undefined {
    // In the background: the keys at hand are good until a newer set says otherwise.
    const old =
      keys !== null && hasPassed(signingKeysAgeMsMax, { since: fetchedAt, now: clock.now() });
    if (old && flight === null && mayRefresh()) void refresh();
    return keys?.get(id);
  }

  return {
    held,
    async find(id) {
      const known = held(id);
      if (known !== undefined) return known;
      if (flight !== null) await flight;
      else if (mayRefresh()) await refresh();
      return keys === null ? "unavailable" : (keys.get(id) ?? "unknown");
    },
  };
}

/** The keys by id, or one line about what went wrong. */
async function fetchKeys(
  transport: Transport,
  metadataUrl: string,
): Promise<ReadonlyMap<string, SigningKey> | string> {
  const metadata = await fetchObject(transport, metadataUrl);
  if (typeof metadata === "string") return metadata;
  const keysUrl = textOf(metadata.jwks_uri);
  if (keysUrl === null || !mayNameKeys(metadataUrl, keysUrl)) {
    return "the metadata document names no usable jwks_uri";
  }
  const set = await fetchObject(transport, keysUrl);
  if (typeof set === "string") return set;
  const entries = Array.isArray(set.keys) ? set.keys.slice(0, keysMax) : [];
  const keys = entries.flatMap(readKey);
  if (keys.length === 0) return "the key document holds no usable key";
  return new Map(keys.map((key) => [key.id, key]));
}

async function fetchObject(transport: Transport, url: string): Promise<JsonObject | string> {
  const result = await transport.request({
    method: "GET",
    url,
    headers: ["accept", "application/json"],
    timeoutMs,
  });
  if (result.kind === "failed") return `${url}: ${result.detail}`;
  const value = result.status === 200 ? parseJson(result.body) : undefined;
  return isObject(value) ? value : `${url}: status ${result.status} and no usable document`;
}

/** Plain http is for loopback only, and a public document must not send us there. */
function mayNameKeys(metadataUrl: string, keysUrl: string): boolean {
  const url = confidentialUrl(keysUrl);
  if (url === null) return false;
  return url.protocol === "https:" || metadataUrl.startsWith("http:");
}

function readKey(entry: unknown): readonly SigningKey[] {
  if (!isObject(entry)) return [];
  const { kty, use, kid, n, e, alg, endorsements } = entry;
  if (kty !== "RSA" || (use !== undefined && use !== "sig")) return [];
  const id = textOf(kid);
  if (id === null || typeof n !== "string" || typeof e !== "string") return [];
  const algorithms =
    typeof alg === "string" ? inboundAlgorithms.filter((a) => a === alg) : inboundAlgorithms;
  const key = publicKey(n, e);
  if (key === null || algorithms.length === 0) return [];
  const channels = Array.isArray(endorsements) ? endorsements : [];
  return [{ id, key, algorithms, endorsements: channels.filter((c) => typeof c === "string") }];
}

function publicKey(n: string, e: string): KeyObject | null {
  try {
    const key = createPublicKey({ key: { kty: "RSA", n, e }, format: "jwk" });
    return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= modulusBitsMin ? key : null;
  } catch {
    return null; // one malformed entry must not cost us the others; the set's size is logged
  }
}

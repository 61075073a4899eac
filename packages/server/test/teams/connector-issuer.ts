import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { exportJWK, SignJWT } from "jose";
import type { Activity } from "../../src/domain/activity.ts";
import type { TransportRequest } from "../../src/teams/transport.ts";
import { answer, ScriptedTransport, type StandingClock } from "./scripted-transport.ts";

export const appId = "11111111-aaaa-bbbb-cccc-222222222222";
export const issuer = "https://api.botframework.com";
export const metadataUrl = "https://login.botframework.com/v1/.well-known/openidconfiguration";
const keysUrl = "https://login.botframework.com/v1/.well-known/keys";
export const serviceUrl = "https://smba.trafficmanager.net/emea/2222/";

/** An activity as the tokens below belong to. */
export const activity: Activity = {
  type: "message",
  id: "1",
  channelId: "msteams",
  serviceUrl,
  conversation: { id: "a:1" },
};

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Made once for the process: making RSA keys is slow. */
const pairs = new Map<string, Promise<KeyPair>>();
function pairOf(id: string): Promise<KeyPair> {
  const known = pairs.get(id) ?? promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  pairs.set(id, known);
  return known;
}

interface PublishedKey {
  readonly id: string;
  readonly endorsements?: readonly string[];
  readonly more?: object;
}

/** Stands for the connector's login host: publishes keys, and signs tokens with them or with others. */
export class ConnectorIssuer {
  published: readonly PublishedKey[] = [{ id: "key-1", endorsements: ["msteams"] }];
  /** Answers instead of the documents while it is set. */
  down = false;
  readonly transport: ScriptedTransport;
  readonly #clock: StandingClock;

  constructor(clock: StandingClock) {
    this.#clock = clock;
    this.transport = new ScriptedTransport((request) => this.#answer(request));
  }

  /** How often the keys were fetched. */
  get fetches(): number {
    return this.transport.requests.filter(({ url }) => url === keysUrl).length;
  }

  /** The `Authorization` header of a good token, with some claims replaced, removed (`undefined`) or signed otherwise. */
  async bearer(
    claims: Readonly<Record<string, unknown>> = {},
    signing: { readonly keyId?: string; readonly signedBy?: string; readonly alg?: string } = {},
  ): Promise<string> {
    const { keyId = "key-1", signedBy = keyId, alg = "RS256" } = signing;
    const seconds = Math.floor(this.#clock.now() / 1000);
    const payload = {
      iss: issuer,
      aud: appId,
      nbf: seconds - 10,
      exp: seconds + 3600,
      serviceurl: serviceUrl,
      ...claims,
    };
    const { privateKey } = await pairOf(signedBy);
    const token = await new SignJWT(payload)
      .setProtectedHeader({ alg, kid: keyId, typ: "JWT" })
      .sign(privateKey);
    return `Bearer ${token}`;
  }

  async #answer({ url }: TransportRequest) {
    if (this.down) return answer(503, "down");
    if (url === metadataUrl) return answer(200, { issuer, jwks_uri: keysUrl });
    if (url !== keysUrl) return answer(404, "not here");
    return answer(200, { keys: await Promise.all(this.published.map(published)) });
  }
}

async function published({ id, endorsements, more }: PublishedKey) {
  const { publicKey } = await pairOf(id);
  const key = { ...(await exportJWK(publicKey)), use: "sig", kid: id, ...more };
  return endorsements === undefined ? key : { ...key, endorsements };
}

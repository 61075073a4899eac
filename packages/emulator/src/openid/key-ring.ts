import { teamsChannel } from "../facts.ts";
import type { JsonObject } from "../json.ts";
import { rsaKeyFor, type SigningKey } from "../runtime/rsa-key.ts";

const label = "carillon-emulator";
const otherChannel = "webchat";
const reuseMs = 60_000;
const reusableMax = 100;

/** The keys of the connector: the one that signs, the one before it, and one that is endorsed for another channel only. */
export class KeyRing {
  #turn = 0;
  readonly #reusable = new Map<string, { readonly token: string; readonly until: number }>();

  get turn(): number {
    return this.#turn;
  }

  get current(): SigningKey {
    return channelKey(this.#turn);
  }

  /** Signs for another channel than Teams: to be refused. */
  get otherChannel(): SigningKey {
    return rsaKeyFor(`${label}/other-channel`);
  }

  /** A new signing key; the one before stays published until the next turn. */
  rotate(): SigningKey {
    this.turnTo(this.#turn + 1);
    return this.current;
  }

  /** Goes to a certain key, for an imported state. */
  turnTo(turn: number): void {
    this.#turn = turn;
    this.#reusable.clear();
  }

  /** The token that was made for this purpose within the last minute, or a new one. */
  reuse(purpose: string, now: number, make: () => string): string {
    const known = this.#reusable.get(purpose);
    if (known && known.until > now) return known.token;
    if (this.#reusable.size >= reusableMax) this.#reusable.clear();
    const token = make();
    this.#reusable.set(purpose, { token, until: now + reuseMs });
    return token;
  }

  /** The published set. */
  jwks(): JsonObject {
    const teams = this.#turn === 0 ? [0] : [this.#turn, this.#turn - 1];
    return {
      keys: [
        ...teams.map((turn) => jwk(channelKey(turn), [teamsChannel])),
        jwk(this.otherChannel, [otherChannel]),
      ],
    };
  }
}

/** The key that access tokens are signed with. */
export function loginKey(): SigningKey {
  return rsaKeyFor(`${label}/login`);
}

/** A key that nobody publishes. */
export function foreignKey(): SigningKey {
  return rsaKeyFor(`${label}/foreign`);
}

/** A key as it stands in a published set. */
export function jwk(key: SigningKey, endorsements?: readonly string[]): JsonObject {
  return {
    kty: "RSA",
    use: "sig",
    kid: key.kid,
    n: key.n,
    e: key.e,
    ...(endorsements ? { endorsements } : {}),
  };
}

function channelKey(turn: number): SigningKey {
  return rsaKeyFor(`${label}/channel/${turn}`);
}

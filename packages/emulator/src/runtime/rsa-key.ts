import {
  checkPrimeSync,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
} from "node:crypto";

/** A signing key and what is published of it. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Modulus and exponent in base64url. */
  readonly n: string;
  readonly e: string;
}

const made = new Map<string, SigningKey>();
const exponent = 65_537n;

/**
 * The RSA key of 2,048 bits that belongs to a label: the same on each machine, so that runs repeat and tokens outlive a
 * restart. Anyone can make it again: it protects nothing. Takes a fraction of a second, once in a process.
 */
export function rsaKeyFor(label: string): SigningKey {
  const known = made.get(label);
  if (known) return known;
  const key = makeKey(label);
  made.set(label, key);
  return key;
}

function makeKey(label: string): SigningKey {
  const [one, two] = [primeFor(`${label}/p`), primeFor(`${label}/q`)];
  const [p, q] = one > two ? [one, two] : [two, one];
  const d = inverse(exponent, (p - 1n) * (q - 1n));
  const n = base64url(p * q);
  const e = base64url(exponent);
  const privateKey = createPrivateKey({
    format: "jwk",
    key: {
      kty: "RSA",
      n,
      e,
      d: base64url(d),
      p: base64url(p),
      q: base64url(q),
      dp: base64url(d % (p - 1n)),
      dq: base64url(d % (q - 1n)),
      qi: base64url(inverse(q, p)),
    },
  });
  const kid = createHash("sha256").update(n).digest("base64url").slice(0, 22);
  return { kid, privateKey, publicKey: createPublicKey(privateKey), n, e };
}

function primeFor(label: string): bigint {
  const bytes = Buffer.concat(
    [0, 1, 2, 3].map((block) => createHash("sha256").update(`${label}/${block}`).digest()),
  );
  // The two top bits make the product long enough; the last one makes it odd.
  bytes[0] = (bytes[0] ?? 0) | 0xc0;
  bytes[127] = (bytes[127] ?? 0) | 1;
  let candidate = BigInt(`0x${bytes.toString("hex")}`);
  while (candidate % exponent === 1n || !checkPrimeSync(candidate, { checks: 8 })) candidate += 2n;
  return candidate;
}

function inverse(a: bigint, modulus: bigint): bigint {
  let [r, nextR, t, nextT] = [modulus, a, 0n, 1n];
  while (nextR !== 0n) {
    const quotient = r / nextR;
    [r, nextR] = [nextR, r - quotient * nextR];
    [t, nextT] = [nextT, t - quotient * nextT];
  }
  return t < 0n ? t + modulus : t;
}

function base64url(value: bigint): string {
  const digits = value.toString(16);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex").toString("base64url");
}

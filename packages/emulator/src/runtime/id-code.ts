import { hash32 } from "./hash.ts";

/** Names one family of ids, so that person 7 and team 7 share nothing. */
export type IdKind =
  | "person"
  | "person-mri"
  | "person-chat"
  | "team"
  | "team-group"
  | "chat"
  | "tenant"
  | "bot-app"
  | "bot-secret"
  | "event";

const kindNumber: Record<IdKind, number> = {
  person: 11,
  "person-mri": 12,
  "person-chat": 13,
  team: 14,
  "team-group": 15,
  chat: 16,
  tenant: 17,
  "bot-app": 18,
  "bot-secret": 19,
  event: 20,
};

/**
 * Turns numbers into ids that look random and back again, without storing any: the first word hides the number behind a
 * hash of the others.
 */
export function guidOf(seed: number, kind: IdKind, index: number): string {
  const [w1, w2, w3] = tail(seed, kind, index);
  const head = (index ^ hash32(w1, w2, w3, kindNumber[kind])) >>> 0;
  const [a, b, c, d] = [hex(head), hex(w1), hex(w2), hex(w3)];
  return `${a}-${b.slice(0, 4)}-${b.slice(4)}-${c.slice(0, 4)}-${c.slice(4)}${d}`;
}

/** The number that `guidOf` made this guid from, or null when it did not. */
export function indexOfGuid(seed: number, kind: IdKind, guid: string): number | null {
  const digits = guid.toLowerCase().replaceAll("-", "");
  if (!/^[0-9a-f]{32}$/.test(digits)) return null;
  const word = (at: number): number => Number.parseInt(digits.slice(at, at + 8), 16);
  const index = (word(0) ^ hash32(word(8), word(16), word(24), kindNumber[kind])) >>> 0;
  return guidOf(seed, kind, index) === guid.toLowerCase() ? index : null;
}

/** An opaque id of `blocks` × 16 bytes in base64url. */
export function opaqueOf(seed: number, kind: IdKind, index: number, blocks: number): string {
  const bytes = Buffer.alloc(blocks * 16);
  for (let block = 0; block < blocks; block += 1) {
    const [w1, w2, w3] = tail(seed, kind, hash32(index, block, 0, 0) ^ (block === 0 ? 0 : 0x5bd1));
    bytes.writeUInt32BE((index ^ hash32(w1, w2, w3, kindNumber[kind] + block)) >>> 0, block * 16);
    bytes.writeUInt32BE(w1, block * 16 + 4);
    bytes.writeUInt32BE(w2, block * 16 + 8);
    bytes.writeUInt32BE(w3, block * 16 + 12);
  }
  return bytes.toString("base64url");
}

/** The number that `opaqueOf` made this id from, or null when it did not. */
export function indexOfOpaque(seed: number, kind: IdKind, text: string): number | null {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length < 16 || bytes.length % 16 !== 0) return null;
  const tailHash = hash32(
    bytes.readUInt32BE(4),
    bytes.readUInt32BE(8),
    bytes.readUInt32BE(12),
    kindNumber[kind],
  );
  const index = (bytes.readUInt32BE(0) ^ tailHash) >>> 0;
  return opaqueOf(seed, kind, index, bytes.length / 16) === text ? index : null;
}

function tail(seed: number, kind: IdKind, index: number): [number, number, number] {
  const k = kindNumber[kind];
  const w1 = hash32(seed, k, index, 1);
  const w2 = hash32(seed, k, index, 2);
  // Version 4 and the usual variant, so that checkers of guids are content.
  return [
    ((w1 & 0xffff0fff) | 0x4000) >>> 0,
    ((w2 & 0x3fffffff) | 0x80000000) >>> 0,
    hash32(seed, k, index, 3),
  ];
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

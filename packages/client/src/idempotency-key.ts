/** A key that no other request has: 32 hexadecimal digits of chance. Unique rather than secret. */
export function newIdempotencyKey(): string {
  const bytes = new Uint8Array(16);
  // Old runtimes have no global `crypto`; there, ordinary chance has to do.
  const source: Crypto | undefined = globalThis.crypto;
  if (source === undefined)
    for (const index of bytes.keys()) bytes[index] = Math.floor(Math.random() * 256);
  else source.getRandomValues(bytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

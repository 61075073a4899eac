/** A 32-bit hash of four words: the root of everything that is made up. Not for secrets. */
export function hash32(a: number, b: number, c: number, d: number): number {
  let h = mix(a ^ 0x9e3779b9);
  h = mix(h ^ b);
  h = mix(h ^ Math.imul(c, 0x85ebca6b));
  return mix(h ^ Math.imul(d, 0xc2b2ae35)) >>> 0;
}

/** A number in [0, 1) from the same four words. */
export function unit(a: number, b: number, c: number, d: number): number {
  return hash32(a, b, c, d) / 0x1_0000_0000;
}

/** A seeded generator of uniform numbers in [0, 1). */
export function seededRng(seed: number): () => number {
  let step = 0;
  return () => {
    step = (step + 1) >>> 0;
    return unit(seed, 0x52_4e_47, step, 0);
  };
}

function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return h ^ (h >>> 15);
}

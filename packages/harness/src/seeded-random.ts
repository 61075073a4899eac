import type { Ids, Rng } from "../../server/src/engine/ports/runtime.ts";

/** Answers numbers in [0, 1) that depend on the seed alone: the same seed gives the same row of numbers on any machine. */
export function seededRandom(seed: number): Rng {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Answers ids such as `cmp_000001`, which sort by the time of making; the same calls give the same ids. */
export function countedIds(): Ids {
  let count = 0;
  return {
    next(prefix) {
      count += 1;
      return `${prefix}_${String(count).padStart(6, "0")}`;
    },
  };
}

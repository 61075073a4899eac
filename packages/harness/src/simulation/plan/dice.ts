import { seededRandom } from "../../seeded-random.ts";

/** Choices that follow from a seed alone. */
export interface Dice {
  /** A whole number, both ends included. */
  whole(from: number, to: number): number;
  chance(share: number): boolean;
  one<const T>(of: readonly T[]): T;
  /** From `from` to `to` of what `make` makes. */
  list<T>(from: number, to: number, make: (index: number) => T): T[];
}

/** The dice of a seed: always the same rolls. */
export function diceOf(seed: number): Dice {
  const rng = seededRandom(seed);
  const whole = (from: number, to: number) => from + Math.floor(rng() * (to - from + 1));
  return {
    whole,
    chance: (share) => rng() < share,
    one: <const T>(of: readonly T[]) => {
      const picked = of[Math.floor(rng() * of.length)];
      if (picked === undefined) throw new Error("nothing to pick from");
      return picked;
    },
    list: (from, to, make) => Array.from({ length: whole(from, to) }, (_, index) => make(index)),
  };
}

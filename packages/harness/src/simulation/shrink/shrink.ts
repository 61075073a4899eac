import type { BrokenPromise, PromiseName } from "../check/promises.ts";
import type { SimulationPlan } from "../plan/plan.ts";
import { type Reduction, reductions } from "./reductions.ts";

/** How a failing world is made smaller. */
export interface ShrinkOptions {
  /** Plays a plan, and answers what broke. */
  readonly play: (plan: SimulationPlan) => Promise<readonly BrokenPromise[]>;
  /** So many worlds are played at most. Default 2,000. */
  readonly triesMax?: number;
  /** Told whenever a smaller world was found that still fails. */
  readonly onSmaller?: (plan: SimulationPlan, tries: number) => void;
  /** Ends the search early, with the smallest world so far. */
  readonly signal?: AbortSignal;
}

/** The smallest world that was found, and what breaks in it. */
export interface Shrunk {
  readonly plan: SimulationPlan;
  readonly broken: readonly BrokenPromise[];
  readonly promise: PromiseName;
  readonly tries: number;
}

/**
 * Takes away from a failing world, large pieces first, whatever it fails without, until nothing can be taken away any more.
 * It goes on failing in the same way: the promise that the first world broke first. Answers null where that broke none.
 */
export async function shrink(
  first: SimulationPlan,
  options: ShrinkOptions,
): Promise<Shrunk | null> {
  const broken = await options.play(first);
  const [worst] = broken;
  return worst === undefined
    ? null
    : new Search({ plan: first, broken, promise: worst.promise, tries: 1 }, options).run();
}

/** A search for the smallest world, from the smallest one known so far. */
class Search {
  #smallest: Shrunk;
  readonly #options: ShrinkOptions;
  #otherLucks = 0;

  constructor(first: Shrunk, options: ShrinkOptions) {
    this.#smallest = first;
    this.#options = options;
  }

  async run(): Promise<Shrunk> {
    for (const otherLucks of patience) {
      this.#otherLucks = otherLucks;
      for (let isSmaller = true; isSmaller && !this.#isOut; ) {
        isSmaller = false;
        for (const reduce of reductions) if (await this.#goOn(reduce)) isSmaller = true;
      }
    }
    return this.#smallest;
  }

  get #isOut(): boolean {
    const { triesMax = 2_000, signal } = this.#options;
    return this.#smallest.tries >= triesMax || signal?.aborted === true;
  }

  /** Makes it smaller in one way for as long as that works. Answers whether it did. */
  async #goOn(reduce: Reduction): Promise<boolean> {
    let isSmaller = false;
    for (let index = 0; !this.#isOut; ) {
      const candidate = nth(reduce(this.#smallest.plan), index);
      if (candidate === null) break;
      // After a success the same place holds another piece.
      if (await this.#fails(candidate)) isSmaller = true;
      else index += 1;
    }
    return isSmaller;
  }

  /** Takes the candidate, with its own luck or with another, for the smallest if it still fails. */
  async #fails(candidate: SimulationPlan): Promise<boolean> {
    const { play, onSmaller = () => {} } = this.#options;
    for (let other = 0; other <= this.#otherLucks && !this.#isOut; other += 1) {
      const plan = { ...candidate, luck: candidate.luck + other };
      const broken = await play(plan);
      const { promise, tries } = this.#smallest;
      this.#smallest = { ...this.#smallest, tries: tries + 1 };
      if (!broken.some((one) => one.promise === promise)) continue;
      this.#smallest = { ...this.#smallest, plan, broken };
      onSmaller(plan, tries + 1);
      return true;
    }
    return false;
  }
}

function nth<T>(items: Iterable<T>, index: number): T | null {
  let left = index;
  for (const item of items) {
    if (left === 0) return item;
    left -= 1;
  }
  return null;
}

/** A smaller world has other luck; so many more rolls are tried before it is taken for one that does not fail: few at first. */
const patience = [1, 7];

import { type TrafficClass, trafficClasses } from "../domain/campaign.ts";

/** A class that has work is passed over by more urgent ones so often, and then goes before them. */
const passesMax = 19;
/**
 * Of so many starts in a row, a class that has work all the while gets at least one: where every class has work, the three less
 * urgent ones take one each after nineteen of the most urgent.
 */
export const shareEvery = passesMax + trafficClasses.length - 1;

/** Decides which class goes next: the most urgent one, but for those that were passed over too often. */
export class ClassShares {
  readonly #passes = new Map<TrafficClass, number>(trafficClasses.map((one) => [one, 0]));

  /** The class to go next among those that have work, or null where none has. */
  next(has: (one: TrafficClass) => boolean): TrafficClass | null {
    let first: TrafficClass | null = null;
    let most = passesMax - 1;
    for (const one of trafficClasses) {
      if (!has(one)) continue;
      first ??= one;
      const passes = this.#passes.get(one) ?? 0;
      if (passes <= most) continue;
      most = passes;
      first = one;
    }
    return first;
  }

  /** Records that one of the class starts, while others have work. */
  started(started: TrafficClass, has: (one: TrafficClass) => boolean): void {
    this.#passes.set(started, 0);
    for (const one of trafficClasses.slice(trafficClasses.indexOf(started) + 1))
      if (has(one)) this.#passes.set(one, (this.#passes.get(one) ?? 0) + 1);
  }
}

import { randomBytes } from "node:crypto";
import type { Signal } from "../domain/signal.ts";
import type { Clock, Ids, Rng } from "../engine/ports/runtime.ts";
import type { Runtime } from "./carillon.ts";

/** The machine's clock. A sleep longer than a timer can hold is slept in parts. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  async sleep(ms, signal) {
    for (let left = ms; left > 0 && !signal?.aborted; left -= timerMsMax) {
      await sleepOnce(Math.min(left, timerMsMax), signal);
    }
  },
};

/** Not for secrets: spreads retries. */
export const systemRng: Rng = () => Math.random();

/**
 * Ids such as `cmp_0mf3k9t2qa4w8x0c7v2s5e6b`: 9 digits of time and 5 of a counter, then 10 of chance, in base 36, so that they sort by
 * the time of making, and two processes never make the same one. `now` may stand still or go back; the ids still grow.
 */
export function createIds(now: () => number, random: () => bigint = randomDigits): Ids {
  let lastMs = 0;
  let count = 0;
  return {
    next(prefix) {
      const ms = now();
      if (ms > lastMs) {
        lastMs = ms;
        count = 0;
      } else {
        count += 1;
      }
      return `${prefix}_${base36(BigInt(lastMs), 9)}${base36(BigInt(count), 5)}${base36(random(), 10)}`;
    },
  };
}

/** The process's own clock, chance and ids. */
export const systemRuntime: Runtime = {
  clock: systemClock,
  rng: systemRng,
  ids: createIds(systemClock.now),
};

const timerMsMax = 2 ** 31 - 1;
const randomSpan = 36n ** 10n;

function sleepOnce(ms: number, signal: Signal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}

function randomDigits(): bigint {
  return randomBytes(8).readBigUInt64BE() % randomSpan;
}

function base36(value: bigint, digits: number): string {
  return value.toString(36).padStart(digits, "0");
}

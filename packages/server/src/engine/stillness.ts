import type { ErrorCode } from "../domain/error-codes.ts";
import type { Attention } from "./engine.ts";

/** A try that ended nothing: the delivery waits for another one. */
export interface PutOff {
  readonly code: ErrorCode;
  /** What the try met, in words; null where nobody said. */
  readonly detail: string | null;
  /** When the delivery is tried again. */
  readonly dueAt: number;
}

/** Says why a campaign, or a lane, has not moved for a minute although it is tried: each try was put off. Reads no clock; bounded. */
export class Stillness<Key> {
  readonly #still = new Map<Key, Still>();

  /** A delivery was put off, at `now`. Answers whether this began a stillness that has to be told. */
  putOff(key: Key, { code, detail, dueAt }: PutOff, now: number): boolean {
    const known = this.#still.get(key);
    const still = known ?? { since: now, count: 0, code, detail, dueAt, isTold: false };
    if (known === undefined) this.#keep(key, still);
    still.count += 1;
    still.code = code;
    still.detail = detail ?? still.detail;
    still.dueAt = dueAt;
    if (still.isTold || now - still.since < stillMs) return false;
    still.isTold = true;
    return true;
  }

  /** A delivery came to its end, or there is none any more. Answers whether this ended a stillness that had been told. */
  moved(key: Key): boolean {
    const told = this.#still.get(key)?.isTold ?? false;
    this.#still.delete(key);
    return told;
  }

  /** What it waits for, once it has not moved for a minute; null while it moves, and where nothing is tried any more. */
  attention(key: Key, now: number): Attention | null {
    const still = this.#still.get(key);
    if (still === undefined || now - still.since < stillMs || now > still.dueAt + staleMs)
      return null;
    const { code, since, dueAt, count } = still;
    const last = still.detail === null ? "" : ` The last one: ${still.detail}`;
    const tries = count === 1 ? "The one try" : `All ${count} tries`;
    const detail = `${tries} since then had to be put off.${last}`;
    return { code, detail, since, retryAt: Math.max(now, dueAt) };
  }

  #keep(key: Key, still: Still): void {
    const [oldest] = this.#still.keys();
    if (this.#still.size >= keysMax && oldest !== undefined) this.#still.delete(oldest);
    this.#still.set(key, still);
  }
}

interface Still {
  readonly since: number;
  count: number;
  code: ErrorCode;
  detail: string | null;
  dueAt: number;
  isTold: boolean;
}

const stillMs = 60_000;
/** So long after a try was due and not heard of, nothing is known any more. */
const staleMs = 60_000;
const keysMax = 1000;

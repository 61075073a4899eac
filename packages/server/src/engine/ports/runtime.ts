import type { Signal } from "../../domain/signal.ts";

/** Time, as the engine may know it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds since some instant, whatever anybody sets the machine's clock to. Without it `now` is taken for that, too. */
  elapsed?(): number;
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: Signal): Promise<void>;
}

/** A uniform number in [0, 1). */
export type Rng = () => number;

/** Makes ids that sort by the time of making (so that lists by id are lists by time) and are never made twice. */
export interface Ids {
  /** `prefix` names the kind of thing, such as `cmp` or `ntf`. */
  next(prefix: string): string;
}

import type { Timing } from "./timing.ts";

/** A signal that aborts with the caller's, or when time runs out. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Whether it was the time that ran out. */
  expired(): boolean;
  /** Stops the time; the caller's signal still counts. */
  stopTime(): void;
  /** Lets go of the caller's signal and of the time. */
  release(): void;
}

/** Starts a deadline. Must be released. */
export function startDeadline(timeoutMs: number, timing: Timing, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const time = new AbortController();
  let expired = false;
  const abort = () => controller.abort(outer?.reason);
  if (outer?.aborted) abort();
  outer?.addEventListener("abort", abort);
  void timing.sleep(timeoutMs, time.signal).then(() => {
    if (time.signal.aborted || controller.signal.aborted) return;
    expired = true;
    controller.abort(new Error(`no answer within ${timeoutMs} ms`));
  });
  return {
    signal: controller.signal,
    expired: () => expired,
    stopTime: () => time.abort(),
    release() {
      time.abort();
      outer?.removeEventListener("abort", abort);
    },
  };
}

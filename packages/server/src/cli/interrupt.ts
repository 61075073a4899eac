import type { Io } from "./io.ts";

/** The two steps of stopping: the first Ctrl+C (or SIGTERM) asks, the second one does not wait. */
export interface Interruption {
  /** Resolves with the first. */
  readonly first: Promise<void>;
  /** Aborts with the first. */
  readonly signal: AbortSignal;
  /** Stops listening. */
  end(): void;
}

/** Listens from now on. A second interrupt ends the process at once, with exit code 1. */
export function interrupted(io: Io): Interruption {
  const controller = new AbortController();
  let end = () => {};
  const first = new Promise<void>((resolve) => {
    end = io.onInterrupt(() => {
      if (controller.signal.aborted) io.exitNow(1);
      controller.abort();
      resolve();
    });
  });
  return { first, signal: controller.signal, end: () => end() };
}

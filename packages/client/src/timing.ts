/** Waiting and chance, so that tests need neither. */
export interface Timing {
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1), which spreads retries. */
  random(): number;
}

/** The platform's own timers and chance. */
export const platformTiming: Timing = {
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener("abort", end);
    }),
  random: () => Math.random(),
};

/** How long to wait before try number `tries` + 1: doubling from `firstMs` up to `mostMs`, less up to half of it by chance. */
export function backoffMs(
  tries: number,
  bounds: { readonly firstMs: number; readonly mostMs: number },
  timing: Timing,
): number {
  const full = Math.min(bounds.mostMs, bounds.firstMs * 2 ** Math.min(tries, 30));
  return Math.round(full * (1 - timing.random() / 2));
}

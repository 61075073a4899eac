// Loaded into the service's process before its own code: tells its parent every few seconds how it fares.
import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Sample } from "./samples.ts";

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const everyMs = Number(process.env.SOAK_EVERY_MS ?? 5_000);
/** What is left after a collection tells of a leak; what lies around before it tells nothing. */
const collectEvery = 4;
let count = 0;

setInterval(() => {
  const delayP99Ms = delay.percentile(99) / 1e6;
  const delayMaxMs = delay.max / 1e6;
  count += 1;
  const isCollected = count % collectEvery === 0 && collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  const sample: Sample = {
    atMs: Math.round(performance.now()),
    rssMb: rss / 2 ** 20,
    heapMb: heapUsed / 2 ** 20,
    keptMb: isCollected ? (heapUsed + external) / 2 ** 20 : null,
    handles: process.getActiveResourcesInfo().length,
    files: openFiles(),
    delayP99Ms,
    delayMaxMs,
  };
  // The collection is ours, so its pause is not the service's.
  setImmediate(() => delay.reset());
  process.send?.(sample);
}, everyMs).unref();
process.channel?.unref();

/** Collects everything that nobody needs; answers false where the process was started without `--expose-gc`. */
function collect(): boolean {
  globalThis.gc?.();
  return globalThis.gc !== undefined;
}

/** How many files and sockets are open; 0 where the system does not tell. */
function openFiles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    // Only Linux has this folder; the other figures say enough elsewhere.
    return 0;
  }
}

// Loaded into the service's process before its own code: tells its parent every few seconds how it fares.
import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Sample } from "./samples.ts";

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const everyMs = Number(process.env.SOAK_EVERY_MS ?? 5_000);

setInterval(() => {
  const { rss, heapUsed } = process.memoryUsage();
  const sample: Sample = {
    atMs: Math.round(performance.now()),
    rssMb: rss / 2 ** 20,
    heapMb: heapUsed / 2 ** 20,
    handles: process.getActiveResourcesInfo().length,
    files: openFiles(),
    delayP99Ms: delay.percentile(99) / 1e6,
    delayMaxMs: delay.max / 1e6,
  };
  delay.reset();
  process.send?.(sample);
}, everyMs).unref();
process.channel?.unref();

/** How many files and sockets are open; 0 where the system does not tell. */
function openFiles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    // Only Linux has this folder; the other figures say enough elsewhere.
    return 0;
  }
}

// What the senders that are plain loops share, and how every sender measures itself.
import { readFileSync } from "node:fs";
import { answerParent, childOptions } from "./child.mjs";

/** The most memory that this process ever had, in MB. */
export function peakMb() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024; // where there is no /proc
  }
}

/** Runs `work`, and answers what it cost. */
export async function measured(work) {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  const answer = await work();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, cpuSeconds: (user + system) / 1e6, peakMb: peakMb(), ...answer };
}

/**
 * A sender that calls `send(n)` for each message, `concurrency` at once, and does what such loops do with an error: counts it.
 * `open(options)` prepares the SDK and answers `send`.
 */
export async function loopSender(open) {
  const options = childOptions();
  const send = await open(options);
  answerParent({
    run: ({ from, count }) => measured(() => loop(send, { from, count, ...options })),
  });
}

async function loop(send, { from, count, concurrency }) {
  let next = from;
  let failed = 0;
  let firstError = null;
  const worker = async () => {
    while (next < from + count) {
      const n = next;
      next += 1;
      try {
        await send(n);
      } catch (error) {
        failed += 1; // a loop without more would have ended here
        firstError ??= String(error).slice(0, 300);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { failed, firstError };
}

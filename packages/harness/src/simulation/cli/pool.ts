import { Worker } from "node:worker_threads";
import { type Asked, type Played, playSeed } from "./played.ts";

/** How a row of worlds is played. */
export interface PoolOptions {
  readonly jobs: number;
  /** Told of each world, in the order in which they end. */
  readonly onPlayed: (played: Played) => void;
  /** Begins nothing more, and waits for nothing. */
  readonly signal: AbortSignal;
}

/** Plays all of them, several at once, and resolves when that is done, or the signal aborts. */
export async function playAll(asked: Iterable<Asked>, options: PoolOptions): Promise<void> {
  const { jobs, onPlayed, signal } = options;
  const queue = asked[Symbol.iterator]();
  if (jobs === 1) return playHere(queue, options);
  const workers = Array.from(
    { length: jobs },
    () => new Worker(new URL("./worker.ts", import.meta.url)),
  );
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const drained = Promise.all(workers.map((worker) => feed(worker, queue, { onPlayed, signal })));
  await Promise.race([drained, stopped]);
  await Promise.all(workers.map((worker) => worker.terminate()));
}

async function playHere(queue: Iterator<Asked>, { onPlayed, signal }: PoolOptions): Promise<void> {
  for (let next = queue.next(); !next.done && !signal.aborted; next = queue.next()) {
    onPlayed(await playSeed(next.value));
    // A signal of the terminal is heard between two worlds.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Gives a worker one world after the other. */
function feed(
  worker: Worker,
  queue: Iterator<Asked>,
  { onPlayed, signal }: Pick<PoolOptions, "onPlayed" | "signal">,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = () => {
      const next = queue.next();
      if (next.done || signal.aborted) resolve();
      else worker.postMessage(next.value);
    };
    worker.on("error", reject);
    worker.on("message", (played: Played) => {
      onPlayed(played);
      give();
    });
    give();
  });
}

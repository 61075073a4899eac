import { createWindows, memberWindows, type RateWindow, sendWindows } from "./limits.ts";

/** What a request to a conversation is counted as. */
export type ThreadUse = "send" | "create" | "members";

const windows: Readonly<Record<ThreadUse, readonly RateWindow[]>> = {
  send: sendWindows,
  create: createWindows,
  members: memberWindows,
};

/**
 * Keeps the documented windows of single conversations. Reads no clock. Memory is bounded: a conversation is forgotten once
 * none of its starts counts any more, and the one longest unused is when there are more than `conversationsMax`.
 */
export class ThreadWindows {
  readonly #threads = new Map<string, Thread>();
  readonly #guardMs: number;
  readonly #conversationsMax: number;

  constructor({ guardMs = 5, conversationsMax = 10_000 } = {}) {
    this.#guardMs = guardMs;
    this.#conversationsMax = conversationsMax;
  }

  /** The earliest instant at which the next request of this use may start in the conversation: `now` where that is at once. */
  nextAt(use: ThreadUse, conversation: string, now: number): number {
    const thread = this.#threads.get(keyOf(use, conversation));
    if (thread === undefined) return now;
    let at = Math.max(now, thread.pausedUntil);
    for (const window of windows[use]) {
      const start = thread.starts.at(-window.count);
      if (start !== undefined) at = Math.max(at, start + window.ms + this.#guardMs);
    }
    return at;
  }

  /** Records that a request starts at `now`. */
  take(use: ThreadUse, conversation: string, now: number): void {
    const thread = this.#touch(keyOf(use, conversation));
    thread.starts.push(now);
    const most = windows[use].at(-1)?.count ?? 0;
    // Cut in larger pieces, so that a busy conversation does not move its whole list for each start.
    if (thread.starts.length > most + 256) thread.starts.splice(0, thread.starts.length - most);
    this.#forget(now);
  }

  /** Nothing of this use starts in the conversation before `at`. */
  pauseUntil(use: ThreadUse, conversation: string, at: number): void {
    const thread = this.#touch(keyOf(use, conversation));
    thread.pausedUntil = Math.max(thread.pausedUntil, at);
  }

  /**
   * Whether a 429 of unknown scope is most likely the conversation's own: it has seven or more of our starts in its last two
   * seconds, or nine tenths of what one of its longer windows allows.
   */
  isNearLimit(use: ThreadUse, conversation: string, now: number): boolean {
    const thread = this.#threads.get(keyOf(use, conversation));
    if (thread === undefined) return false;
    return windows[use].some(({ ms, count }) => {
      const near = ms <= 2000 ? 7 : Math.ceil(count * 0.9);
      const start = thread.starts.at(-near);
      return start !== undefined && now - start < Math.max(ms, 2000);
    });
  }

  /** How many conversations are remembered. */
  get size(): number {
    return this.#threads.size;
  }

  /** Moves the thread to the end of the map, whose order is the order of last use. */
  #touch(key: string): Thread {
    const thread = this.#threads.get(key) ?? { starts: [], pausedUntil: Number.NEGATIVE_INFINITY };
    this.#threads.delete(key);
    this.#threads.set(key, thread);
    return thread;
  }

  #forget(now: number): void {
    // Two at most, because one was added at most: so the map shrinks again without a sweep.
    for (let round = 0; round < 2; round += 1) {
      const oldest = this.#threads.entries().next().value;
      if (oldest === undefined) return;
      const [key, thread] = oldest;
      const idle = (thread.starts.at(-1) ?? 0) + longestMs < now && thread.pausedUntil <= now;
      if (!idle && this.#threads.size <= this.#conversationsMax) return;
      this.#threads.delete(key);
    }
  }
}

interface Thread {
  /** In order of time. */
  readonly starts: number[];
  pausedUntil: number;
}

const longestMs = 3_600_000;

function keyOf(use: ThreadUse, conversation: string): string {
  return `${use} ${conversation}`;
}

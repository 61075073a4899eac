import {
  createWindows,
  deleteWindows,
  memberWindows,
  type RateWindow,
  sendWindows,
  updateWindows,
} from "./limits.ts";
import type { OwnUse } from "./throttle-scope.ts";

/** What a request to a conversation is counted as. */
export type ThreadUse = "send" | "create" | "update" | "delete" | "members";

const windows: Readonly<Record<ThreadUse, readonly RateWindow[]>> = {
  send: sendWindows,
  create: createWindows,
  update: updateWindows,
  delete: deleteWindows,
  members: memberWindows,
};

/**
 * Keeps the documented windows of single conversations. Reads no clock. Memory is bounded: a conversation is forgotten once
 * none of its starts counts any more, and the one longest unused is when a use has more than `conversationsMax`. The default is
 * enough for every conversation that a lane can start in within the half minute of the shorter windows; one that comes near
 * an hourly limit is used far too often to be forgotten.
 */
export class ThreadWindows {
  readonly #threads: Readonly<Record<ThreadUse, Map<string, Thread>>> = {
    send: new Map(),
    create: new Map(),
    update: new Map(),
    delete: new Map(),
    members: new Map(),
  };
  readonly #guardMs: number;
  readonly #conversationsMax: number;

  constructor({ guardMs = 20, conversationsMax = 2000 } = {}) {
    this.#guardMs = guardMs;
    this.#conversationsMax = conversationsMax;
  }

  /** The earliest instant at which the next request of this use may start in the conversation: `now` where that is at once. */
  nextAt(use: ThreadUse, conversation: string, now: number): number {
    const thread = this.#threads[use].get(conversation);
    if (thread === undefined || typeof thread === "number") return now;
    let at = Math.max(now, thread.pausedUntil);
    for (const window of windows[use]) {
      const start = thread.starts.at(-window.count);
      if (start !== undefined) at = Math.max(at, start + window.ms + this.#guardMs);
    }
    return at;
  }

  /** Records that a request starts at `now`; another process's at `at`, as late as it may. */
  take(use: ThreadUse, conversation: string, now: number, at = now): void {
    const threads = this.#threads[use];
    const known = threads.get(conversation);
    if (known === undefined) {
      threads.set(conversation, at);
      this.#forget(threads, now);
      return;
    }
    const thread = touch(threads, conversation);
    thread.starts.splice(thread.starts.findLastIndex((start) => start <= at) + 1, 0, at);
    const most = windows[use].at(-1)?.count ?? 0;
    // Cut in larger pieces, so that a busy conversation does not move its whole list for each start.
    if (thread.starts.length > most + 256) thread.starts.splice(0, thread.starts.length - most);
    this.#forget(threads, now);
  }

  /** Nothing of this use starts in the conversation before `at`. */
  pauseUntil(use: ThreadUse, conversation: string, at: number): void {
    const thread = touch(this.#threads[use], conversation);
    thread.pausedUntil = Math.max(thread.pausedUntil, at);
  }

  /**
   * How much of what the conversation allows our own starts have used: `near` where there are seven or more in its last two
   * seconds, or nine tenths of what one of its longer windows allows; `alone` where the last one is the only one in two seconds.
   */
  ownUse(use: ThreadUse, conversation: string, now: number): OwnUse {
    const thread = this.#threads[use].get(conversation);
    if (thread === undefined || typeof thread === "number") return "alone";
    const isWithin = (nth: number, ms: number) => {
      const start = thread.starts.at(-nth);
      return start !== undefined && now - start < ms;
    };
    const isNear = windows[use].some(({ ms, count }) =>
      isWithin(ms <= 2000 ? 7 : Math.ceil(count * 0.9), Math.max(ms, 2000)),
    );
    if (isNear) return "near";
    return isWithin(2, 2000) ? "some" : "alone";
  }

  /** How many conversations are remembered. */
  get size(): number {
    return Object.values(this.#threads).reduce((sum, { size }) => sum + size, 0);
  }

  #forget(threads: Map<string, Thread>, now: number): void {
    // Two at most, because one was added at most: so the map shrinks again without a sweep.
    for (let round = 0; round < 2; round += 1) {
      const oldest = threads.entries().next().value;
      if (oldest === undefined) return;
      const [conversation, thread] = oldest;
      if (!isIdle(thread, now) && threads.size <= this.#conversationsMax) return;
      threads.delete(conversation);
    }
  }
}

/** A conversation with one start so far, as most are, is that start alone. */
type Thread = number | BusyThread;

interface BusyThread {
  /** In order of time. */
  readonly starts: number[];
  pausedUntil: number;
}

const longestMs = 3_600_000;

/** Moves a conversation to the end of the map, whose order is the order of last use. */
function touch(threads: Map<string, Thread>, conversation: string): BusyThread {
  const known = threads.get(conversation);
  const thread =
    typeof known === "object"
      ? known
      : { starts: known === undefined ? [] : [known], pausedUntil: Number.NEGATIVE_INFINITY };
  threads.delete(conversation);
  threads.set(conversation, thread);
  return thread;
}

function isIdle(thread: Thread, now: number): boolean {
  if (typeof thread === "number") return thread + longestMs < now;
  return (thread.starts.at(-1) ?? 0) + longestMs < now && thread.pausedUntil <= now;
}

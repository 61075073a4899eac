import {
  readWindowsAllBots,
  readWindowsPerBot,
  sendWindowsAllBots,
  sendWindowsPerBot,
  unpagedMembersWindow,
  type Window,
} from "../facts.ts";
import { WindowLog } from "./window-log.ts";

/** Which windows of a conversation a request counts in. `free`: none. */
export type Bucket = "send" | "create" | "update" | "members" | "conversations" | "free";

/** A request, as the limits see it. */
export interface CountedRequest {
  readonly appId: string;
  /** Conversation, thread suffix left out. */
  readonly thread: string;
  readonly bucket: Bucket;
  /** Messages that the service splits count twice. */
  readonly count: number;
}

const sends = { perBot: sendWindowsPerBot, allBots: sendWindowsAllBots };
const reads = { perBot: readWindowsPerBot, allBots: readWindowsAllBots };
const windows: Record<
  Exclude<Bucket, "free">,
  { readonly perBot: readonly Window[]; readonly allBots: readonly Window[] }
> = { send: sends, create: sends, update: sends, members: reads, conversations: reads };
const sweepEvery = 8_192;

/** All counters of the platform. Refused requests are not counted. */
export class Limiter {
  readonly #threads = new Map<string, WindowLog>();
  readonly #lanes = new Map<string, WindowLog>();
  #untilSweep = sweepEvery;

  /** Counts a request of the app in the tenant; false when the lane is full. */
  takeLane(lane: string, window: Window, now: number): boolean {
    let log = this.#lanes.get(lane);
    if (!log) {
      log = new WindowLog([window]);
      this.#lanes.set(lane, log);
    }
    if (!log.hasRoom(now, 1)) return false;
    log.add(now, 1);
    return true;
  }

  /** Counts a request in its conversation; false when a window of the bot, or of all bots, is full. */
  takeThread(request: CountedRequest, now: number): boolean {
    const { appId, thread, bucket, count } = request;
    if (bucket === "free") return true;
    const own = this.#log(`${bucket}\n${thread}\n${appId}`, windows[bucket].perBot);
    const all = this.#log(`${bucket}\n${thread}`, windows[bucket].allBots);
    if (!own.hasRoom(now, count) || !all.hasRoom(now, count)) return false;
    own.add(now, count);
    all.add(now, count);
    this.#sweep(now);
    return true;
  }

  /** Counts a list of members without pages; false when the minute is full. */
  takeUnpagedMembers(appId: string, thread: string, now: number): boolean {
    const log = this.#log(`unpaged\n${thread}\n${appId}`, [unpagedMembersWindow]);
    if (!log.hasRoom(now, 1)) return false;
    log.add(now, 1);
    return true;
  }

  /** Sends of other bots: they fill the windows that all bots share, full ones included. */
  addOtherTraffic(thread: string, count: number, now: number): void {
    this.#log(`send\n${thread}`, sendWindowsAllBots).add(now, count);
  }

  /** Forgets the lanes' requests, so that another window can be counted. */
  clearLanes(): void {
    this.#lanes.clear();
  }

  #log(key: string, list: readonly Window[]): WindowLog {
    const known = this.#threads.get(key);
    if (known) return known;
    const made = new WindowLog(list);
    this.#threads.set(key, made);
    return made;
  }

  #sweep(now: number): void {
    this.#untilSweep -= 1;
    if (this.#untilSweep > 0) return;
    this.#untilSweep = sweepEvery;
    for (const [key, log] of this.#threads) if (log.isStale(now)) this.#threads.delete(key);
  }
}

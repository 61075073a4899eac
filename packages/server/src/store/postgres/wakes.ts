import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Log } from "../../domain/log.ts";
import type { Metrics } from "../../domain/metrics.ts";
import type { Wake, WakeSource } from "../../engine/ports/wakes.ts";
import { connectErrorOf } from "./store-errors.ts";
import { readWake, textOfWake, WakesToTell } from "./wakes-to-tell.ts";

/** How processes reach one another. */
export interface WakeSettings {
  readonly client: pg.ClientConfig;
  /** What those on one schema call themselves by. */
  readonly channel: string;
  readonly log: Log | undefined;
  readonly metrics: Metrics;
}

/**
 * LISTEN and NOTIFY, on a connection of their own. What is to be told goes out after the commit that it tells of, in a statement
 * that writes nothing: the server lets one transaction that tells commit at a time, and so no turn of any lane waits for that. What
 * comes up while a statement is under way goes together in the next. A connection that is lost is made again; what was to be told
 * meanwhile is told then.
 */
export class Wakes implements WakeSource {
  readonly #settings: WakeSettings;
  readonly #watchers = new Set<(wake: Wake) => void>();
  readonly #untold = new WakesToTell();
  readonly #closing = new AbortController();
  #client: pg.Client | null = null;
  #isTelling = false;
  #running: Promise<void> | null = null;

  constructor(settings: WakeSettings) {
    this.#settings = settings;
  }

  watch(onWake: (wake: Wake) => void): () => void {
    this.#watchers.add(onWake);
    this.#running ??= this.#run();
    return () => void this.#watchers.delete(onWake);
  }

  /** Tells the others, once there is a connection. */
  tell(wakes: readonly Wake[]): void {
    for (const wake of wakes) this.#untold.add(wake);
    if (!this.#isTelling) void this.#tellAll();
  }

  /** Tells and hears nothing more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let waitMs = 0;
    while (!signal.aborted) {
      try {
        await this.#listen(() => {
          waitMs = 0;
        });
      } catch (error) {
        this.#lost(error);
      }
      waitMs = Math.min(Math.max(waitMsMin, 2 * waitMs), waitMsMax);
      // Ends at once, and rejects, when it is closed.
      await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Hears until the connection ends. Throws where it cannot be made, or says why it ended. */
  async #listen(onBegun: () => void): Promise<void> {
    const { client: config, channel, metrics } = this.#settings;
    const { signal } = this.#closing;
    const client = new pg.Client({ ...config, application_name: "carillon wake-ups" });
    let cause: unknown = null;
    client.on("error", (error) => {
      cause ??= error;
    });
    const ended = new Promise<void>((resolve) => client.once("end", resolve));
    let own: number | null = null;
    client.on("notification", ({ processId, payload = "" }) => {
      if (processId === own) return;
      metrics.add("carillon_wakes_total", { way: "heard" });
      this.#hear(readWake(payload));
    });
    const end = () => void client.end().catch(() => {});
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      // What a connection tells, it hears as well, under the number that the server itself has for it.
      const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      own = rows[0]?.pid ?? null;
      if (signal.aborted) return;
      signal.addEventListener("abort", end, { once: true });
      this.#client = client;
      onBegun();
      // Whatever was told before is not told again.
      this.#hear({ kind: "all" });
      this.tell([]);
      await ended;
      if (!signal.aborted) throw cause ?? new Error("Connection terminated");
    } finally {
      this.#client = null;
      signal.removeEventListener("abort", end);
      end();
    }
  }

  #hear(wake: Wake): void {
    for (const watcher of [...this.#watchers]) watcher(wake);
  }

  async #tellAll(): Promise<void> {
    const { channel, metrics } = this.#settings;
    this.#isTelling = true;
    try {
      for (let client = this.#client; client !== null; client = this.#client) {
        const wakes = this.#untold.take(atOnce);
        if (wakes.length === 0) return;
        const texts = wakes.map(textOfWake);
        try {
          await client.query("SELECT pg_notify($1, text) FROM unnest($2::text[]) AS t (text)", [
            channel,
            texts,
          ]);
          metrics.add("carillon_wakes_total", { way: "told" }, wakes.length);
        } catch {
          // The connection is broken: they are told on the next one, and the loss is counted when this one ends.
          for (const wake of wakes) this.#untold.add(wake);
          void client.end().catch(() => {});
          return;
        }
      }
    } finally {
      this.#isTelling = false;
    }
  }

  #lost(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    const { code, message: detail } = connectErrorOf(error);
    this.#settings.metrics.add("carillon_wakes_lost_total", {});
    this.#settings.log?.warn("store.failed", { code, detail, what: "listening for wake-ups" });
  }
}

const atOnce = 64;
const waitMsMin = 250;
const waitMsMax = 10_000;

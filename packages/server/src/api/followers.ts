import { ProblemError } from "../domain/errors.ts";
import { campaignId } from "../domain/ids.ts";
import type { Engine, EngineEvent } from "../engine/engine.ts";
import type { Clock } from "../engine/ports/runtime.ts";
import { eventView } from "./views/status-view.ts";

/** Everyone who follows the service over server-sent events. */
export interface Followers {
  /**
   * Opens a stream: of one campaign, beginning with how it stands, or of everything. Throws CAMPAIGN_UNKNOWN, and
   * SERVICE_UNAVAILABLE where too many follow already, or the service stops.
   */
  open(campaign: string | null): Promise<ReadableStream<Uint8Array>>;
  /** Ends every stream, and opens no more: whoever follows asks elsewhere, or later. */
  close(): void;
  readonly count: number;
}

/** How often a silent stream gives a sign of life. */
export const heartbeatMs = 15_000;
/** How many may follow at once. */
export const followersMax = 1000;
/** How many events wait for one slow follower. For each thing only the newest waits, so this bounds the things. */
export const waitingMax = 1000;

export function createFollowers(engine: Engine, clock: Clock): Followers {
  const open = new Set<Follower>();
  let isClosed = false;
  return {
    get count() {
      return open.size;
    },
    async open(campaign) {
      if (isClosed) throw new ProblemError("SERVICE_UNAVAILABLE", { detail: "The service stops." });
      if (open.size >= followersMax)
        throw new ProblemError("SERVICE_UNAVAILABLE", {
          detail: `${followersMax} streams are open, which is the most. Close one, or read the campaign itself.`,
        });
      const follower = new Follower(clock, () => {
        open.delete(follower);
        unsubscribe();
      });
      open.add(follower);
      // First listen, then look, so that nothing is missed in between.
      const unsubscribe = engine.subscribe(
        (event) => {
          if (campaign === null || event.id === campaign || event.id === null) follower.tell(event);
        },
        campaign === null ? {} : { campaign: campaignId(campaign) },
      );
      try {
        if (campaign !== null)
          for (const event of await present(engine, campaign)) follower.tellFirst(event);
        return follower.stream();
      } catch (error) {
        follower.end();
        throw error;
      }
    },
    close() {
      isClosed = true;
      for (const follower of open) follower.end();
    },
  };
}

/** How a campaign stands, as events. */
async function present(engine: Engine, campaign: string): Promise<readonly EngineEvent[]> {
  const view = await engine.campaigns.get(campaign);
  const { id, state, counts, ratePerSecond, etaSeconds, attention } = view;
  return [
    { type: "progress", id, counts, ratePerSecond, etaSeconds },
    { type: "attention", id, attention },
    { type: "campaign", id, state },
  ];
}

const greeting = "retry: 2000\n: carillon\n\n";

/** One follower. Text leaves as fast as it is read, and meanwhile the newest event of each kind and campaign waits. */
class Follower {
  readonly #clock: Clock;
  readonly #ended: () => void;
  readonly #life = new AbortController();
  readonly #waiting = new Map<string, EngineEvent>();
  #text = greeting;
  /** The follower went away by itself, so that there is nobody to close the stream for. */
  #left = false;
  #wake: () => void = () => {};

  constructor(clock: Clock, ended: () => void) {
    this.#clock = clock;
    this.#ended = ended;
  }

  /** Takes an event; it stands in for an older one of the same thing. */
  tell(event: EngineEvent): void {
    const key = keyOf(event);
    this.#waiting.delete(key);
    this.#waiting.set(key, event);
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size <= waitingMax) break;
      this.#waiting.delete(oldest);
    }
    this.#wake();
  }

  /** Takes an event unless a newer one of the same thing waits already. */
  tellFirst(event: EngineEvent): void {
    if (!this.#waiting.has(keyOf(event))) this.tell(event);
  }

  stream(): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    void this.#beat();
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await this.#something();
        if (this.#left) return;
        const text = this.#take();
        if (text !== "") controller.enqueue(encoder.encode(text));
        if (this.#life.signal.aborted) controller.close();
      },
      cancel: () => {
        this.#left = true;
        this.end();
      },
    });
  }

  end(): void {
    if (this.#life.signal.aborted) return;
    this.#life.abort();
    this.#ended();
    this.#wake();
  }

  async #something(): Promise<void> {
    if (this.#text !== "" || this.#waiting.size > 0 || this.#life.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #take(): string {
    let text = this.#text;
    for (const event of this.#waiting.values())
      text += `event: ${event.type}\ndata: ${JSON.stringify(eventView(event))}\n\n`;
    this.#text = "";
    this.#waiting.clear();
    return text;
  }

  async #beat(): Promise<void> {
    const { signal } = this.#life;
    while (!signal.aborted) {
      await this.#clock.sleep(heartbeatMs, signal);
      // One waiting sign of life says as much as many.
      if (this.#text === "" && !signal.aborted) this.#text = ": still here\n\n";
      this.#wake();
    }
  }
}

function keyOf(event: EngineEvent): string {
  return `${event.type} ${event.id ?? ""}`;
}

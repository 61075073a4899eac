import type { Log } from "../domain/log.ts";
import type { InboundStore, RawActivity } from "../engine/ports/inbound-store.ts";
import type { Clock } from "../engine/ports/runtime.ts";

/**
 * Marks activities as processed, many in one write. A mark that the store refuses is tried again: what was processed must not be
 * processed again.
 */
export class ProcessedMarks {
  readonly #deps: { readonly store: InboundStore; readonly clock: Clock; readonly log: Log };
  readonly #marked: (key: string) => void;
  readonly #waiting: { readonly key: string; readonly raw: RawActivity }[] = [];
  #writing: Promise<void> | null = null;
  #stopping = new AbortController();

  constructor(
    deps: { readonly store: InboundStore; readonly clock: Clock; readonly log: Log },
    marked: (key: string) => void,
  ) {
    this.#deps = deps;
    this.#marked = marked;
  }

  /** Soon marks the activity; `marked` is called with its key once that is durable. */
  add(processed: { readonly key: string; readonly raw: RawActivity }): void {
    this.#waiting.push(processed);
    this.#writing ??= this.#write();
  }

  /** Resolves when all is marked, or the store refused it once more. */
  async flush(): Promise<void> {
    this.#stopping.abort();
    await this.#writing;
    this.#waiting.length = 0;
    this.#stopping = new AbortController();
  }

  async #write(): Promise<void> {
    // One turn later, so that a whole batch is in the first write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const some = this.#waiting.slice(0, marksMax);
      if (await this.#mark(some.map(({ raw }) => raw))) {
        this.#waiting.splice(0, some.length);
        for (const { key } of some) this.#marked(key);
      } else if (this.#stopping.signal.aborted) {
        break;
      } else {
        await this.#deps.clock.sleep(retryMs, this.#stopping.signal);
      }
    }
    this.#writing = null;
    if (this.#waiting.length > 0 && !this.#stopping.signal.aborted) this.#writing = this.#write();
  }

  async #mark(raws: readonly RawActivity[]): Promise<boolean> {
    const { store, clock, log } = this.#deps;
    try {
      await store.markProcessed(raws, clock.now());
      return true;
    } catch (error) {
      log.error("inbound.failed", { reason: "mark", error: String(error) });
      return false;
    }
  }
}

const marksMax = 500;
const retryMs = 1000;

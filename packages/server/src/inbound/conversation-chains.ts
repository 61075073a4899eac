import type { ConversationId } from "../domain/ids.ts";

/** Runs jobs of the same conversation one after another, and those of different conversations side by side. */
export class ConversationChains {
  readonly #jobsMax: number;
  readonly #last = new Map<ConversationId, Promise<void>>();
  #size = 0;
  #isOpen = true;
  #waiting: (() => void)[] = [];

  constructor(jobsMax: number) {
    this.#jobsMax = jobsMax;
  }

  /** Jobs that run or wait for their turn. */
  get size(): number {
    return this.#size;
  }

  /** Resolves when another job may be added, at once when closed. */
  async room(): Promise<void> {
    while (this.#isOpen && this.#size >= this.#jobsMax) await this.#changed();
  }

  /** Adds a job, which must not reject. It is dropped if its turn comes after `close`. */
  add(conversation: ConversationId, job: () => Promise<void>): void {
    this.#size += 1;
    const before = this.#last.get(conversation) ?? Promise.resolve();
    const mine = before.then(() => (this.#isOpen ? job() : undefined));
    this.#last.set(conversation, mine);
    void mine.then(() => {
      this.#size -= 1;
      if (this.#last.get(conversation) === mine) this.#last.delete(conversation);
      this.#tell();
    });
  }

  /** Jobs whose turn has not come are dropped from now on. */
  close(): void {
    this.#isOpen = false;
    this.#tell();
  }

  open(): void {
    this.#isOpen = true;
  }

  /** Resolves when no job runs. */
  async drained(): Promise<void> {
    while (this.#size > 0) await this.#changed();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

import { createHash } from "node:crypto";

/** What happened in a run, in order; its hash tells whether two runs were the same. */
export class Trace {
  readonly #hash = createHash("sha256");
  readonly #last: string[] = [];
  #lines = 0;
  /** Every line as it comes, for a replay that somebody watches. */
  readonly #watch: ((line: string) => void) | null;

  constructor(watch: ((line: string) => void) | null = null) {
    this.#watch = watch;
  }

  add(at: number, what: string): void {
    const line = `${at} ${what}`;
    this.#hash.update(line);
    this.#hash.update("\n");
    this.#lines += 1;
    this.#last.push(line);
    if (this.#last.length > linesKept) this.#last.shift();
    this.#watch?.(line);
  }

  get lines(): number {
    return this.#lines;
  }

  /** The newest lines, for a failure's report. */
  get tail(): readonly string[] {
    return this.#last;
  }

  /** The hash so far; the trace can go on. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }
}

const linesKept = 40;

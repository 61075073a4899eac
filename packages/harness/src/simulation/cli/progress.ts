/** How far a row of worlds has come, said on one line that is written anew, or once in a while where nobody watches. */
export class ProgressLine {
  readonly #total: number;
  readonly #out: NodeJS.WriteStream;
  readonly #startedAt = performance.now();
  #saidAt = Number.NEGATIVE_INFINITY;
  #isOpen = false;

  constructor(total: number, out: NodeJS.WriteStream) {
    this.#total = total;
    this.#out = out;
  }

  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** So many are done, and so many of those failed. */
  at(done: number, failed: number): void {
    const now = performance.now();
    const everyMs = this.#out.isTTY ? 200 : 10_000;
    if (this.#total === 1 || now - Math.max(this.#saidAt, this.#startedAt) < everyMs) return;
    this.#saidAt = now;
    const perSecond = done / this.seconds;
    const left = Math.round((this.#total - done) / perSecond);
    const line = `${done} of ${this.#total} worlds, ${failed} failed, ${perSecond.toFixed(1)} a second, ${shownTime(left)} left`;
    this.#out.write(this.#out.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
    this.#isOpen = this.#out.isTTY;
  }

  /** Makes room for other lines. */
  clear(): void {
    if (this.#isOpen) this.#out.write("\r\x1b[2K");
    this.#isOpen = false;
  }
}

function shownTime(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

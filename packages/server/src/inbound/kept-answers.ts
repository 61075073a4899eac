import type { InvokeAnswer } from "./bot-events.ts";

/** Answers of invokes, kept for a redelivery; the oldest go when there are too many, or they are too big together. */
export class KeptAnswers {
  readonly #answers = new Map<string, { readonly answer: InvokeAnswer; readonly chars: number }>();
  #chars = 0;

  /** Keeps an answer under the activity's key. */
  keep(key: string, answer: InvokeAnswer): void {
    this.#forget(key);
    const chars = JSON.stringify(answer.body).length;
    this.#answers.set(key, { answer, chars });
    this.#chars += chars;
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= answersMax && this.#chars <= charsMax) return;
      this.#forget(oldest);
    }
  }

  /** The answer to the activity, or null where it was never kept or is no longer. */
  find(key: string): InvokeAnswer | null {
    return this.#answers.get(key)?.answer ?? null;
  }

  #forget(key: string): void {
    this.#chars -= this.#answers.get(key)?.chars ?? 0;
    this.#answers.delete(key);
  }
}

const answersMax = 2000;
const charsMax = 4 * 1024 * 1024;

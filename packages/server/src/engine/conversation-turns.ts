/**
 * Lets one delivery at a time into a conversation, in the order of asking: two sends to the same conversation never overlap.
 * Remembers only conversations that somebody is in.
 */
export class ConversationTurns {
  readonly #inside = new Map<string, (() => void)[] | null>();

  /** Enters at once where nobody is inside; answers whether it did. */
  tryEnter(conversation: string): boolean {
    if (this.#inside.has(conversation)) return false;
    this.#inside.set(conversation, null);
    return true;
  }

  /** Resolves when it is this caller's turn. */
  enter(conversation: string): Promise<void> {
    if (this.tryEnter(conversation)) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting = this.#inside.get(conversation);
      if (waiting) waiting.push(resolve);
      else this.#inside.set(conversation, [resolve]);
    });
  }

  /** Hands the conversation to the next who waits. */
  leave(conversation: string): void {
    const next = this.#inside.get(conversation)?.shift();
    if (next === undefined) this.#inside.delete(conversation);
    else next();
  }

  /** How many are inside or wait. */
  depth(conversation: string): number {
    const waiting = this.#inside.get(conversation);
    return waiting === undefined ? 0 : 1 + (waiting?.length ?? 0);
  }
}

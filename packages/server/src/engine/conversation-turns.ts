/**
 * Lets one delivery at a time into a conversation, in the order of asking: two sends to the same conversation never overlap.
 * Remembers only conversations that somebody is in.
 */
export class ConversationTurns {
  readonly #inside = new Map<string, (() => void)[] | null>();
  /** Until when newcomers are sent away, so that none overtakes one that was. */
  readonly #fullUntil = new Map<string, number>();
  #forgetAbove = 1000;

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

  /**
   * When a newcomer has to come back because too many wait, or because one that came before was sent away until then; null
   * where it may enter.
   */
  comeBackAt(conversation: string, now: number): number | null {
    const until = this.#fullUntil.get(conversation);
    if (until !== undefined && until > now) return until;
    this.#fullUntil.delete(conversation);
    const depth = this.depth(conversation);
    if (depth < depthMax) return null;
    // A conversation takes a message every half second in the long run.
    const at = now + depth * 500;
    this.sendAwayUntil(conversation, at, now);
    return at;
  }

  /** Sends newcomers away until `at`, because one that came before them was. What is over is forgotten now and then. */
  sendAwayUntil(conversation: string, at: number, now: number): void {
    if (at <= now) return;
    const known = this.#fullUntil.get(conversation) ?? Number.NEGATIVE_INFINITY;
    this.#fullUntil.set(conversation, Math.max(known, at));
    if (this.#fullUntil.size <= this.#forgetAbove) return;
    for (const [key, until] of this.#fullUntil) if (until <= now) this.#fullUntil.delete(key);
    this.#forgetAbove = Math.max(1000, this.#fullUntil.size * 2);
  }

  /** How many are inside or wait. */
  depth(conversation: string): number {
    const waiting = this.#inside.get(conversation);
    return waiting === undefined ? 0 : 1 + (waiting?.length ?? 0);
  }
}

/** How many deliveries to one conversation are kept in memory. */
const depthMax = 8;

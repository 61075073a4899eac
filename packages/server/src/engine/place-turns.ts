import type { Signal } from "../domain/signal.ts";
import { orAborted } from "./stop-signal.ts";
import type { Place } from "./throttles.ts";

/**
 * Lets those who want to start a request of the same use in the same conversation wait for it one after another: what one finds
 * of its windows still holds when it starts. Remembers only places that somebody is at.
 */
export class PlaceTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs `work` after all that came before it at the place; answers false where the signal aborts before. */
  async run<T>({ use, conversation }: Place, until: Signal, work: () => Promise<T>) {
    const key = `${use} ${conversation}`;
    const before = this.#last.get(key) ?? Promise.resolve();
    let leave = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // Who gives up lets nobody pass before those who were there earlier.
    const own = before.then(() => left);
    this.#last.set(key, own);
    try {
      await orAborted(before, until);
      return until.aborted ? (false as const) : await work();
    } finally {
      leave();
      void own.then(() => {
        if (this.#last.get(key) === own) this.#last.delete(key);
      });
    }
  }
}

import fc from "fast-check";
import type { Store } from "../../../server/src/engine/ports/store.ts";
import { type Cases, knowPeople } from "./fixtures.ts";
import { knownMax, type LedgerEvent, ledgerEvents } from "./random-commands.ts";
import { assertSame, LedgerModel } from "./random-model.ts";

/** The ledger against a model in memory: the same events, in any order, leave the same rows, states and counters. */
export const randomCases: Cases = {
  "rows, states and counters are those of the model after every event": async (_, opened, open) => {
    // A store on disk takes longer for each commit.
    const numRuns = opened.randomRuns ?? (opened.reopen === undefined ? 80 : 8);
    const commands = fc.commands(
      ledgerEvents().map((events) => events.map((event) => new Happening(event))),
      { maxCommands: 40, size: "max" },
    );
    const property = fc.asyncProperty(commands, async (happenings) => {
      const fresh = await open();
      try {
        await knowPeople(fresh.store, knownMax);
        const setup = () => ({ model: new LedgerModel(), real: fresh.store });
        await fc.asyncModelRun(setup, happenings);
      } finally {
        await fresh.cleanup();
      }
    });
    await fc.assert(property, { numRuns });
  },
};

class Happening implements fc.AsyncCommand<LedgerModel, Store> {
  readonly #event: LedgerEvent;

  constructor(event: LedgerEvent) {
    this.#event = event;
  }

  check(): boolean {
    return true;
  }

  async run(model: LedgerModel, store: Store): Promise<void> {
    await this.#event.happen(model, store);
    model.finish();
    await assertSame(model, store);
  }

  toString(): string {
    return this.#event.text;
  }
}

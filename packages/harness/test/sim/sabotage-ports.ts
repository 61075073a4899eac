import type { Connector } from "../../../server/src/engine/ports/connector.ts";
import type { LedgerStore, Store } from "../../../server/src/engine/ports/store.ts";
import { overlay } from "../../src/overlay.ts";
import type { Sabotage } from "../../src/simulation/world/sabotage.ts";

/** A ledger some of whose calls are wrong. */
export function ledger(wrong: (real: LedgerStore) => Partial<LedgerStore>): Sabotage {
  const store = (real: Store) =>
    overlay(real, { ledger: overlay(real.ledger, wrong(real.ledger)) });
  return { store };
}

/** A connector some of whose calls are wrong. */
export function connector(wrong: (real: Connector) => Partial<Connector>): Sabotage {
  return { connector: (real) => overlay(real, wrong(real)) };
}

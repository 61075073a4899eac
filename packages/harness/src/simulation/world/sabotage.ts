import type { Connector } from "../../../../server/src/engine/ports/connector.ts";
import type { Clock } from "../../../../server/src/engine/ports/runtime.ts";
import type { Store } from "../../../../server/src/engine/ports/store.ts";
import type { Transport } from "../../../../server/src/teams/transport.ts";

/** Parts of the product made wrong on purpose, so that a test can see that the checks notice. What is left out is right. */
export interface Sabotage {
  readonly store?: (real: Store) => Store;
  readonly connector?: (real: Connector, clock: Clock) => Connector;
  readonly transport?: (real: Transport, clock: Clock) => Transport;
}

import type { Emulator } from "@carillon/emulator";
import type { Attempt, Campaign, Delivery } from "../../../../server/src/engine/ports/store.ts";
import type { SimulationPlan } from "../plan/plan.ts";
import type { Decisions } from "../watch/decisions.ts";
import type { RunRecord } from "../watch/record.ts";
import type { Clients } from "../world/clients.ts";
import type { Sent } from "./sent.ts";

/** A run that is over, as it can be seen from outside the product. */
export interface Seen {
  readonly plan: SimulationPlan;
  readonly emulator: Emulator;
  readonly record: RunRecord;
  readonly decisions: Decisions;
  readonly clients: Clients | null;
  readonly sent: readonly Sent[];
  /** When the plan's time began. */
  readonly startedAt: number;
  /** What the machine's clock shows at the end. */
  readonly machineNow: number;
}

/** A row of the ledger with all that is stored about it. */
export interface Row {
  readonly mark: string;
  readonly delivery: Delivery;
  readonly attempts: readonly Attempt[];
  /** Where its messages arrive; null for a recipient that nobody knows. */
  readonly place: string | null;
}

/** A campaign or notification with its rows. */
export interface Story {
  readonly mark: string;
  readonly campaign: Campaign;
  readonly rows: readonly Row[];
}

/** A person's conversation with the bot; null for nobody. */
export function chatOf(emulator: Emulator, person: string): string | null {
  try {
    return emulator.person(person).conversationId;
  } catch {
    // The emulator throws where a name is nobody's, and that is an answer here.
    return null;
  }
}

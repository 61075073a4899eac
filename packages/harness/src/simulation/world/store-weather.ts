import { StoreError } from "../../../../server/src/domain/errors.ts";
import type { Clock, Rng } from "../../../../server/src/engine/ports/runtime.ts";
import type { SimulationPlan } from "../plan/plan.ts";
import type { Refusal } from "./life.ts";

/** How the disk and the database behave, by the plan's store troubles. */
export class StoreWeather {
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #plan: Pick<SimulationPlan, "commitMs" | "storeTroubles">;
  #startedAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, rng: Rng, plan: Pick<SimulationPlan, "commitMs" | "storeTroubles">) {
    this.#clock = clock;
    this.#rng = rng;
    this.#plan = plan;
  }

  /** The plan's time begins. */
  begin(startedAt: number): void {
    this.#startedAt = startedAt;
  }

  /** How long a commit takes now. */
  commitMs(): number {
    const { commitMs } = this.#plan;
    return this.#now().reduce((ms, one) => ("slowerMs" in one ? ms + one.slowerMs : ms), commitMs);
  }

  /** Whether, and how, a call of this name is refused now. */
  refusal(call: string): Refusal | null {
    for (const trouble of this.#now()) {
      if ("slowerMs" in trouble) continue;
      const { code, share, calls } = trouble;
      const isMeant = calls === null || calls.includes(call);
      if (!isMeant || this.#rng() >= share) continue;
      const error = new StoreError(code, { detail: `simulated ${code}` });
      return { error, afterMs: code === "STORE_LOCKED" ? busyMs : 0 };
    }
    return null;
  }

  #now() {
    const now = this.#clock.now() - this.#startedAt;
    return this.#plan.storeTroubles.filter(({ from, until }) => from <= now && now < until);
  }
}

/** A call waits so long for another process before it says that the database is locked. */
const busyMs = 1_000;

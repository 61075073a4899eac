import type { TenantId } from "../../domain/ids.ts";
import { lasting, shown } from "../attention-shown.ts";
import type { GraphView } from "../engine.ts";
import type { SteadyClock } from "../steady-clock.ts";
import { StopSignal } from "../stop-signal.ts";
import { budgetsOf, GraphTraffic, type GraphTrafficParts } from "./graph-traffic.ts";
import type { GraphLimitName } from "./limits.ts";

/** Graph's traffic by tenant, kept from the first request on, as lanes are: Graph's limits are counted there. */
export class GraphTenants {
  readonly #parts: GraphTrafficParts;
  readonly #clock: SteadyClock;
  readonly #closing = new StopSignal();
  readonly #tenants = new Map<TenantId, GraphTraffic>();

  constructor({
    clock,
    ...parts
  }: Pick<GraphTrafficParts, "graph" | "log" | "metrics"> & { readonly clock: SteadyClock }) {
    this.#clock = clock;
    this.#parts = {
      ...parts,
      clock: clock.stopwatch,
      inAll: budgetsOf("inAll"),
      closing: this.#closing,
    };
  }

  /** The tenant's traffic. */
  traffic(tenantId: TenantId): GraphTraffic {
    const known = this.#tenants.get(tenantId);
    if (known !== undefined) return known;
    const traffic = new GraphTraffic(this.#parts, tenantId);
    this.#tenants.set(tenantId, traffic);
    return traffic;
  }

  /** How it stands with each tenant that Graph was asked about. */
  views(): readonly GraphView[] {
    const clock = this.#clock;
    const now = clock.stopwatch.now();
    const machine = (at: number) => clock.machine(clock.fromStopwatch(at));
    const asked = [...this.#tenants.values()].filter(({ requests }) => requests > 0);
    return asked.map(({ tenantId, requests, throttled, attention, inTenant }) => ({
      tenantId,
      requests,
      throttled,
      attention: shown(clock, lasting(clock, attention)),
      budgets: Object.entries(inTenant).map(([name, budget]) => {
        const { pausedUntil, ...view } = budget.view(now);
        return {
          // The keys of the budgets are the names of the limits.
          limit: name as GraphLimitName,
          pausedUntil: pausedUntil === null ? null : machine(pausedUntil),
          unitsAllowed: view.limit,
          unitsCeiling: view.ceiling,
          unitsSpent: view.spent,
        };
      }),
    }));
  }

  /** Lets nothing start any more, and gives up what is under way. */
  close(): void {
    this.#closing.abort();
  }
}

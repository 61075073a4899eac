import type { BotId, CampaignId, TenantId } from "../domain/ids.ts";
import { lasting, shown } from "./attention-shown.ts";
import type { LaneView } from "./engine.ts";
import { Lane } from "./lane.ts";
import type { LaneParts } from "./lane-parts.ts";
import { createLaneReach } from "./lane-reach.ts";
import type { LaneMode } from "./lane-schedule.ts";
import { LaneWatch } from "./lane-watch.ts";
import { Traffic } from "./traffic.ts";

export interface LanesOptions extends Pick<LaneMode, "isPaced"> {
  readonly botId: BotId;
  /** Each lane's ceiling; 0 = no pacing. */
  readonly ratePerSecond: number;
  /** Requests in flight at once in one lane, where that is fixed: else see `InFlightLimit`. */
  readonly inFlightMax?: number;
}

/** The lanes of one bot: one for each tenant that there is work for, kept from then on, because the platform's budget is counted there. */
export class Lanes {
  readonly #parts: LaneParts;
  readonly #options: LanesOptions;
  readonly #watch: LaneWatch;
  readonly #lanes = new Map<TenantId, Lane>();
  #phase: "new" | "started" | "stopped" = "new";
  /** Whether this process sends deliveries, or makes only requests outside them. */
  #sends = false;

  constructor(parts: LaneParts, options: LanesOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#watch = new LaneWatch(
      {
        ...parts,
        onOpen: (tenantId) => {
          if (this.#sends) this.#lane(tenantId).look();
        },
        onLeft: (tenantId, holder, isSilent) => {
          // Where nothing is sent, a lane is of use only to requests that wait for it.
          const isAsked = (this.#lanes.get(tenantId)?.traffic.outside.count ?? 0) > 0;
          if (this.#sends || isAsked) this.#lane(tenantId).takeFrom(holder, isSilent);
        },
      },
      options.botId,
    );
  }

  /** The tenant's traffic, for requests outside deliveries. */
  traffic(tenantId: TenantId): Traffic {
    return this.#lane(tenantId).traffic;
  }

  /** Says that a tenant has work, `urgent` deliveries of it urgent. Before `start` it waits. */
  wake(tenantId: TenantId, urgent = 0): void {
    if (this.#phase === "started" && this.#sends) this.#lane(tenantId).wake(urgent);
  }

  /** The same, as another process says it: nothing where a third one holds the lane, which hears it, too. */
  hear(tenantId: TenantId, urgent: number): void {
    if (!this.#watch.isHeldElsewhere(tenantId)) this.wake(tenantId, urgent);
  }

  /** Other processes may have said so of any tenant. */
  hearAll(): void {
    if (this.#phase === "started") void this.#watch.lookBetween();
  }

  /** Gives back what waits of a campaign that was paused or cancelled. */
  release(tenantId: TenantId, id: CampaignId): void {
    this.#lanes.get(tenantId)?.traffic.release(id);
  }

  /** Lets lanes run from now on, where this process sends: those with open work at once. */
  start({ sends }: { readonly sends: boolean }): void {
    if (this.#phase !== "new") return;
    this.#phase = "started";
    this.#sends = sends;
    this.#watch.start();
  }

  /** See `Engine.stop`. */
  async stop(graceMs: number): Promise<void> {
    this.#phase = "stopped";
    const stopping = [...this.#lanes.values()].map((lane) => lane.stop(graceMs));
    await Promise.all([this.#watch.stop(), ...stopping]);
  }

  /** What stands in the way of a tenant's deliveries, or null. */
  attention(tenantId: TenantId): LaneView["attention"] {
    return shown(this.#parts.clock, this.#lanes.get(tenantId)?.attention ?? null);
  }

  views(): readonly LaneView[] {
    const { clock } = this.#parts;
    const machine = (at: number | null) =>
      at === null ? null : clock.machine(clock.fromStopwatch(at));
    return [...this.#lanes.values()].map(({ scope, traffic, attention, losses }) => ({
      tenantId: scope.tenantId,
      inFlight: traffic.admission.inFlight,
      ratePerSecond: traffic.pacer.rate(traffic.now()),
      ceilingPerSecond: traffic.pacer.ceiling,
      throttledUntil: machine(traffic.pacer.pausedUntil(traffic.now())),
      attention: shown(clock, attention),
      requests: traffic.requests,
      throttled: traffic.throttled,
      holdsLost: losses.holds,
      settlementsIgnored: losses.settlements,
    }));
  }

  #lane(tenantId: TenantId): Lane {
    const known = this.#lanes.get(tenantId);
    if (known !== undefined) return known;
    const { botId, ratePerSecond, inFlightMax } = this.#options;
    const { clock, connector, ledger, log, worker, onAttention } = this.#parts;
    const scope = { botId, tenantId };
    const traffic = new Traffic(clock.stopwatch, {
      ratePerSecond,
      ...(inFlightMax !== undefined && { inFlightMax }),
      onAttention: (attention) => {
        if (attention === null) log.info("lane.resumed", { tenantId });
        else log.warn("lane.halted", { tenantId, code: attention.code, detail: attention.detail });
        onAttention(lasting(clock, attention));
        this.#lanes.get(tenantId)?.nudge();
      },
      onThrottled: (passed) => {
        // Stores keep whole milliseconds, and a stopwatch has parts of them.
        const until = Math.ceil(clock.fromStopwatch(passed));
        log.warn("lane.throttled", { tenantId, until });
        // Not waited for: this process obeys from memory; what is written serves the one after it.
        ledger.quietLane(scope, until).catch((error: unknown) => {
          log.error("store.failed", { tenantId, detail: String(error) });
        });
      },
      prepare: () => connector.prepare?.(scope) ?? null,
      reach: createLaneReach({
        ...{ scope, clock, ledger, log, worker },
        isOurs: () => this.#lane(tenantId).isOurs(),
      }),
      onOutsideEnded: () => this.#lanes.get(tenantId)?.nudge(),
    });
    const { isPaced } = this.#options;
    const mode = { isPaced, claims: () => this.#phase === "started" && this.#sends };
    const lane = new Lane(scope, traffic, this.#parts, mode);
    this.#lanes.set(tenantId, lane);
    return lane;
  }
}

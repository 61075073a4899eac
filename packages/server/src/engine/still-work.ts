import type { CampaignId, TenantId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import { shown } from "./attention-shown.ts";
import type { Attention } from "./engine.ts";
import type { Settlement } from "./ports/store.ts";
import type { SteadyClock } from "./steady-clock.ts";
import { Stillness } from "./stillness.ts";

type Tell = (id: CampaignId, attention: Attention | null) => void;

/** Which campaigns and lanes are tried and do not move, and why; tells when that begins and ends. */
export class StillWork {
  readonly #clock: SteadyClock;
  readonly #log: Log;
  readonly #tell: Tell;
  readonly #campaigns = new Stillness<CampaignId>();
  readonly #lanes = new Stillness<TenantId>();

  constructor(clock: SteadyClock, { log, tell }: { readonly log: Log; readonly tell: Tell }) {
    this.#clock = clock;
    this.#log = log;
    this.#tell = tell;
  }

  /** Takes note of a turn; `tenantOf` answers null for a campaign that is not known any more. */
  settled(settlements: readonly Settlement[], tenantOf: (id: CampaignId) => TenantId | null): void {
    for (const { campaignId, to } of settlements) {
      const tenantId = tenantOf(campaignId);
      if (to.state !== "pending") {
        if (tenantId !== null) this.#lanes.moved(tenantId);
        this.stopped(campaignId);
        continue;
      }
      // Without a code it was given back untried.
      if (to.code === null) continue;
      const now = this.#clock.now();
      const putOff = { code: to.code, detail: to.detail, dueAt: to.dueAt };
      if (tenantId !== null) this.#lanes.putOff(tenantId, putOff, now);
      if (this.#campaigns.putOff(campaignId, putOff, now)) this.#begun(campaignId);
    }
  }

  /** A campaign moves, or is not to move any more. */
  stopped(id: CampaignId): void {
    if (this.#campaigns.moved(id)) this.#tell(id, null);
  }

  /** Why a campaign does not move, or null. */
  campaign(id: CampaignId): Attention | null {
    return shown(this.#clock, this.#campaigns.attention(id, this.#clock.now()));
  }

  /** Why nothing of a lane moves, or null. */
  lane(tenantId: TenantId): Attention | null {
    return shown(this.#clock, this.#lanes.attention(tenantId, this.#clock.now()));
  }

  #begun(id: CampaignId): void {
    const attention = this.#campaigns.attention(id, this.#clock.now());
    if (attention === null) return;
    const { code, detail } = attention;
    this.#log.warn("campaign.stalled", { campaignId: id, code, detail });
    this.#tell(id, attention);
  }
}

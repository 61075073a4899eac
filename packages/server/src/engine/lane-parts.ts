import type { CampaignId, WorkerId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import type { Metrics } from "../domain/metrics.ts";
import type { CampaignCache } from "./campaign-cache.ts";
import type { Attention } from "./engine.ts";
import type { Connector } from "./ports/connector.ts";
import type { Processes } from "./ports/processes.ts";
import type { Rng } from "./ports/runtime.ts";
import type { LedgerStore, Settlement } from "./ports/store.ts";
import type { ServiceUrls } from "./service-urls.ts";
import type { SteadyClock } from "./steady-clock.ts";

/** Campaigns that the store stopped in one transaction. */
export interface StoppedCampaigns {
  readonly finished: readonly CampaignId[];
  readonly paused: readonly CampaignId[];
}

/** What all lanes of an engine share. */
export interface LaneParts {
  readonly clock: SteadyClock;
  readonly rng: Rng;
  readonly connector: Connector;
  readonly ledger: LedgerStore;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly worker: WorkerId;
  readonly processes: Processes;
  readonly campaigns: CampaignCache;
  readonly serviceUrls: ServiceUrls;
  /** Told after each turn that was committed what it wrote. */
  readonly onTurn: (settlements: readonly Settlement[]) => void;
  /** Told which campaigns finished, or paused by themselves, in a turn or while a lane was recovered. */
  readonly onStopped: (stopped: StoppedCampaigns) => void;
  /** Told when something begins to stand in a lane's way, and, with null, when nothing does any more. */
  readonly onAttention: (attention: Attention | null) => void;
}

import type { CampaignState } from "../domain/campaign.ts";
import { newGuards } from "../domain/campaign-guards.ts";
import type { Canary } from "../domain/canary.ts";
import type { DirectoryFact } from "../domain/directory.ts";
import type { StopWhen } from "../domain/failure-watch.ts";
import type { BotId, TenantId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import type { Metrics } from "../domain/metrics.ts";
import type { CampaignCache } from "./campaign-cache.ts";
import type { ExpansionParts } from "./expansion.ts";
import type { Keeping } from "./forget-job.ts";
import type { GraphTenants } from "./graph/graph-tenants.ts";
import type { JobRunner } from "./job-runner.ts";
import type { Lanes } from "./lanes.ts";
import type { Planner } from "./planner.ts";
import type { Connector } from "./ports/connector.ts";
import type { Graph } from "./ports/graph.ts";
import type { Processes } from "./ports/processes.ts";
import type { Clock, Ids, Rng } from "./ports/runtime.ts";
import type { Campaign, Store } from "./ports/store.ts";
import type { Progress } from "./progress.ts";
import type { StillWork } from "./still-work.ts";

/** What the engine needs of the outside. */
export interface EnginePorts {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly ids: Ids;
  readonly connector: Connector;
  /** Default: Graph is not asked. */
  readonly graph?: Graph;
  readonly store: Store;
  readonly log: Log;
  /** Default: nothing is known of any process. */
  readonly processes?: Processes;
  /** Default: nothing is measured. */
  readonly metrics?: Metrics;
}

/** What every part may use of the outside; Graph is asked through its traffic alone. */
export type InnerPorts = Required<Omit<EnginePorts, "graph">>;

/** The engine's inner parts, as its public ones use them. */
export interface EngineParts extends InnerPorts {
  readonly botId: BotId;
  /** The configured tenant, or null. */
  readonly tenantId: string | null;
  readonly campaigns: CampaignCache;
  readonly lanes: Lanes;
  /** Null where Graph is not asked. */
  readonly graph: GraphTenants | null;
  readonly planner: Planner;
  readonly runner: JobRunner;
  readonly progress: Progress;
  readonly still: StillWork;
  readonly keeping: Keeping;
  /** Teaches the directory, and remembers the service URLs. */
  readonly learn: (facts: readonly DirectoryFact[]) => Promise<void>;
  readonly expansionParts: (tenantId: TenantId) => ExpansionParts;
  /** Takes over a campaign's new row, as it was made here: lanes and followers learn of it. */
  readonly moved: (campaign: Campaign) => void;
  /** The same for a row that another process made: what waits in memory may be of an older message. */
  readonly heard: (campaign: Campaign) => void;
}

/** A campaign as it is when it is made, before what its kind adds. */
export function newCampaignRow(
  parts: EngineParts,
  row: Pick<
    Campaign,
    "tenantId" | "id" | "kind" | "name" | "message" | "audience" | "priority" | "expansion"
  > & { readonly state: CampaignState },
  options: {
    readonly topic?: string;
    readonly sendAt?: number;
    readonly expiresAt?: number;
    readonly recallAt?: number;
    readonly onUncertain?: Campaign["onUncertain"];
    readonly ratePerSecond?: number;
    readonly canary?: Canary | null;
    readonly stopWhen?: StopWhen | null;
  },
): Campaign {
  const now = parts.clock.now();
  const { canary, canaryLeft, stopWhen } = newGuards(options);
  return {
    ...row,
    botId: parts.botId,
    changeOf: null,
    revision: 0,
    originalMessage: null,
    topic: options.topic ?? null,
    sendAt: options.sendAt ?? null,
    expiresAt: options.expiresAt ?? null,
    recallAt: options.recallAt ?? null,
    recalledAt: null,
    onUncertain: options.onUncertain ?? "resend",
    ratePerSecond: options.ratePerSecond ?? null,
    pausedFrom: null,
    canary,
    canaryLeft,
    stopWhen,
    pausedBecause: null,
    createdAt: now,
    updatedAt: now,
    startedAt: row.state === "draft" ? null : now,
    finishedAt: null,
  };
}

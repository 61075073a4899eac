import { isOver, isUrgent } from "../domain/campaign.ts";
import type { DirectoryFact } from "../domain/directory.ts";
import { StoreError } from "../domain/errors.ts";
import { type BotId, type CampaignId, type TenantId, tenantId, workerId } from "../domain/ids.ts";
import { noMetrics } from "../domain/metrics.ts";
import { shown } from "./attention-shown.ts";
import { createBesideLanes } from "./beside-lanes.ts";
import { CampaignCache } from "./campaign-cache.ts";
import { pauseAttention } from "./campaign-view.ts";
import { createCampaigns } from "./campaigns.ts";
import { recallDue } from "./changes.ts";
import { createDirectory } from "./directory.ts";
import type { Attention, Engine } from "./engine.ts";
import type { EngineParts, EnginePorts } from "./engine-parts.ts";
import type { ExpansionParts } from "./expansion.ts";
import { createExplanations } from "./explain.ts";
import { type Keeping, keepingByDefault } from "./forget-job.ts";
import { GraphTenants } from "./graph/graph-tenants.ts";
import type { LaneParts, StoppedCampaigns } from "./lane-parts.ts";
import { Lanes } from "./lanes.ts";
import { laneRatePerSecond } from "./limits.ts";
import { createNotifications } from "./notifications.ts";
import { unknownProcesses } from "./ports/processes.ts";
import type { Campaign, Settlement } from "./ports/store.ts";
import { Progress } from "./progress.ts";
import { addRosterJobs } from "./roster-job.ts";
import { ServiceUrls } from "./service-urls.ts";
import { steadyClock } from "./steady-clock.ts";
import { StillWork } from "./still-work.ts";
import { StoreFollower } from "./store-follower.ts";
import { StoreWakes } from "./store-wakes.ts";
import { listUncertain } from "./uncertain.ts";

export interface EngineOptions {
  readonly botId: BotId;
  /** The configured tenant; without one, the only tenant known is meant where a request names none. */
  readonly tenantId?: string | null;
  /** Each lane's ceiling, requests per second; 0 = no pacing. Default 50. */
  readonly ratePerSecond?: number;
  /** Requests in flight at once in one lane; default: as `InFlightLimit` finds, and 64 where nothing is paced. */
  readonly inFlightMax?: number;
  /** Whether the roster of a team is read once the bot is added to it. Default true. */
  readonly readsRosters?: boolean;
  /** Whether it drains lanes and expands campaigns. Without it what is created waits for another process. Default true. */
  readonly works?: boolean;
  /** For how long what is kept; default: what explains an outcome for good, idempotency keys and processed activities for some days. */
  readonly keeping?: Partial<Keeping>;
}

/** Puts the engine together. Nothing moves before `start`; what is created before waits in the store. */
export function createEngine(ports: EnginePorts, options: EngineOptions): Engine {
  const parts = assemble(ports, options);
  const { botId, lanes, graph, planner, runner, progress } = parts;
  const follower = new StoreFollower({ ...ports, ledger: ports.store.ledger, progress, botId });
  const wakes = new StoreWakes({ ...parts, follower, onMoved: parts.heard });
  return {
    botId,
    notifications: createNotifications(parts),
    campaigns: createCampaigns(parts),
    directory: createDirectory(parts),
    explain: createExplanations(parts),
    uncertain: (page) => listUncertain(parts, page),
    learn: async (facts) => {
      await parts.learn(facts);
      if (options.readsRosters !== false)
        await addRosterJobs({ ...parts, jobs: parts.store.jobs }, facts, parts.clock.now());
    },
    lanes: () =>
      lanes.views().map((view) => ({
        ...view,
        attention: view.attention ?? parts.still.lane(tenantId(view.tenantId)),
      })),
    graph: () => graph?.views() ?? [],
    subscribe: (listener, { campaign } = {}) => progress.subscribe(listener, campaign),
    start: async () => {
      const { works = true } = options;
      lanes.start({ sends: works });
      if (works) {
        planner.start();
        runner.start();
      }
      follower.start();
      // Last, so that what is told is taken up.
      wakes.start(ports.store.wakes);
    },
    stop: async ({ graceMs = graceMsDefault } = {}) => {
      // Waits of a job for a budget end with the lane, and with Graph.
      graph?.close();
      const lanesStopped = lanes.stop(graceMs);
      const others = [wakes, planner, runner, follower].map((one) => one.stop());
      await Promise.all([lanesStopped, ...others]);
    },
  };
}

function assemble(
  { graph: graphPort, ...given }: EnginePorts,
  options: EngineOptions,
): EngineParts {
  const ports = { metrics: noMetrics, processes: unknownProcesses, ...given };
  const { clock, ids, store, log, processes } = ports;
  const { botId, tenantId = null } = options;
  const keeping = { ...keepingByDefault, ...options.keeping };
  const campaigns = new CampaignCache(store.ledger);
  // Whatever measures a stretch of time lives by it; what people gave, and are shown, is the machine's.
  const steady = steadyClock(clock);
  const progress = new Progress(steady, store.ledger, campaigns);
  const serviceUrls = new ServiceUrls(store.directory);
  const moved = (campaign: Campaign) => move(parts, campaign);
  const worker = workerId([ids.next("wrk"), processes.own].filter(Boolean).join("@"));
  const lanes = lanesOf(
    {
      ...ports,
      clock: steady,
      ledger: store.ledger,
      worker,
      campaigns,
      serviceUrls,
      onTurn: (settlements) => noteTurn(parts, settlements),
      onStopped: (stopped) => noteStopped(parts, stopped),
      onAttention: (attention) => tellAttention(null, attention),
    },
    options,
  );
  const graph =
    graphPort === undefined
      ? null
      : new GraphTenants({ ...ports, graph: graphPort, clock: steady });
  const tellAttention = (id: CampaignId | null, attention: Attention | null) =>
    progress.tell({ type: "attention", id, attention: shown(steady, attention) });
  const learn = async (facts: readonly DirectoryFact[]) => {
    if (facts.length === 0) return;
    await store.directory.learn(botId, facts, clock.now());
    serviceUrls.learn(facts);
  };
  const expansionParts = (tenant: TenantId): ExpansionParts => ({
    ...ports,
    directory: store.directory,
    ledger: store.ledger,
    scope: { botId, tenantId: tenant },
    traffic: lanes.traffic(tenant),
    learn,
    graph: graph?.traffic(tenant) ?? null,
    lookupsLeft: lookupsMax,
    graphLookupsLeft: graphLookupsMax,
    unseen: "ask",
  });
  const beside = createBesideLanes({
    ...ports,
    ...{ steady, botId, worker, campaigns, progress, keeping, expansionParts },
    wakeLane: ({ tenantId: tenant }) => lanes.wake(tenant),
    recallDue: (id) => recallDue(parts, id),
    onMoved: moved,
    onAttention: tellAttention,
  });
  const parts: EngineParts = {
    ...ports,
    ...beside,
    ...{ botId, tenantId, campaigns, lanes, graph, progress, keeping },
    still: new StillWork(steady, { log, tell: tellAttention }),
    learn,
    expansionParts,
    moved,
    heard: (campaign) => hear(parts, campaign),
  };
  return parts;
}

function lanesOf(
  parts: LaneParts,
  { botId, ratePerSecond = laneRatePerSecond, inFlightMax }: EngineOptions,
): Lanes {
  return new Lanes(parts, {
    botId,
    ratePerSecond,
    isPaced: ratePerSecond > 0,
    ...(inFlightMax !== undefined && { inFlightMax }),
  });
}

/** Takes over what was made of a campaign here. */
function move(parts: EngineParts, campaign: Campaign): void {
  const { id, state } = campaign;
  if (state === "finished") parts.log.info("campaign.finished", { campaignId: id });
  take(parts, campaign);
}

/** Takes over what another process made of a campaign: what waits in memory may be of an older message. */
function hear(parts: EngineParts, campaign: Campaign): void {
  parts.lanes.release(campaign.tenantId, campaign.id);
  take(parts, campaign);
}

/** Takes over a campaign's new row: requests of one that may not go on are held back, its lane and its followers learn of it. */
function take(parts: EngineParts, campaign: Campaign): void {
  const { id, tenantId, state } = campaign;
  parts.campaigns.put(campaign, parts.clock.now());
  if (state === "paused" || isOver(state)) {
    parts.lanes.release(tenantId, id);
    parts.still.stopped(id);
  }
  if (state === "sending" || state === "expanding")
    parts.lanes.wake(tenantId, isUrgent(campaign.priority) ? 1 : 0);
  if (state !== "paused" && state !== "sending")
    parts.planner.wake(state === "expanding" ? id : undefined);
  parts.progress.tell({ type: "campaign", id, state });
  parts.progress.changed(id);
}

/** What a committed turn means for campaigns and followers. */
function noteTurn(parts: EngineParts, settlements: readonly Settlement[]): void {
  parts.progress.settled(settlements);
  parts.still.settled(settlements, (id) => parts.campaigns.peek(id)?.row.tenantId ?? null);
  for (const { campaignId, recipient, to } of settlements) {
    if (to.state === "failed")
      parts.log.warn("delivery.failed", { campaignId, recipient, code: to.code });
    if (to.state === "uncertain" || (to.state === "pending" && to.resend))
      parts.log.warn("delivery.uncertain", { campaignId, recipient, state: to.state });
  }
}

/** Takes over what the store did: requests of a campaign that paused by itself are held back before anything else happens. */
function noteStopped(parts: EngineParts, { finished, paused }: StoppedCampaigns): void {
  const now = parts.clock.now();
  for (const id of finished) {
    const row = parts.campaigns.peek(id)?.row;
    if (row !== undefined)
      parts.campaigns.put({ ...row, state: "finished", updatedAt: now, finishedAt: now }, now);
    parts.log.info("campaign.finished", { campaignId: id });
    parts.progress.tell({ type: "campaign", id, state: "finished" });
    parts.progress.changed(id);
  }
  for (const id of paused) {
    const row = parts.campaigns.peek(id)?.row;
    if (row !== undefined) {
      const { state: pausedFrom, tenantId } = row;
      parts.campaigns.put({ ...row, state: "paused", pausedFrom, updatedAt: now }, now);
      parts.lanes.release(tenantId, id);
    }
    parts.progress.tell({ type: "campaign", id, state: "paused" });
    parts.progress.changed(id);
    void tellWhy(parts, id);
  }
}

/** Tells followers why a campaign paused by itself. */
async function tellWhy(parts: EngineParts, id: CampaignId): Promise<void> {
  try {
    const row = await parts.store.ledger.getCampaign(id);
    const attention = row === null ? null : pauseAttention(row);
    if (attention === null) return;
    parts.log.warn("campaign.paused", { campaignId: id, code: attention.code });
    parts.progress.tell({ type: "attention", id, attention });
  } catch (error) {
    // Whoever asks for the campaign is told; the lane tells of the store's failure.
    if (!(error instanceof StoreError)) throw error;
  }
}

const graceMsDefault = 15_000;
const lookupsMax = 200;
const graphLookupsMax = 10_000;

import { type BotId, campaignId, type WorkerId } from "../domain/ids.ts";
import { type CampaignJobParts, campaignJobs } from "./campaign-jobs.ts";
import type { InnerPorts } from "./engine-parts.ts";
import { forgetJob, type Keeping } from "./forget-job.ts";
import { jobAttention } from "./job-attention.ts";
import { JobRunner } from "./job-runner.ts";
import { Planner, type PlannerParts } from "./planner.ts";
import type { Progress } from "./progress.ts";
import { rosterJob } from "./roster-job.ts";
import type { SteadyClock } from "./steady-clock.ts";

/** What the work beside the lanes needs of the engine. */
export interface BesideLanesParts
  extends InnerPorts,
    Pick<CampaignJobParts, "campaigns" | "expansionParts" | "recallDue" | "wakeLane" | "onMoved">,
    Pick<PlannerParts, "onAttention"> {
  readonly steady: SteadyClock;
  readonly botId: BotId;
  readonly worker: WorkerId;
  readonly progress: Progress;
  readonly keeping: Keeping;
}

/** Puts together who sees what is to be done beside the lanes, and who does it. */
export function createBesideLanes(parts: BesideLanesParts): {
  readonly planner: Planner;
  readonly runner: JobRunner;
} {
  const { steady: clock, store, progress, expansionParts } = parts;
  const { ledger, jobs } = store;
  const onCounted: CampaignJobParts["onCounted"] = (id) => progress.changed(id);
  const { expand, recall, cancel, expire, retry } = campaignJobs({
    ...parts,
    clock,
    ledger,
    onCounted,
  });
  const runner = new JobRunner({
    ...parts,
    clock,
    jobs,
    kinds: {
      expand: { work: expand, atOnce: 8 },
      recall: { work: recall, atOnce: 2 },
      cancel: { work: cancel, atOnce: 2 },
      expire: { work: expire, atOnce: 1 },
      retry: { work: retry, atOnce: 2 },
      forget: { work: forgetJob({ ...parts, clock, ledger, inbound: store.inbound }), atOnce: 1 },
      roster: { work: rosterJob(expansionParts), atOnce: 1 },
    },
    onNote: ({ kind, key }, note) => {
      if (kind !== "expand") return;
      const attention = note === null ? null : jobAttention(note, note.dueAt);
      progress.tell({ type: "attention", id: campaignId(key), attention });
    },
  });
  const onAdded = () => runner.wake();
  const probe = () => store.probe();
  return { planner: new Planner({ ...parts, clock, ledger, jobs, probe, onAdded }), runner };
}

import type { DirectoryFact } from "../domain/directory.ts";
import { type BotId, type TeamId, type TenantId, teamId, tenantId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import type { ExpansionParts } from "./expansion.ts";
import type { JobEnd, JobWork } from "./job-runner.ts";
import type { Jobs } from "./ports/jobs.ts";
import { isPassing, memberFact, peopleOf, readRosterPage } from "./roster.ts";

/** What the work needs of the engine: the same as an expansion does. */
export type RosterJobParts = (
  tenantId: TenantId,
) => Pick<
  ExpansionParts,
  "clock" | "connector" | "directory" | "learn" | "rng" | "scope" | "traffic"
>;

/**
 * Stores a job for each team that the bot was just added to, so that its members become known by name and UPN: the events of an
 * install carry neither. Nothing depends on it, because whoever needs a roster reads it; so it never rejects.
 */
export async function addRosterJobs(
  { jobs, log, botId }: { readonly jobs: Jobs; readonly log: Log; readonly botId: BotId },
  facts: readonly DirectoryFact[],
  now: number,
): Promise<void> {
  for (const fact of facts) {
    if (fact.fact !== "team-seen" || fact.install !== "installed") continue;
    const key = `${fact.tenantId} ${fact.teamId}`;
    try {
      await jobs.add({ botId, kind: "roster", key, dueAt: now }, now);
    } catch (error) {
      log.warn("store.failed", { tenantId: fact.tenantId, detail: String(error) });
    }
  }
}

/** Reads a team's roster into the directory, page by page, within the lane's budget and after every delivery that waits. */
export function rosterJob(partsOf: RosterJobParts): JobWork {
  return async (job, isClosing) => {
    const [tenant = "", team = ""] = job.key.split(" ");
    const read = { parts: partsOf(tenantId(tenant)), team: teamId(team), isClosing };
    return readRoster(read, job.note?.since ?? null, job.attempt);
  };
}

interface RosterRead {
  readonly parts: ReturnType<RosterJobParts>;
  readonly team: TeamId;
  readonly isClosing: () => boolean;
}

async function readRoster(
  { parts, team: id, isClosing }: RosterRead,
  since: number | null,
  attempt: number,
): Promise<JobEnd> {
  const team = await parts.directory.findTeam(parts.scope, id);
  if (team === null) return { end: "done" };
  let after: string | null = null;
  while (!isClosing()) {
    const answer = await readRosterPage(parts, team, after);
    if (answer === null) return { end: "stopped" };
    if (answer.value === undefined) {
      // Whoever needs the roster reads it again: after some tries it is left at that.
      if (!isPassing(answer.outcome) || attempt >= attemptsMax) return { end: "done" };
      const detail = `The roster of ${id} could not be read: ${answer.evidence.detail ?? answer.outcome.kind}.`;
      const note = {
        code: "TEAMS_UNAVAILABLE",
        detail,
        since: since ?? parts.clock.now(),
      } as const;
      return { end: "failed", note };
    }
    const { tenantId: tenant } = parts.scope;
    await parts.learn(peopleOf(answer.value).map((member) => memberFact(tenant, member)));
    after = answer.value.continuationToken ?? null;
    if (after === null) return { end: "done" };
  }
  return { end: "stopped" };
}

const attemptsMax = 9;

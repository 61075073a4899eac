import type { ErrorCode } from "../domain/error-codes.ts";
import { teamId } from "../domain/ids.ts";
import type { Target } from "../domain/target.ts";
import type { Expansion, ExpansionStep } from "./expansion.ts";
import { excludeWaitMs, passingWaitMs } from "./expansion-waits.ts";
import type { Answer, RosterMember, RosterPage } from "./ports/connector.ts";
import type { ExpansionCursor } from "./ports/store.ts";
import { teamStandIn } from "./resolve.ts";
import { isPassing, memberFact, memberRecipient, peopleOf, readRosterPage } from "./roster.ts";

/**
 * Walks one page of a team's roster. What Teams refuses for good becomes a failed row that stands for the team; but where the
 * team was to be left out, nobody can tell whom to leave out, so the expansion waits and says so.
 */
export async function stepRoster(
  expansion: Expansion,
  team: Extract<Target, { readonly team: string }>,
): Promise<ExpansionStep> {
  const { parts, cursor } = expansion;
  const id = teamId(team.team);
  const known = await parts.directory.findTeam(parts.scope, id);
  if (known === null || known.install === "removed") {
    const code = known === null ? "RECIPIENT_UNKNOWN" : "TEAMS_NOT_IN_CONVERSATION";
    return withoutRoster(expansion, team, {
      code,
      detail: `The bot is not in the team ${team.team}, so its members cannot be read.`,
    });
  }
  const answer = await readRosterPage(parts, known, cursor.after);
  if (answer === null) return { do: "stop" };
  if (answer.value === undefined) return afterRefusal(expansion, team, answer);
  const members = peopleOf(answer.value).filter((member) => !isNamed(expansion, member));
  await parts.learn(members.map((member) => memberFact(parts.scope.tenantId, member)));
  return { do: "add", to: after(cursor, answer.value), recipients: members.map(memberRecipient) };
}

function afterRefusal(
  expansion: Expansion,
  team: Extract<Target, { readonly team: string }>,
  { outcome, evidence }: Answer<RosterPage>,
): ExpansionStep {
  const { cursor, memory, parts } = expansion;
  const detail = `The roster of ${team.team} could not be read: ${evidence.detail ?? outcome.kind}.`;
  if (isPassing(outcome)) {
    const waitMs = Math.max(passingWaitMs(parts.rng, memory.failures), evidence.retryAfterMs ?? 0);
    return { do: "wait", code: "TEAMS_UNAVAILABLE", detail, waitMs };
  }
  // A continuation token does not live for ever; the roster is then read from its beginning, and who is known stays known.
  if (cursor.after !== null && memory.restarts < restartsMax) {
    memory.restarts += 1;
    return { do: "add", to: { ...cursor, after: null }, recipients: [] };
  }
  return withoutRoster(expansion, team, { code: "TEAMS_NOT_IN_CONVERSATION", detail });
}

function withoutRoster(
  { cursor }: Expansion,
  team: Extract<Target, { readonly team: string }>,
  { code, detail }: { readonly code: ErrorCode; readonly detail: string },
): ExpansionStep {
  if (cursor.part === "exclude") return { do: "wait", code, detail, waitMs: excludeWaitMs };
  const refused = { recipient: teamStandIn(teamId(team.team)), code, detail };
  const to = { ...cursor, item: cursor.item + 1, after: null };
  return { do: "add", to, recipients: [], refused: [refused] };
}

/** Whether an exclusion names this member in a way that could not be resolved before the roster was read. */
function isNamed({ cursor, excludedNames }: Expansion, member: RosterMember): boolean {
  if (cursor.part === "exclude" || excludedNames.size === 0) return false;
  return [member.userPrincipalName, member.aadObjectId, member.teamsId].some(
    (name) => name !== null && excludedNames.has(name.toLowerCase()),
  );
}

function after(cursor: ExpansionCursor, page: RosterPage): ExpansionCursor {
  return page.continuationToken === undefined
    ? { ...cursor, item: cursor.item + 1, after: null }
    : { ...cursor, after: page.continuationToken };
}

const restartsMax = 3;

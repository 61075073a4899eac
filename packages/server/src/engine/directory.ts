import type { Channel, DirectoryFact, Person, Team } from "../domain/directory.ts";
import { ProblemError } from "../domain/errors.ts";
import { personId, type TeamId } from "../domain/ids.ts";
import { teamsIdForm } from "../domain/teams-id.ts";
import type { Directory } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Scope } from "./ports/store.ts";
import { chooseScope, scopesToSearch } from "./scopes.ts";

/** The engine's directory. */
export function createDirectory(parts: EngineParts): Directory {
  const { directory } = parts.store;
  return {
    people: async ({ tenantId, ...page }) =>
      directory.listPeople(await chooseScope(directory, parts, tenantId), page),
    person: (id) => findPerson(parts, id),
    teams: async ({ tenantId, ...page }) =>
      directory.listTeams(await chooseScope(directory, parts, tenantId), page),
    channels: (id) => channels(parts, id),
    counts: () => counts(parts),
  };
}

/** A person by object id, UPN or `29:` id, in whichever tenant. Throws PERSON_UNKNOWN. */
export async function findPerson(parts: EngineParts, id: string): Promise<Person> {
  const { directory } = parts.store;
  for (const scope of await scopesToSearch(directory, parts)) {
    const found = await directory.findPerson(scope, personKey(id));
    if (found !== null) return found;
  }
  throw new ProblemError("PERSON_UNKNOWN", { detail: `The directory does not know "${id}".` });
}

function personKey(id: string) {
  switch (teamsIdForm(id)) {
    case "guid":
      return { aadObjectId: id.toLowerCase() };
    case "user":
      return { teamsId: id };
    case "upn":
      return { userPrincipalName: id };
    default:
      return { id: personId(id) };
  }
}

async function channels(parts: EngineParts, id: TeamId): Promise<readonly Channel[]> {
  const { directory } = parts.store;
  for (const scope of await scopesToSearch(directory, parts)) {
    const team = await directory.findTeam(scope, id);
    if (team === null) continue;
    const known = await directory.listChannels(scope, id);
    // General is known with the team; any other channel shows that the list was learnt.
    if (team.install === "removed" || known.some((channel) => channel.id !== String(id)))
      return known;
    return (await askForChannels(parts, scope, team)) ? directory.listChannels(scope, id) : known;
  }
  throw new ProblemError("TEAM_UNKNOWN", { detail: `The directory does not know the team ${id}.` });
}

async function askForChannels(parts: EngineParts, scope: Scope, team: Team): Promise<boolean> {
  const traffic = parts.lanes.traffic(scope.tenantId);
  if (traffic.circuit.isHalted) return false;
  const place = { use: "members", conversation: team.id, trafficClass: "normal" } as const;
  const answer = await traffic.outside.request(place, () =>
    parts.connector.getChannels({ ...scope, serviceUrl: team.serviceUrl }, { teamId: team.id }),
  );
  const facts = (answer?.value ?? []).map(
    (channel): DirectoryFact => ({
      fact: "channel-seen",
      tenantId: scope.tenantId,
      teamId: team.id,
      channelId: channel.id,
      ...(channel.name !== null && { name: channel.name }),
      ...(channel.type !== null && { type: channel.type }),
      deleted: channel.deleted,
    }),
  );
  if (facts.length > 0) await parts.learn(facts);
  return facts.length > 0;
}

async function counts(parts: EngineParts) {
  const { directory } = parts.store;
  const sum = { people: 0, installed: 0, blocked: 0, removed: 0 };
  for (const scope of await scopesToSearch(directory, parts)) {
    const some = await directory.countPeople(scope);
    sum.people += some.people;
    sum.installed += some.installed;
    sum.blocked += some.blocked;
    sum.removed += some.removed;
  }
  return sum;
}

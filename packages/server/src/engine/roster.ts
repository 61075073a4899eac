import type { DirectoryFact, PersonFields, Team } from "../domain/directory.ts";
import { conversationId, personId, type TenantId } from "../domain/ids.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Recipient } from "../domain/target.ts";
import { recipientKeyOf } from "../domain/teams-id.ts";
import { rosterPageMax } from "./limits.ts";
import type { Answer, Connector, RosterMember, RosterPage } from "./ports/connector.ts";
import type { Scope } from "./ports/store.ts";
import type { Traffic } from "./traffic.ts";

/**
 * Reads one page of a team's roster, within the lane's budget. `after` is the continuation token of the page before, or null.
 * Answers null when the lane is closed before.
 */
export async function readRosterPage(
  { connector, traffic, scope }: RosterParts,
  team: Team,
  after: string | null,
): Promise<Answer<RosterPage> | null> {
  const at = conversationId(team.id);
  return traffic.outside.request({ use: "members", conversation: at, trafficClass: "normal" }, () =>
    connector.getMembersPage(
      { ...scope, serviceUrl: team.serviceUrl },
      {
        conversationId: at,
        pageSize: rosterPageMax,
        ...(after !== null && { continuationToken: after }),
      },
    ),
  );
}

export interface RosterParts {
  readonly connector: Connector;
  readonly traffic: Traffic;
  readonly scope: Scope;
}

/** What a roster teaches of one member. */
export function memberFact(tenantId: TenantId, member: RosterMember): DirectoryFact {
  return { fact: "person-seen", tenantId, person: fieldsOf(member) };
}

/** The people of a page who can have a personal chat: no bots, and nobody anonymous. */
export function peopleOf(page: RosterPage): readonly RosterMember[] {
  return page.members.filter(
    ({ teamsId, userRole }) => !teamsId.startsWith("28:") && userRole !== "anonymous",
  );
}

/** The recipient that a member is. */
export function memberRecipient({ aadObjectId, teamsId }: RosterMember): Recipient {
  const id = personId(aadObjectId ?? teamsId);
  return { kind: "person", key: recipientKeyOf({ person: id }), personId: id, memberId: id };
}

/** Whether what a roster refused to say may be had later, by itself. */
export function isPassing({ kind }: Outcome): boolean {
  return kind !== "unreachable" && kind !== "rejected";
}

function fieldsOf(member: RosterMember): PersonFields {
  const { aadObjectId, teamsId, userPrincipalName, email, name, givenName, surname, userRole } =
    member;
  return {
    teamsId,
    ...(aadObjectId !== null && { aadObjectId }),
    ...(userPrincipalName !== null && { userPrincipalName }),
    ...(email !== null && { email }),
    ...(name !== null && { name }),
    ...(givenName !== null && { givenName }),
    ...(surname !== null && { surname }),
    ...(userRole !== null && { userRole }),
  };
}

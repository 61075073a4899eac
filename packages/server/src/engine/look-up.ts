import type { DirectoryFact, Person } from "../domain/directory.ts";
import { conversationId, type TenantId } from "../domain/ids.ts";
import type { GraphTraffic } from "./graph/graph-traffic.ts";
import type { Connector } from "./ports/connector.ts";
import type { DirectoryStore } from "./ports/directory-store.ts";
import type { GraphUser } from "./ports/graph.ts";
import type { Scope } from "./ports/store.ts";
import { isPassing, memberFact } from "./roster.ts";
import type { Traffic } from "./traffic.ts";

/** What looking people up needs. */
export interface LookUpParts {
  readonly directory: DirectoryStore;
  readonly connector: Connector;
  readonly scope: Scope;
  readonly traffic: Traffic;
  /** Null where Graph is not asked. */
  readonly graph: Pick<GraphTraffic, "findUser" | "attention"> | null;
  learn(facts: readonly DirectoryFact[]): Promise<void>;
  /** How many more requests to the connector may be made to find people; counted down. */
  lookupsLeft: number;
  /** The same for Graph, which has a budget of its own. */
  graphLookupsLeft: number;
}

/** Who it is; null where Teams says that there is nobody; or that it could not be asked now. */
export type LookedUp = Person | "nobody answered" | null;

/**
 * Asks Graph who has this user principal name, where it may be asked; then a few teams whether they have a member of this name.
 * The teams are asked also where Graph knows nobody: it finds nobody by an e-mail address, and a roster may.
 */
export async function lookUpName(parts: LookUpParts, name: string): Promise<LookedUp> {
  const inGraph = await askGraph(parts, name);
  if (inGraph !== null && inGraph !== "nobody answered") return inGraph;
  return (await askRosters(parts, name)) ?? inGraph;
}

/** Asks Graph, and learns what it says. Null where it knows nobody of this name, or may not be asked at all. */
async function askGraph(parts: LookUpParts, name: string): Promise<LookedUp> {
  const { directory, graph, learn, scope } = parts;
  if (graph === null) return null;
  if (parts.graphLookupsLeft <= 0) return "nobody answered";
  parts.graphLookupsLeft -= 1;
  const { outcome, value } = await graph.findUser(name);
  if (value === undefined)
    return outcome.kind === "transient" || outcome.kind === "throttled" ? "nobody answered" : null;
  await learn([userFact(scope.tenantId, value)]);
  return directory.findPerson(scope, { aadObjectId: value.id });
}

async function askRosters(parts: LookUpParts, name: string): Promise<LookedUp> {
  const { directory, scope, traffic } = parts;
  // Nobody should wait for a lane that does not move.
  if (traffic.circuit.isHalted) return "nobody answered";
  let isSure = true;
  const teams = await directory.listTeams(scope, { limit: teamsAsked });
  for (const team of teams.items) {
    if (team.install === "removed") continue;
    if (parts.lookupsLeft <= 0) return "nobody answered";
    parts.lookupsLeft -= 1;
    const place = { conversation: team.id, serviceUrl: team.serviceUrl };
    const found = await askMember(parts, place, name);
    if (found === "nobody answered") isSure = false;
    else if (found !== null) return found;
  }
  return isSure ? null : "nobody answered";
}

/**
 * Asks Teams who a `29:` id is that we never saw: everybody who has the app has a chat with the bot, which a request for it
 * creates where there is none, and whose member has an object id. Null where Teams gives no such chat.
 */
export async function lookUpTeamsId(parts: LookUpParts, teamsId: string): Promise<LookedUp> {
  const { directory, connector, scope, traffic } = parts;
  if (traffic.circuit.isHalted || parts.lookupsLeft <= 0) return "nobody answered";
  parts.lookupsLeft -= 1;
  const address = { ...scope, serviceUrl: null };
  const answer = await traffic.outside.request(
    { use: "create", conversation: teamsId, trafficClass: "normal" },
    () => connector.createPersonalConversation(address, { memberId: teamsId }),
  );
  if (answer?.value === undefined)
    return answer === null || isPassing(answer.outcome) ? "nobody answered" : null;
  const { conversationId: chat } = answer.value;
  const owner = await directory.findPerson(scope, { conversationId: chat });
  if (owner?.aadObjectId) return owner;
  return askMember(parts, { conversation: chat, serviceUrl: null }, teamsId);
}

/** Asks for one member of a conversation, and learns what the answer says. */
async function askMember(
  { connector, directory, learn, scope, traffic }: LookUpParts,
  place: { readonly conversation: string; readonly serviceUrl: string | null },
  memberId: string,
): Promise<LookedUp> {
  const at = conversationId(place.conversation);
  const answer = await traffic.outside.request(
    { use: "members", conversation: at, trafficClass: "normal" },
    () =>
      connector.getMember(
        { ...scope, serviceUrl: place.serviceUrl },
        { conversationId: at, memberId },
      ),
  );
  if (answer?.value === undefined)
    return answer === null || isPassing(answer.outcome) ? "nobody answered" : null;
  await learn([memberFact(scope.tenantId, answer.value)]);
  const { aadObjectId, teamsId } = answer.value;
  return directory.findPerson(scope, aadObjectId === null ? { teamsId } : { aadObjectId });
}

/** What Graph teaches of a user. */
function userFact(
  tenantId: TenantId,
  { id, userPrincipalName, name, isGuest }: GraphUser,
): DirectoryFact {
  const person = {
    aadObjectId: id,
    userRole: isGuest ? "guest" : "user",
    ...(userPrincipalName !== null && { userPrincipalName }),
    ...(name !== null && { name }),
  };
  return { fact: "person-seen", tenantId, person };
}

const teamsAsked = 5;

import { never } from "../domain/assert.ts";
import type { Channel, DirectoryFact, Person, Team } from "../domain/directory.ts";
import type { Scope } from "../engine/ports/store.ts";
import type { DirectoryTables } from "./directory-tables.ts";
import { changePerson, learnPerson, type Union } from "./learn-person.ts";
import { isOlder } from "./said.ts";

/**
 * Applies one fact to the directory of its tenant. Answers the people that turned out to be one by it: of two deliveries that
 * this makes the same, the driver skips one.
 */
export function learnFact(
  tables: DirectoryTables,
  scope: Scope,
  fact: DirectoryFact,
  now: number,
): Union | null {
  switch (fact.fact) {
    case "person-seen":
    case "person-install":
    case "person-active":
    case "personal-conversation": {
      const chat = fact.fact === "personal-conversation" ? fact.conversationId : null;
      return learnPerson(tables, scope, { fields: fact.person, chat, change: changeBy(fact), now });
    }
    case "person-blocked":
      block(tables, fact, now);
      return null;
    case "conversation-seen":
      seeConversation(tables, scope, fact, now);
      return null;
    case "conversation-gone":
      loseConversation(tables, fact, now);
      return null;
    case "team-seen":
      tables.putTeam(teamBy(tables.findTeam(fact.teamId), scope, fact, now));
      return null;
    case "channel-seen":
      tables.putChannel(channelBy(tables.findChannel(fact.channelId), fact));
      return null;
    default:
      return never(fact, "directory fact");
  }
}

type Fact<Name extends DirectoryFact["fact"]> = Extract<DirectoryFact, { fact: Name }>;
type PersonFact = Fact<
  "person-seen" | "person-install" | "person-active" | "personal-conversation"
>;

/** What a fact changes of a person beside the fields. */
function changeBy(fact: PersonFact): (person: Person) => Person {
  switch (fact.fact) {
    case "person-seen":
      return (person) => person;
    case "person-active":
      return (person) =>
        isOlder(fact.saidAt, person.installSaidAt) ? person : { ...person, blockedAt: null };
    case "personal-conversation":
      return (person) => withChat(person, fact);
    case "person-install":
      return (person) => withInstall(person, fact);
  }
}

/** What says again what is stored changes nothing, not even since when it is known: who writes often costs no write each time. */
function withChat(person: Person, fact: Fact<"personal-conversation">): Person {
  const { conversationId, serviceUrl, saidAt } = fact;
  if (isOlder(saidAt, person.chatSaidAt)) return person;
  if (person.conversationId === conversationId && person.serviceUrl === serviceUrl) return person;
  const chatSaidAt = saidAt ?? person.chatSaidAt;
  const chat = { conversationId, serviceUrl, ...(chatSaidAt !== undefined && { chatSaidAt }) };
  return { ...person, ...chat };
}

function withInstall(person: Person, { install, saidAt }: Fact<"person-install">): Person {
  if (isOlder(saidAt, person.installSaidAt)) return person;
  const installSaidAt = saidAt ?? person.installSaidAt;
  const said = { install, ...(installSaidAt !== undefined && { installSaidAt }) };
  return install === "installed" ? { ...person, ...said, blockedAt: null } : { ...person, ...said };
}

function block(tables: DirectoryTables, fact: Fact<"person-blocked">, now: number): void {
  const person = tables.findPerson({ id: fact.personId });
  if (person === null) return;
  changePerson(tables, person, { ...person, blockedAt: person.blockedAt ?? now }, now);
}

function seeConversation(
  tables: DirectoryTables,
  scope: Scope,
  fact: Fact<"conversation-seen">,
  now: number,
): void {
  tables.putConversation({
    ...scope,
    id: fact.conversationId,
    kind: fact.kind,
    serviceUrl: fact.serviceUrl,
    personId: null,
    teamId: fact.teamId ?? null,
    name: fact.name ?? null,
    goneAt: null,
    goneReason: null,
    ...(fact.saidAt !== undefined && { saidAt: fact.saidAt }),
    updatedAt: now,
  });
}

function loseConversation(
  tables: DirectoryTables,
  fact: Fact<"conversation-gone">,
  now: number,
): void {
  const { conversationId, reason: goneReason } = fact;
  const known = tables.findConversation(conversationId);
  if (known === null || isOlder(fact.saidAt, known.saidAt)) return;
  const saidAt = fact.saidAt ?? known.saidAt;
  tables.putConversation({
    ...known,
    goneAt: known.goneAt ?? now,
    goneReason,
    ...(saidAt !== undefined && { saidAt }),
    updatedAt: now,
  });
  const person = tables.findPerson({ conversationId });
  if (person !== null) changePerson(tables, person, { ...person, conversationId: null }, now);
}

/** A team with what a fact says of it; what it does not name stays, and what an older one says fills only what is not known. */
function teamBy(before: Team | null, scope: Scope, fact: Fact<"team-seen">, now: number): Team {
  const isLate = isOlder(fact.saidAt, before?.saidAt);
  const [first, second] = isLate ? [before, fact] : [fact, before];
  return {
    ...scope,
    id: fact.teamId,
    aadGroupId: first?.aadGroupId ?? second?.aadGroupId ?? null,
    name: first?.name ?? second?.name ?? null,
    serviceUrl: isLate ? (before?.serviceUrl ?? fact.serviceUrl) : fact.serviceUrl,
    archived: first?.archived ?? second?.archived ?? false,
    ...teamInstallBy(before, fact),
    ...laterSaid(before, fact),
    updatedAt: now,
  };
}

function teamInstallBy(
  before: Team | null,
  { install, saidAt }: Fact<"team-seen">,
): Pick<Team, "install" | "installSaidAt"> {
  const known = before?.installSaidAt;
  const isKept = install === undefined || isOlder(saidAt, known);
  const installSaidAt = isKept ? known : (saidAt ?? known);
  return {
    install: (isKept ? before?.install : install) ?? "unknown",
    ...(installSaidAt !== undefined && { installSaidAt }),
  };
}

/** A channel with what a fact says of it; what it does not name stays, and what an older one says fills only what is not known. */
function channelBy(before: Channel | null, fact: Fact<"channel-seen">): Channel {
  const isLate = isOlder(fact.saidAt, before?.saidAt);
  const [first, second] = isLate ? [before, fact] : [fact, before];
  // That somebody wrote in it says nothing of its name.
  const saysMore = fact.name !== undefined || fact.deleted !== undefined;
  return {
    id: fact.channelId,
    teamId: fact.teamId,
    name: first?.name ?? second?.name ?? null,
    type: first?.type ?? second?.type ?? null,
    deleted: first?.deleted ?? second?.deleted ?? false,
    ...laterSaid(before, saysMore ? fact : {}),
  };
}

/** When the later of two was said. */
function laterSaid(
  before: { readonly saidAt?: number } | null,
  { saidAt }: { readonly saidAt?: number },
): { readonly saidAt?: number } {
  const known = before?.saidAt;
  const later = isOlder(saidAt, known) ? known : (saidAt ?? known);
  return later === undefined ? {} : { saidAt: later };
}

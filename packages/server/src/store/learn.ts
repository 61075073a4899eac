import { never } from "../domain/assert.ts";
import type { Channel, DirectoryFact, Person, Team } from "../domain/directory.ts";
import type { Scope } from "../engine/ports/store.ts";
import type { DirectoryTables } from "./directory-tables.ts";
import { changePerson, learnPerson, type Union } from "./learn-person.ts";

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
      return (person) => ({ ...person, blockedAt: null });
    case "personal-conversation": {
      const { conversationId, serviceUrl } = fact;
      return (person) => ({ ...person, conversationId, serviceUrl });
    }
    case "person-install":
      return fact.install === "installed"
        ? (person) => ({ ...person, install: "installed", blockedAt: null })
        : (person) => ({ ...person, install: "removed" });
  }
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
  if (known === null) return;
  tables.putConversation({ ...known, goneAt: known.goneAt ?? now, goneReason, updatedAt: now });
  const person = tables.findPerson({ conversationId });
  if (person !== null) changePerson(tables, person, { ...person, conversationId: null }, now);
}

/** A team with what a fact says of it; what it does not name stays. */
function teamBy(before: Team | null, scope: Scope, fact: Fact<"team-seen">, now: number): Team {
  return {
    ...scope,
    id: fact.teamId,
    aadGroupId: fact.aadGroupId ?? before?.aadGroupId ?? null,
    name: fact.name ?? before?.name ?? null,
    serviceUrl: fact.serviceUrl,
    install: fact.install ?? before?.install ?? "unknown",
    archived: fact.archived ?? before?.archived ?? false,
    updatedAt: now,
  };
}

/** A channel with what a fact says of it; what it does not name stays. */
function channelBy(before: Channel | null, fact: Fact<"channel-seen">): Channel {
  return {
    id: fact.channelId,
    teamId: fact.teamId,
    name: fact.name ?? before?.name ?? null,
    type: fact.type ?? before?.type ?? null,
    deleted: fact.deleted ?? before?.deleted ?? false,
  };
}

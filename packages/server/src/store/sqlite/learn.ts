import { never } from "../../domain/assert.ts";
import type { DirectoryFact, Person } from "../../domain/directory.ts";
import type { BotId, CampaignId, TenantId } from "../../domain/ids.ts";
import type { Scope } from "../../engine/ports/store.ts";
import { findConversation, putConversation } from "./conversations.ts";
import type { Database } from "./database.ts";
import { changePerson, learnPerson } from "./learn-person.ts";
import { findPerson } from "./people.ts";
import { learnChannel, learnTeam } from "./teams.ts";

/** Applies facts in order; answers the campaigns that finished because a delivery turned out to be one too many. */
export function learn(
  db: Database,
  botId: BotId,
  facts: readonly DirectoryFact[],
  now: number,
): readonly CampaignId[] {
  for (const tenantId of new Set(facts.map((fact) => fact.tenantId)))
    db.run(
      "INSERT INTO directories (tenant_id, bot_id) VALUES (?, ?) ON CONFLICT (tenant_id, bot_id) DO NOTHING",
      tenantId,
      botId,
    );
  return facts.flatMap((fact) => learnOne(db, { botId, tenantId: fact.tenantId }, fact, now));
}

/** The tenants that anything was learnt of, by id. */
export function knownTenants(db: Database, botId: BotId): readonly TenantId[] {
  return db
    .all<{ tenant_id: TenantId }>(
      "SELECT tenant_id FROM directories WHERE bot_id = ? ORDER BY tenant_id",
      botId,
    )
    .map((row) => row.tenant_id);
}

type Fact<Name extends DirectoryFact["fact"]> = Extract<DirectoryFact, { fact: Name }>;

function learnOne(
  db: Database,
  scope: Scope,
  fact: DirectoryFact,
  now: number,
): readonly CampaignId[] {
  switch (fact.fact) {
    case "person-seen":
    case "person-install":
    case "person-active":
    case "personal-conversation": {
      const chat = fact.fact === "personal-conversation" ? fact.conversationId : null;
      return learnPerson(db, scope, { fields: fact.person, chat, change: changeBy(fact), now });
    }
    case "person-blocked":
      block(db, scope, fact, now);
      return [];
    case "conversation-seen":
      seeConversation(db, scope, fact, now);
      return [];
    case "conversation-gone":
      loseConversation(db, scope, fact, now);
      return [];
    case "team-seen":
      learnTeam(db, scope, fact, now);
      return [];
    case "channel-seen":
      learnChannel(db, scope, fact);
      return [];
    default:
      return never(fact, "directory fact");
  }
}

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

function block(db: Database, scope: Scope, fact: Fact<"person-blocked">, now: number): void {
  const person = findPerson(db, scope, { id: fact.personId });
  if (person === null) return;
  changePerson(db, person, { ...person, blockedAt: person.blockedAt ?? now }, now);
}

function seeConversation(
  db: Database,
  scope: Scope,
  fact: Fact<"conversation-seen">,
  now: number,
): void {
  putConversation(db, {
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
  db: Database,
  scope: Scope,
  fact: Fact<"conversation-gone">,
  now: number,
): void {
  const known = findConversation(db, scope, fact.conversationId);
  if (known === null) return;
  const { reason: goneReason } = fact;
  putConversation(db, { ...known, goneAt: known.goneAt ?? now, goneReason, updatedAt: now });
  const person = findPerson(db, scope, { conversationId: fact.conversationId });
  if (person !== null) changePerson(db, person, { ...person, conversationId: null }, now);
}

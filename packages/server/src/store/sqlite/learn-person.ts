import type { Person, PersonFields } from "../../domain/directory.ts";
import { type CampaignId, type ConversationId, personId } from "../../domain/ids.ts";
import type { Scope } from "../../engine/ports/store.ts";
import { folded, idOf, isSame, normalised, stranger, unite, withFields } from "../person-merge.ts";
import type { Database, Value } from "./database.ts";
import { skipDuplicates } from "./duplicates.ts";
import { findPerson } from "./people.ts";

/**
 * Stores what an event says of a person, found by object id, then by `29:` id, then by their personal chat. Rows that turn
 * out to be one person become one; of two deliveries that this makes the same, one is skipped. Fields with neither id name
 * nobody, and teach nothing. Answers the campaigns that finished by that.
 */
export function learnPerson(
  db: Database,
  scope: Scope,
  { fields, chat, change, now }: PersonLesson,
): readonly CampaignId[] {
  const given = normalised(fields);
  const id = idOf(given);
  if (id === null) return [];
  const byIds = findRows(db, scope, given, now);
  const { known, unnamed } = chat === null ? byIds : withChat(db, scope, { given, chat, byIds });
  const lesson = (person: Person) => change(withFields(person, given));
  if (unnamed !== null) return identify(db, { unnamed, named: known, lesson, now });
  if (known === null) insertPerson(db, lesson(stranger(scope, id, now)));
  else changePerson(db, known, lesson(known), now);
  return [];
}

/** Writes a person's row where it says something new, and the counts with it. */
export function changePerson(db: Database, before: Person, after: Person, now: number): void {
  if (isSame(before, after)) return;
  updatePerson(db, { ...after, updatedAt: now });
  count(db, before, -1);
  count(db, after, 1);
}

interface PersonLesson {
  readonly fields: PersonFields;
  /** The personal chat that the event tells of, or null. */
  readonly chat: ConversationId | null;
  /** What the event changes beside the fields. */
  readonly change: (person: Person) => Person;
  readonly now: number;
}

interface FoundRows {
  readonly known: Person | null;
  /** Another row, known by the `29:` id alone, of the person whose object id was just told. */
  readonly unnamed: Person | null;
}

function findRows(db: Database, scope: Scope, given: PersonFields, now: number): FoundRows {
  const { aadObjectId, teamsId } = given;
  const byObject = aadObjectId === undefined ? null : findPerson(db, scope, { aadObjectId });
  const byTeams = teamsId === undefined ? null : findPerson(db, scope, { teamsId });
  if (aadObjectId === undefined) return { known: byTeams, unnamed: null };
  if (byTeams === null || byTeams.aadObjectId === aadObjectId)
    return { known: byObject, unnamed: null };
  if (byTeams.aadObjectId === null) return { known: byObject, unnamed: byTeams };
  // The `29:` id has become somebody else's.
  changePerson(db, byTeams, { ...byTeams, teamsId: null }, now);
  return { known: byObject, unnamed: null };
}

/**
 * A personal chat is one person's: a row that has it, and lacks the one id that the event names, is of the same person. So
 * who was written to by the `29:` id alone, and later by the object id alone, is one.
 */
function withChat(
  db: Database,
  scope: Scope,
  {
    given,
    chat,
    byIds,
  }: {
    readonly given: PersonFields;
    readonly chat: ConversationId;
    readonly byIds: FoundRows;
  },
): FoundRows {
  const { known } = byIds;
  const namesBoth = given.aadObjectId !== undefined && given.teamsId !== undefined;
  if (namesBoth || known?.conversationId === chat) return byIds;
  const owner = findPerson(db, scope, { conversationId: chat });
  if (owner === null) return byIds;
  if (given.aadObjectId !== undefined) {
    const isSamePerson = owner.aadObjectId === null && (known?.teamsId ?? null) === null;
    return isSamePerson ? { known, unnamed: owner } : byIds;
  }
  const isSamePerson =
    owner.aadObjectId !== null && owner.teamsId === null && (known?.aadObjectId ?? null) === null;
  return isSamePerson ? { known: owner, unnamed: known } : byIds;
}

interface Identification {
  readonly unnamed: Person;
  readonly named: Person | null;
  readonly lesson: (person: Person) => Person;
  readonly now: number;
}

/**
 * A person who was known by the `29:` id alone now has an object id, and with it another id of ours. Deliveries keep the
 * old one, so the row remembers it.
 */
function identify(
  db: Database,
  { unnamed, named, lesson, now }: Identification,
): readonly CampaignId[] {
  db.run(
    "DELETE FROM people WHERE tenant_id = ? AND bot_id = ? AND person_id = ?",
    unnamed.tenantId,
    unnamed.botId,
    unnamed.id,
  );
  count(db, unnamed, -1);
  const after = lesson(named === null ? unnamed : unite(named, unnamed));
  const person = { ...after, id: personId(after.aadObjectId ?? after.id), updatedAt: now };
  if (named === null) insertPerson(db, person);
  else changePerson(db, named, person, now);
  db.run(
    "UPDATE people SET former_id = ? WHERE tenant_id = ? AND bot_id = ? AND person_id = ?",
    unnamed.id,
    person.tenantId,
    person.botId,
    person.id,
  );
  return named === null ? [] : skipDuplicates(db, person, { former: unnamed.id, now });
}

function insertPerson(db: Database, person: Person): void {
  db.run(
    `INSERT INTO people (aad_object_id, teams_id, upn, email, name, given_name, surname, locale, timezone, user_role,
       upn_folded, email_folded, name_folded, install, blocked_at, conversation_id, service_url, updated_at,
       tenant_id, bot_id, person_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...valuesOf(person),
  );
  count(db, person, 1);
}

function updatePerson(db: Database, person: Person): void {
  db.run(
    `UPDATE people SET aad_object_id = ?, teams_id = ?, upn = ?, email = ?, name = ?, given_name = ?, surname = ?,
       locale = ?, timezone = ?, user_role = ?, upn_folded = ?, email_folded = ?, name_folded = ?, install = ?,
       blocked_at = ?, conversation_id = ?, service_url = ?, updated_at = ?
     WHERE tenant_id = ? AND bot_id = ? AND person_id = ?`,
    ...valuesOf(person),
  );
}

function valuesOf(person: Person): readonly Value[] {
  const upn = person.userPrincipalName === null ? null : folded(person.userPrincipalName);
  const email = person.email === null ? null : folded(person.email);
  return [
    person.aadObjectId,
    person.teamsId,
    person.userPrincipalName,
    person.email,
    person.name,
    person.givenName,
    person.surname,
    person.locale,
    person.timezone,
    person.userRole,
    upn,
    email === upn ? null : email,
    person.name === null ? null : folded(person.name),
    person.install,
    person.blockedAt,
    person.conversationId,
    person.serviceUrl,
    person.updatedAt,
    person.tenantId,
    person.botId,
    person.id,
  ];
}

function count(db: Database, person: Person, by: 1 | -1): void {
  db.run(
    `UPDATE directories SET people = people + ?, installed = installed + ?, blocked = blocked + ?, removed = removed + ?
     WHERE tenant_id = ? AND bot_id = ?`,
    by,
    person.install === "installed" ? by : 0,
    person.blockedAt === null ? 0 : by,
    person.install === "removed" ? by : 0,
    person.tenantId,
    person.botId,
  );
}

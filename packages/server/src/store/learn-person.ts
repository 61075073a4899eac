import type { Person, PersonFields } from "../domain/directory.ts";
import { type ConversationId, type PersonId, personId } from "../domain/ids.ts";
import type { Scope } from "../engine/ports/store.ts";
import type { DirectoryTables } from "./directory-tables.ts";
import { idOf, isSame, normalised, stranger, unite, withFields } from "./person-merge.ts";

/** Two rows that became one person. Deliveries to the `former` id are theirs, too. */
export interface Union {
  readonly person: Person;
  readonly former: PersonId;
}

/**
 * Stores what an event says of a person, found by object id, then by `29:` id, then by their personal chat. Rows that turn
 * out to be one person become one, which is answered. Fields with neither id name nobody, and teach nothing.
 */
export function learnPerson(
  tables: DirectoryTables,
  scope: Scope,
  { fields, chat, change, now }: PersonLesson,
): Union | null {
  const given = normalised(fields);
  const id = idOf(given);
  if (id === null) return null;
  const byIds = findRows(tables, given, now);
  const { known, unnamed } = chat === null ? byIds : withChat(tables, { given, chat, byIds });
  const lesson = (person: Person) => change(withFields(person, given));
  if (unnamed !== null) return identify(tables, { unnamed, named: known, lesson, now });
  if (known === null) tables.insertPerson(lesson(stranger(scope, id, now)));
  else changePerson(tables, known, lesson(known), now);
  return null;
}

/** Writes a person's row where it says something new. */
export function changePerson(
  tables: DirectoryTables,
  before: Person,
  after: Person,
  now: number,
): void {
  if (!isSame(before, after)) tables.updatePerson(before, { ...after, updatedAt: now });
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

function findRows(tables: DirectoryTables, given: PersonFields, now: number): FoundRows {
  const { aadObjectId, teamsId } = given;
  const byObject = aadObjectId === undefined ? null : tables.findPerson({ aadObjectId });
  const byTeams = teamsId === undefined ? null : tables.findPerson({ teamsId });
  if (aadObjectId === undefined) return { known: byTeams, unnamed: null };
  if (byTeams === null || byTeams.aadObjectId === aadObjectId)
    return { known: byObject, unnamed: null };
  if (byTeams.aadObjectId === null) return { known: byObject, unnamed: byTeams };
  // The `29:` id has become somebody else's.
  changePerson(tables, byTeams, { ...byTeams, teamsId: null }, now);
  return { known: byObject, unnamed: null };
}

/**
 * A personal chat is one person's: a row that has it, and lacks the one id that the event names, is of the same person. So
 * who was written to by the `29:` id alone, and later by the object id alone, is one.
 */
function withChat(
  tables: DirectoryTables,
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
  const owner = tables.findPerson({ conversationId: chat });
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
  tables: DirectoryTables,
  { unnamed, named, lesson, now }: Identification,
): Union | null {
  tables.removePerson(unnamed);
  const after = lesson(named === null ? unnamed : unite(named, unnamed));
  const person = { ...after, id: personId(after.aadObjectId ?? after.id), updatedAt: now };
  if (named === null) tables.insertPerson(person);
  else changePerson(tables, named, person, now);
  tables.renamePerson(person, unnamed.id);
  return named === null ? null : { person, former: unnamed.id };
}

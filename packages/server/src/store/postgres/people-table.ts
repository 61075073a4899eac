import type { Person } from "../../domain/directory.ts";
import type { PersonId } from "../../domain/ids.ts";
import type { Scope } from "../../engine/ports/store.ts";
import { type PersonRow, personColumns, storedPerson } from "../people-rows.ts";
import { columnsOf } from "./columns.ts";
import type { Database } from "./database.ts";
import { lookUp } from "./look-up.ts";

/** What people are looked up by; a row is read where it has any of these. */
export interface PersonKeys {
  readonly ids: readonly string[];
  readonly formerIds: readonly string[];
  readonly teamsIds: readonly string[];
  readonly chats: readonly string[];
}

/** The beginning of a folded text: as much as an index takes. Names of people are never so long. */
export function searchable(folded: string): string {
  return folded.slice(0, 500);
}

/** The rows of people who have any of the keys. */
export async function readPeople(
  db: Database,
  { tenantId, botId }: Scope,
  { ids, formerIds, teamsIds, chats }: PersonKeys,
): Promise<readonly PersonRow[]> {
  if (ids.length + formerIds.length + teamsIds.length + chats.length === 0) return [];
  return db.all<PersonRow>(
    `WITH ids AS MATERIALIZED (
       SELECT unnest($3::text[]) AS id
       UNION ${idsBy("former_id", 4)}
       UNION ${idsBy("teams_id", 5)}
       UNION ${idsBy("conversation_id", 6)})
     SELECT p.* FROM ids ${lookUp(
       "p",
       `SELECT ${personColumns} FROM people p WHERE p.tenant_id = $1 AND p.bot_id = $2 AND p.person_id = ids.id`,
     )}`,
    tenantId,
    botId,
    ids,
    formerIds,
    teamsIds,
    chats,
  );
}

function idsBy(column: string, parameter: number): string {
  return `SELECT f.person_id FROM unnest($${parameter}::text[]) AS s (key) ${lookUp(
    "f",
    `SELECT person_id FROM people WHERE tenant_id = $1 AND bot_id = $2 AND ${column} = s.key`,
  )}`;
}

/** A person with the id that they had before, or null. */
export interface PersonEntry {
  readonly person: Person;
  readonly formerId: PersonId | null;
}

const columns = columnsOf({
  tenant_id: "text",
  bot_id: "text",
  person_id: "text",
  former_id: "text",
  aad_object_id: "text",
  teams_id: "text",
  upn: "text",
  email: "text",
  name: "text",
  given_name: "text",
  surname: "text",
  locale: "text",
  timezone: "text",
  user_role: "text",
  upn_folded: "text",
  email_folded: "text",
  name_folded: "text",
  install: "text",
  blocked_at: "bigint",
  conversation_id: "text",
  service_url: "text",
  install_said_at: "bigint",
  chat_said_at: "bigint",
  updated_at: "bigint",
});

/** Stores people, whether there are rows of them or not. */
export async function putPeople(db: Database, entries: readonly PersonEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await db.run(
    `INSERT INTO people (${columns.names}) SELECT ${columns.names} FROM ${columns.from(1, "s")} ORDER BY person_id
     ON CONFLICT (tenant_id, bot_id, person_id) DO UPDATE SET
       former_id = excluded.former_id, aad_object_id = excluded.aad_object_id, teams_id = excluded.teams_id,
       upn = excluded.upn, email = excluded.email, name = excluded.name, given_name = excluded.given_name,
       surname = excluded.surname, locale = excluded.locale, timezone = excluded.timezone,
       user_role = excluded.user_role, upn_folded = excluded.upn_folded, email_folded = excluded.email_folded,
       name_folded = excluded.name_folded, install = excluded.install, blocked_at = excluded.blocked_at,
       conversation_id = excluded.conversation_id, service_url = excluded.service_url,
       install_said_at = excluded.install_said_at, chat_said_at = excluded.chat_said_at, updated_at = excluded.updated_at`,
    ...columns.arrays(entries.map(rowOf)),
  );
}

/** Removes people. */
export async function removePeople(
  db: Database,
  { tenantId, botId }: Scope,
  ids: readonly PersonId[],
): Promise<void> {
  if (ids.length === 0) return;
  await db.run(
    `DELETE FROM people WHERE ctid = ANY (ARRAY (
       SELECT f.row FROM unnest($3::text[]) AS s (id) ${lookUp(
         "f",
         "SELECT ctid AS row FROM people WHERE tenant_id = $1 AND bot_id = $2 AND person_id = s.id",
       )}))`,
    tenantId,
    botId,
    ids,
  );
}

function rowOf({ person, formerId }: PersonEntry) {
  const stored = storedPerson(person);
  const fold = (text: string | number | null) =>
    typeof text === "string" ? searchable(text) : text;
  return {
    ...stored,
    former_id: formerId,
    upn_folded: fold(stored.upn_folded),
    email_folded: fold(stored.email_folded),
    name_folded: fold(stored.name_folded),
  };
}

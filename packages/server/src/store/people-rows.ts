import type { InstallState, Person } from "../domain/directory.ts";
import type { ConversationId, PersonId } from "../domain/ids.ts";
import type { Scope } from "../engine/ports/store.ts";
import { folded } from "./person-merge.ts";

/** The columns of {@link PersonRow}, of a table called `p`. */
export const personColumns = `p.person_id, p.former_id, p.aad_object_id, p.teams_id, p.upn, p.email, p.name, p.given_name,
  p.surname, p.locale, p.timezone, p.user_role, p.install, p.blocked_at, p.conversation_id, p.service_url,
  p.install_said_at, p.chat_said_at, p.updated_at AS person_updated_at`;

/** A person as stored, or all null where an outer join found none. */
export interface PersonRow {
  readonly person_id: PersonId | null;
  readonly former_id: string | null;
  readonly aad_object_id: string | null;
  readonly teams_id: string | null;
  readonly upn: string | null;
  readonly email: string | null;
  readonly name: string | null;
  readonly given_name: string | null;
  readonly surname: string | null;
  readonly locale: string | null;
  readonly timezone: string | null;
  readonly user_role: string | null;
  readonly install: InstallState | null;
  readonly blocked_at: number | null;
  readonly conversation_id: ConversationId | null;
  readonly service_url: string | null;
  readonly install_said_at: number | null;
  readonly chat_said_at: number | null;
  readonly person_updated_at: number | null;
}

/** A stored row as the port shows it; null for a row without a person. */
export function personOf({ botId, tenantId }: Scope, row: PersonRow): Person | null {
  if (row.person_id === null) return null;
  return {
    botId,
    tenantId,
    id: row.person_id,
    aadObjectId: row.aad_object_id,
    teamsId: row.teams_id,
    userPrincipalName: row.upn,
    email: row.email,
    name: row.name,
    givenName: row.given_name,
    surname: row.surname,
    locale: row.locale,
    timezone: row.timezone,
    userRole: row.user_role,
    install: row.install ?? "unknown",
    blockedAt: row.blocked_at,
    conversationId: row.conversation_id,
    serviceUrl: row.service_url,
    ...(row.install_said_at !== null && { installSaidAt: row.install_said_at }),
    ...(row.chat_said_at !== null && { chatSaidAt: row.chat_said_at }),
    updatedAt: row.person_updated_at ?? 0,
  };
}

/** The columns of {@link StoredPerson}, those of the key last. `former_id` is written apart. */
export const storedColumns = [
  "aad_object_id",
  "teams_id",
  "upn",
  "email",
  "name",
  "given_name",
  "surname",
  "locale",
  "timezone",
  "user_role",
  "upn_folded",
  "email_folded",
  "name_folded",
  "install",
  "blocked_at",
  "conversation_id",
  "service_url",
  "install_said_at",
  "chat_said_at",
  "updated_at",
  "tenant_id",
  "bot_id",
  "person_id",
] as const;

/** What is stored of a person, by column. */
export type StoredPerson = Readonly<Record<(typeof storedColumns)[number], string | number | null>>;

/** A person as they are written. */
export function storedPerson(person: Person): StoredPerson {
  const upn = person.userPrincipalName === null ? null : folded(person.userPrincipalName);
  const email = person.email === null ? null : folded(person.email);
  return {
    aad_object_id: person.aadObjectId,
    teams_id: person.teamsId,
    upn: person.userPrincipalName,
    email: person.email,
    name: person.name,
    given_name: person.givenName,
    surname: person.surname,
    locale: person.locale,
    timezone: person.timezone,
    user_role: person.userRole,
    upn_folded: upn,
    // Mostly the same, and found by either then.
    email_folded: email === upn ? null : email,
    name_folded: person.name === null ? null : folded(person.name),
    install: person.install,
    blocked_at: person.blockedAt,
    conversation_id: person.conversationId,
    service_url: person.serviceUrl,
    install_said_at: person.installSaidAt ?? null,
    chat_said_at: person.chatSaidAt ?? null,
    updated_at: person.updatedAt,
    tenant_id: person.tenantId,
    bot_id: person.botId,
    person_id: person.id,
  };
}

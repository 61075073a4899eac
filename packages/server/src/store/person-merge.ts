import type { Person, PersonFields } from "../domain/directory.ts";
import { type PersonId, personId } from "../domain/ids.ts";
import type { Scope } from "../engine/ports/store.ts";
import { isOlder } from "./said.ts";

/** The person with the fields that an event taught; what it did not name stays. The id stays too. */
export function withFields(person: Person, fields: PersonFields): Person {
  return {
    ...person,
    aadObjectId: fields.aadObjectId ?? person.aadObjectId,
    teamsId: fields.teamsId ?? person.teamsId,
    userPrincipalName: fields.userPrincipalName ?? person.userPrincipalName,
    email: fields.email ?? person.email,
    name: fields.name ?? person.name,
    givenName: fields.givenName ?? person.givenName,
    surname: fields.surname ?? person.surname,
    locale: fields.locale ?? person.locale,
    timezone: fields.timezone ?? person.timezone,
    userRole: fields.userRole ?? person.userRole,
  };
}

/** One person out of two rows that turned out to be the same: what `kept` lacks is taken from `other`. */
export function unite(kept: Person, other: Person): Person {
  const chat = kept.conversationId === null || isChatOlder(kept, other) ? other : kept;
  return {
    ...kept,
    aadObjectId: kept.aadObjectId ?? other.aadObjectId,
    teamsId: kept.teamsId ?? other.teamsId,
    userPrincipalName: kept.userPrincipalName ?? other.userPrincipalName,
    email: kept.email ?? other.email,
    name: kept.name ?? other.name,
    givenName: kept.givenName ?? other.givenName,
    surname: kept.surname ?? other.surname,
    locale: kept.locale ?? other.locale,
    timezone: kept.timezone ?? other.timezone,
    userRole: kept.userRole ?? other.userRole,
    ...installOf(kept, other),
    blockedAt: kept.blockedAt ?? other.blockedAt,
    conversationId: chat.conversationId,
    serviceUrl: chat.serviceUrl ?? kept.serviceUrl ?? other.serviceUrl,
    ...(chat.chatSaidAt !== undefined && { chatSaidAt: chat.chatSaidAt }),
  };
}

function isChatOlder(kept: Person, other: Person): boolean {
  return other.conversationId !== null && isOlder(kept.chatSaidAt, other.chatSaidAt);
}

function installOf(kept: Person, other: Person): Pick<Person, "install" | "installSaidAt"> {
  const isNewer = other.install !== "unknown" && isOlder(kept.installSaidAt, other.installSaidAt);
  const { install, installSaidAt } = kept.install === "unknown" || isNewer ? other : kept;
  return { install, ...(installSaidAt !== undefined && { installSaidAt }) };
}

/** A person of whom nothing is known yet. */
export function stranger({ botId, tenantId }: Scope, id: PersonId, now: number): Person {
  return {
    botId,
    tenantId,
    id,
    aadObjectId: null,
    teamsId: null,
    userPrincipalName: null,
    email: null,
    name: null,
    givenName: null,
    surname: null,
    locale: null,
    timezone: null,
    userRole: null,
    install: "unknown",
    blockedAt: null,
    conversationId: null,
    serviceUrl: null,
    updatedAt: now,
  };
}

/** The fields with the object id in lower case, as ids of that kind are equal without regard to case. */
export function normalised(fields: PersonFields): PersonFields {
  return fields.aadObjectId === undefined
    ? fields
    : { ...fields, aadObjectId: fields.aadObjectId.toLowerCase() };
}

/** The id of a person with these fields: the object id, else the `29:` id; null where there is neither. */
export function idOf(fields: PersonFields): PersonId | null {
  const id = fields.aadObjectId ?? fields.teamsId;
  return id === undefined ? null : personId(id);
}

/** Whether two rows of the same person say the same, beside when they were written. */
export function isSame(a: Person, b: Person): boolean {
  const keys = Object.keys({ ...a, ...b }) as (keyof Person)[]; // both are whole rows
  return keys.every((key) => key === "updatedAt" || a[key] === b[key]);
}

/** The text by which people are looked up without regard to case. */
export function folded(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

import type { z } from "@hono/zod-openapi";
import type { Channel, Person, Team } from "../../domain/directory.ts";
import type { channelSchema, personSchema, teamSchema } from "../contract/directory.ts";
import { iso, isoOrNull } from "../contract/instant.ts";

/** A person as the API shows them. */
export function personView(person: Person): z.infer<typeof personSchema> {
  return {
    id: person.id,
    tenantId: person.tenantId,
    aadObjectId: person.aadObjectId,
    teamsId: person.teamsId,
    userPrincipalName: person.userPrincipalName,
    email: person.email,
    name: person.name,
    givenName: person.givenName,
    surname: person.surname,
    locale: person.locale,
    timezone: person.timezone,
    userRole: person.userRole,
    install: person.install,
    blockedAt: isoOrNull(person.blockedAt),
    conversationId: person.conversationId,
    serviceUrl: person.serviceUrl,
    updatedAt: iso(person.updatedAt),
  };
}

/** A team as the API shows it. */
export function teamView(team: Team): z.infer<typeof teamSchema> {
  return {
    id: team.id,
    tenantId: team.tenantId,
    aadGroupId: team.aadGroupId,
    name: team.name,
    serviceUrl: team.serviceUrl,
    install: team.install,
    archived: team.archived,
    updatedAt: iso(team.updatedAt),
  };
}

/** A channel as the API shows it. */
export function channelView(channel: Channel): z.infer<typeof channelSchema> {
  const { id, teamId, name, type, deleted } = channel;
  return { id, teamId, name, type, deleted };
}

import type { JsonObject } from "../json.ts";
import type { World } from "../state/world.ts";
import { makePerson } from "../tenant/person.ts";

/** A member as the connector shows one. Its calls do not agree on how the object id is spelt. */
export function memberView(
  world: World,
  index: number,
  spelling: "objectId" | "aadObjectId",
): JsonObject {
  const person = makePerson(world.config.source, index);
  return {
    id: person.teamsId,
    [spelling]: person.aadObjectId,
    name: person.name,
    givenName: person.givenName,
    surname: person.surname,
    email: person.email,
    userPrincipalName: person.userPrincipalName,
    tenantId: world.config.tenantId,
    userRole: person.role,
  };
}

import { jsonAnswer } from "../../answer.ts";
import type { World } from "../../state/world.ts";
import {
  indexOfAadObjectId,
  indexOfAddress,
  makePerson,
  type Person,
} from "../../tenant/person.ts";
import type { WireAnswer } from "../../wire.ts";
import { refuseGraph, requestIdOf } from "../errors.ts";

/** One property of a user, from what the tenant knows of a person. */
type Property = (person: Person) => string | boolean | readonly string[] | null;

const properties: Readonly<Record<string, Property>> = {
  id: ({ aadObjectId }) => aadObjectId,
  userPrincipalName: (person) => person.userPrincipalName,
  displayName: ({ name }) => name,
  givenName: (person) => person.givenName,
  surname: (person) => person.surname,
  mail: ({ email }) => email,
  preferredLanguage: ({ locale }) => locale,
  businessPhones: () => [],
  jobTitle: () => null,
  mobilePhone: () => null,
  officeLocation: () => null,
  // Only those above come without being asked for.
  userType: ({ role }) => (role === "guest" ? "Guest" : "Member"),
  accountEnabled: () => true,
};
const givenUnasked = Object.keys(properties).filter(
  (name) => name !== "userType" && name !== "accountEnabled",
);

/** The person whom an object id or a user principal name means, or null. An e-mail address that differs finds nobody. */
export function userOf(world: World, ref: string): number | null {
  const { source } = world.config;
  if (!ref.includes("@")) return indexOfAadObjectId(source, ref);
  const index = indexOfAddress(source, ref);
  if (index === null) return null;
  const { userPrincipalName } = makePerson(source, index);
  return userPrincipalName.toLowerCase() === ref.toLowerCase() ? index : null;
}

/** The properties that `$select` names, or those that come by themselves; or a refusal. */
export function getUser(world: World, ref: string, select: string | null): WireAnswer {
  const names = select === null ? givenUnasked : select.split(",").map((name) => name.trim());
  const stranger = names.find((name) => !Object.hasOwn(properties, name));
  if (stranger !== undefined)
    return refuseGraph(world, "bad-request", {
      message: `Could not find a property named '${stranger}' on type 'microsoft.graph.user'.`,
    });
  const index = userOf(world, ref);
  if (index === null)
    return refuseGraph(world, "not-found", {
      message: `Resource '${ref}' does not exist or one of its queried reference-property objects are not present.`,
    });
  const person = makePerson(world.config.source, index);
  const context = select === null ? "users/$entity" : `users(${names.join(",")})/$entity`;
  const requestId = requestIdOf(world);
  return jsonAnswer(
    200,
    {
      "@odata.context": `${world.dial.baseUrl}/graph/v1.0/$metadata#${context}`,
      ...Object.fromEntries(names.map((name) => [name, properties[name]?.(person) ?? null])),
    },
    { "request-id": requestId, "client-request-id": requestId },
  );
}

import { hash32, unit } from "../runtime/hash.ts";
import { guidOf, indexOfGuid, indexOfOpaque, opaqueOf } from "../runtime/id-code.ts";
import { type Culture, cultures, type Name } from "./names.ts";

/** What happens to a person when the app is installed for everyone. */
export type Fate = "installs" | "blocks" | "without-app";

/** A person of the tenant: a pure function of seed and index. */
export interface Person {
  readonly index: number;
  readonly aadObjectId: string;
  /** As this bot sees the person (`29:…`). */
  readonly teamsId: string;
  /** The personal conversation with this bot (`a:…`). */
  readonly conversationId: string;
  readonly name: string;
  readonly givenName: string;
  readonly surname: string;
  readonly userPrincipalName: string;
  readonly email: string;
  readonly locale: string;
  readonly timezone: string;
  readonly role: "user" | "guest";
  readonly licensed: boolean;
  readonly fate: Fate;
}

/** What the making of people depends on. */
export interface PersonSource {
  readonly seed: number;
  readonly people: number;
  readonly blockedShare: number;
  readonly withoutAppShare: number;
}

const domain = "contoso.example";
const guestDomain = "fabrikam.example";
const stream = { culture: 1, given: 2, family: 3, zone: 4, fate: 5, kind: 6 };
const totalWeight = cultures.reduce((sum, { weight }) => sum + weight, 0);

/** The person with this index. Index 0 is always `someone@contoso.example`, who can be written to. */
export function makePerson(source: PersonSource, index: number): Person {
  const { seed } = source;
  const culture = cultureOf(seed, index);
  const given = pick(culture.given, seed, stream.given, index);
  const family = pick(culture.family, seed, stream.family, index);
  const fate = fateOf(source, index);
  const { role, licensed } = kindOf(seed, index, fate);
  const address = addressOf(given, family, index, role);
  return {
    index,
    aadObjectId: aadObjectIdOf(seed, index),
    teamsId: teamsIdOf(seed, index),
    conversationId: personalConversationIdOf(seed, index),
    name: fullName(culture, given, family, role),
    givenName: given.written,
    surname: family.written,
    ...address,
    locale: culture.locale,
    timezone: pick(culture.timezones, seed, stream.zone, index),
    role,
    licensed,
    fate,
  };
}

/** The Entra object id of a person. */
export function aadObjectIdOf(seed: number, index: number): string {
  return guidOf(seed, "person", index);
}

/** The `29:` id of a person, for this bot. */
export function teamsIdOf(seed: number, index: number): string {
  return `29:1${opaqueOf(seed, "person-mri", index, 3)}`;
}

/** The id of the personal conversation of a person with this bot. */
export function personalConversationIdOf(seed: number, index: number): string {
  return `a:1${opaqueOf(seed, "person-chat", index, 4)}`;
}

/** What `install("all")` means for a person. */
export function fateOf(source: PersonSource, index: number): Fate {
  if (index === 0) return "installs";
  const chance = unit(source.seed, stream.fate, index, 0);
  if (chance < source.blockedShare) return "blocks";
  return chance < source.blockedShare + source.withoutAppShare ? "without-app" : "installs";
}

/** The index of the person with this `29:` id, or null. */
export function indexOfTeamsId(source: PersonSource, id: string): number | null {
  return id.startsWith("29:1")
    ? inTenant(source, indexOfOpaque(source.seed, "person-mri", id.slice(4)))
    : null;
}

/** The index of the person with this object id, or null. */
export function indexOfAadObjectId(source: PersonSource, id: string): number | null {
  return inTenant(source, indexOfGuid(source.seed, "person", id));
}

/** The index of the person whose personal conversation this is, or null. */
export function indexOfConversation(source: PersonSource, id: string): number | null {
  return id.startsWith("a:1")
    ? inTenant(source, indexOfOpaque(source.seed, "person-chat", id.slice(3)))
    : null;
}

/** The index of the person with this UPN (or e-mail), or null. Case does not count. */
export function indexOfAddress(source: PersonSource, address: string): number | null {
  const lower = address.toLowerCase();
  if (lower === `someone@${domain}`) return source.people > 0 ? 0 : null;
  const digits = /^[^@]*?(\d+)(?:_fabrikam\.example#ext#)?@/.exec(lower)?.[1];
  const index = digits === undefined ? null : inTenant(source, Number(digits));
  if (index === null) return null;
  const person = makePerson(source, index);
  const known = [person.userPrincipalName.toLowerCase(), person.email.toLowerCase()];
  return known.includes(lower) ? index : null;
}

function inTenant(source: PersonSource, index: number | null): number | null {
  return index !== null && index < source.people ? index : null;
}

function cultureOf(seed: number, index: number): Culture {
  // The first person, whom examples write to, is of the first culture.
  let rest = index === 0 ? 0 : hash32(seed, stream.culture, index, 0) % totalWeight;
  const found = cultures.find((culture) => {
    rest -= culture.weight;
    return rest < 0;
  });
  if (!found) throw new Error("the weights of the cultures do not add up");
  return found;
}

function pick<T>(list: readonly T[], seed: number, part: number, index: number): T {
  const item = list[hash32(seed, part, index, 0) % list.length];
  if (item === undefined) throw new Error("there is nothing to pick from");
  return item;
}

function kindOf(seed: number, index: number, fate: Fate): Pick<Person, "role" | "licensed"> {
  if (fate !== "without-app") return { role: "user", licensed: true };
  // A quarter of those without the app are guests and a quarter have no licence: neither can have it installed.
  const chance = unit(seed, stream.kind, index, 0);
  return { role: chance < 0.25 ? "guest" : "user", licensed: chance < 0.25 || chance >= 0.5 };
}

function fullName(culture: Culture, given: Name, family: Name, role: Person["role"]): string {
  const name = culture.familyFirst
    ? `${family.written} ${given.written}`
    : `${given.written} ${family.written}`;
  return role === "guest" ? `${name} (Guest)` : name;
}

function addressOf(
  given: Name,
  family: Name,
  index: number,
  role: Person["role"],
): Pick<Person, "userPrincipalName" | "email"> {
  const local = index === 0 ? "someone" : `${given.plain}.${family.plain}${index}`;
  if (role === "user")
    return { userPrincipalName: `${local}@${domain}`, email: `${local}@${domain}` };
  return {
    userPrincipalName: `${local}_${guestDomain}#EXT#@${domain}`,
    email: `${local}@${guestDomain}`,
  };
}

import type { Json, JsonObject, RecipientFields } from "./message.ts";

/** A parsed `path.to.field`. */
export interface FieldPath {
  /** As written, for people. */
  readonly name: string;
  /** `field`: the nearest scope, then the root. `$root` and `$data` say which; `$index` is a number and has no keys. */
  readonly from: "field" | "$root" | "$data" | "$index";
  readonly keys: readonly string[];
}

/** Where fields are looked up: the recipient, the message's own data, and inside a `$data` the current item. */
export interface FieldScope {
  readonly recipient: RecipientFields;
  readonly messageData: JsonObject | undefined;
  readonly item?: Json;
  readonly index?: number;
}

/** Parses `a.b`, `a[0].b`, `a['b c']`, `$root.a`, `$data.a`, `$data`, `$index`; answers null for anything else. */
export function parsePath(text: string): FieldPath | null {
  const name = text.trim();
  const first = /^(?:\$(?:root|data|index)|[\p{L}_][\p{L}\p{N}_-]*)/u.exec(name)?.[0];
  if (first === undefined) return null;
  const keys = parseKeys(name.slice(first.length));
  if (keys === null) return null;
  if (first === "$index") return keys.length === 0 ? { name, from: "$index", keys } : null;
  if (first === "$root") return keys.length > 0 ? { name, from: "$root", keys } : null;
  if (first === "$data") return { name, from: "$data", keys };
  return { name, from: "field", keys: [first, ...keys] };
}

/** The value of a field, or undefined where there is none. Looks only at own members. Never throws. */
export function lookUp(path: FieldPath, scope: FieldScope): Json | undefined {
  if (path.from === "$index") return scope.index;
  if (path.from !== "$root" && scope.item !== undefined) {
    const value = memberOf(scope.item, path.keys);
    if (value !== undefined || path.from === "$data") return value;
  }
  return atRoot(path.keys, scope);
}

/** Whether the directory can give this field: `person.` and one of its names. */
export function isPersonField(keys: readonly string[]): boolean {
  return keys.length === 2 && keys[0] === "person" && personNames.has(keys[1] ?? "");
}

/** The value below the keys, or undefined. */
export function memberOf(value: Json | undefined, keys: readonly string[]): Json | undefined {
  let at = value;
  for (const key of keys) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    // Own members of JSON are JSON; arrays are read by index in the same way.
    at = (at as JsonObject)[key];
  }
  return at;
}

type PersonFields = NonNullable<RecipientFields["person"]>;
const personNames: ReadonlySet<string> = new Set<keyof PersonFields>([
  "id",
  "name",
  "givenName",
  "surname",
  "userPrincipalName",
  "email",
  "locale",
]);

function atRoot(keys: readonly string[], scope: FieldScope): Json | undefined {
  const own = memberOf(scope.recipient.data, keys);
  if (own !== undefined) return own;
  const shared = memberOf(scope.messageData, keys);
  if (shared !== undefined) return shared;
  const { person } = scope.recipient;
  // isPersonField has just said that the second key is one of the person's names.
  return person !== undefined && isPersonField(keys)
    ? person[keys[1] as keyof PersonFields]
    : undefined;
}

function parseKeys(text: string): readonly string[] | null {
  const keys: string[] = [];
  const key =
    /\.(?<name>[\p{L}_$][\p{L}\p{N}_-]*|\d+)|\[(?:(?<index>\d+)|'(?<single>[^']*)'|"(?<double>[^"]*)")\]/uy;
  while (key.lastIndex < text.length) {
    const found = key.exec(text)?.groups;
    if (found === undefined) return null;
    keys.push(found.name ?? found.index ?? found.single ?? found.double ?? "");
  }
  return keys;
}

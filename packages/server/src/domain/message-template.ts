import { type CardPlace, cardRoot, landingOf, memberPlace } from "./card-landing.ts";
import type { Json, JsonObject } from "./message.ts";
import type { MessageFinding } from "./message-finding.ts";
import { beforeOf, holeMark, type Landing, landingAfter } from "./template-escape.ts";
import { type Expression, fieldsOf, parseExpression } from "./template-expression.ts";
import { type FieldPath, parsePath } from "./template-path.ts";
import type { Item, Program, ScopeSource, Step } from "./template-program.ts";
import { type Hole, parseText } from "./template-text.ts";

/** A field that a template looks at. */
export interface UsedField {
  readonly path: FieldPath;
  /** Rendering fails without it: it has no default, and is not merely asked for by a `$when`. */
  readonly required: boolean;
  /** Looked up in a `$data` first, so that its name alone does not tell where it comes from. */
  readonly scoped: boolean;
}

/** A parsed template. With problems, the program is not to be run. */
export interface ParsedTemplate {
  readonly program: Program;
  readonly fields: readonly UsedField[];
  readonly problems: readonly MessageFinding[];
  /** A card's own `$data`, in which all its fields are looked up. */
  readonly scope?: ScopeSource;
}

/** Parses a text with fields into a program that writes one JSON string, quotes included. */
export function parseTextTemplate(source: string, landing: Landing, path: string): ParsedTemplate {
  const builder = newBuilder();
  writeText(builder, source, { path, landing, scoped: false });
  return builder;
}

/**
 * Parses a card with fields, `$data` and `$when` into a program that writes the card's JSON. What does not depend on the
 * recipient is serialised here, once.
 */
export function parseCardTemplate(card: JsonObject): ParsedTemplate {
  const builder = newBuilder();
  const at: Place = { path: "card", card: cardRoot, scoped: false };
  if (card.$when !== undefined)
    problem(builder, "card.$when", "A card as a whole cannot be left out; use $when on its parts.");
  const data = sourceOf(builder, card, at);
  if (data === null) writeObject(builder, card, at);
  else writeScoped(builder, { object: card, data, at });
  return data === null ? builder : { ...builder, scope: data };
}

interface Place {
  readonly path: string;
  readonly card: CardPlace;
  readonly scoped: boolean;
}

interface Builder {
  readonly program: Step[];
  readonly fields: UsedField[];
  readonly problems: MessageFinding[];
}

function newBuilder(): Builder {
  return { program: [], fields: [], problems: [] };
}

/** A builder for a nested program, which shares the lists of fields and problems. */
function nested(builder: Builder): Builder {
  return { ...builder, program: [] };
}

function writeJson(builder: Builder, value: Json, at: Place): void {
  if (typeof value === "string") writeCardString(builder, value, at);
  else if (typeof value !== "object" || value === null) literal(builder, JSON.stringify(value));
  else if (isArray(value)) writeArray(builder, value, at);
  else writeObject(builder, value, at);
}

function writeCardString(builder: Builder, source: string, at: Place): void {
  const parsed = parseText(source);
  const [only] = parsed.ok ? parsed.parts : [];
  if (parsed.ok && parsed.parts.length === 1 && typeof only === "object") {
    use(builder, only, at.scoped);
    builder.program.push({ step: "value", hole: only, place: at.card });
    return;
  }
  writeText(builder, source, { path: at.path, landing: landingOf(at.card), scoped: at.scoped });
}

function writeArray(builder: Builder, values: readonly Json[], at: Place): void {
  const placeOf = (index: number): Place => ({
    ...at,
    path: `${at.path}[${index}]`,
  });
  if (!values.some(isConditional)) {
    literal(builder, "[");
    for (const [index, value] of values.entries()) {
      if (index > 0) literal(builder, ",");
      writeJson(builder, value, placeOf(index));
    }
    literal(builder, "]");
    return;
  }
  const items = values.map((value, index) => itemOf(builder, value, placeOf(index)));
  builder.program.push({ step: "sequence", open: "[", close: "]", items });
}

function itemOf(builder: Builder, value: Json, at: Place): Item {
  const inner = nested(builder);
  if (!isConditional(value)) {
    writeJson(inner, value, at);
    return { data: null, when: null, body: inner.program };
  }
  const data = sourceOf(builder, value, at);
  const scoped = at.scoped || data !== null;
  const when = whenOf(builder, value, { ...at, scoped });
  writeObject(inner, value, { ...at, scoped });
  return { data, when, body: inner.program };
}

function writeObject(builder: Builder, object: JsonObject, at: Place): void {
  const keys = Object.keys(object).filter((key) => key !== "$data" && key !== "$when");
  if (keys.some((key) => isLeftOut(object[key]))) {
    const items = keys.map((key) => memberItem(builder, { object, key, at }));
    builder.program.push({ step: "sequence", open: "{", close: "}", items });
    return;
  }
  literal(builder, "{");
  for (const [index, key] of keys.entries()) {
    if (index > 0) literal(builder, ",");
    writeMember(builder, { object, key, at });
  }
  literal(builder, "}");
}

interface Member {
  readonly object: JsonObject;
  readonly key: string;
  readonly at: Place;
}

function memberItem(builder: Builder, member: Member): Item {
  const inner = nested(builder);
  const { value, at } = placeOf(member);
  writeMember(inner, member);
  const when = isLeftOut(value) ? whenOf(builder, value, at) : null;
  return { data: null, when, body: inner.program };
}

function writeMember(builder: Builder, member: Member): void {
  const { value, at } = placeOf(member);
  literal(builder, `${JSON.stringify(member.key)}:`);
  const data = isConditional(value) ? sourceOf(builder, value, at) : null;
  if (data !== null && isConditional(value)) writeScoped(builder, { object: value, data, at });
  else writeJson(builder, value, at);
}

function placeOf({ object, key, at }: Member): { readonly value: Json; readonly at: Place } {
  const path = /^[A-Za-z_$][\w$]*$/.test(key)
    ? `${at.path}.${key}`
    : `${at.path}[${JSON.stringify(key)}]`;
  const card = memberPlace(at.card, object, key);
  return { value: object[key] ?? null, at: { ...at, path, card } };
}

function writeScoped(
  builder: Builder,
  scope: { readonly object: JsonObject; readonly data: ScopeSource; readonly at: Place },
): void {
  const inner = nested(builder);
  writeObject(inner, scope.object, { ...scope.at, scoped: true });
  builder.program.push({ step: "scope", data: scope.data, body: inner.program });
}

/** Writes a text with fields as one JSON string. */
function writeText(
  builder: Builder,
  source: string,
  at: { readonly path: string; readonly landing: Landing; readonly scoped: boolean },
): void {
  const parsed = parseText(source);
  if (!parsed.ok) {
    problem(builder, at.path, parsed.problem);
    return;
  }
  literal(builder, '"');
  let before = "";
  for (const [index, part] of parsed.parts.entries()) {
    if (typeof part === "string") {
      literal(builder, JSON.stringify(part).slice(1, -1));
      before += part;
      continue;
    }
    const next = parsed.parts[index + 1];
    const after = typeof next === "string" ? next : "";
    use(builder, part, at.scoped);
    const landing = landingOfHole(at.landing, before, after);
    builder.program.push({ step: "hole", hole: part, landing, before: beforeOf(before) });
    before += holeMark;
  }
  literal(builder, '"');
}

/** What the text around a field makes of its landing. */
function landingOfHole(landing: Landing, before: string, after: string): Landing {
  if (landing === "link") return before === "" ? "link" : "link-part";
  if (before.endsWith("<at>") && after.startsWith("</at>")) return "mention";
  return landing === "none" ? landing : landingAfter(before, landing);
}

function sourceOf(builder: Builder, object: JsonObject, at: Place): ScopeSource | null {
  const source = object.$data;
  if (source === undefined) return null;
  if (typeof source === "object" && source !== null) return { value: source };
  const path = typeof source === "string" ? bracedPath(source) : null;
  if (path === null) {
    problem(
      builder,
      `${at.path}.$data`,
      "$data is written as `${path.to.field}`, a list or an object.",
    );
    return null;
  }
  builder.fields.push({ path, required: true, scoped: at.scoped });
  return { path };
}

function whenOf(builder: Builder, object: JsonObject, at: Place): Expression | null {
  const source = object.$when;
  if (source === undefined) return null;
  if (typeof source === "boolean") return { kind: "literal", value: source };
  const inner =
    typeof source === "string" ? /^\s*\$\{([\s\S]*)\}\s*$/.exec(source)?.[1] : undefined;
  const expression =
    inner === undefined ? "$when is written as `${expression}`" : parseExpression(inner);
  if (typeof expression === "string") {
    problem(builder, `${at.path}.$when`, `The condition cannot be read: ${expression}.`);
    return null;
  }
  for (const path of fieldsOf(expression))
    builder.fields.push({ path, required: false, scoped: at.scoped });
  return expression;
}

function bracedPath(source: string): FieldPath | null {
  const inner = /^\s*\$\{([^{}|]*)\}\s*$/.exec(source)?.[1];
  return inner === undefined ? null : parsePath(inner);
}

function use(builder: Builder, hole: Hole, scoped: boolean): void {
  builder.fields.push({ path: hole.path, required: hole.fallback === null, scoped });
}

function literal(builder: Builder, text: string): void {
  const last = builder.program.length - 1;
  const before = builder.program[last];
  if (typeof before === "string") builder.program[last] = before + text;
  else builder.program.push(text);
}

function problem(builder: Builder, path: string, text: string): void {
  builder.problems.push({ path, text });
}

function isConditional(value: Json | undefined): value is JsonObject {
  return isObject(value) && (value.$data !== undefined || value.$when !== undefined);
}

function isLeftOut(value: Json | undefined): value is JsonObject {
  return isObject(value) && value.$when !== undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isArray(value);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

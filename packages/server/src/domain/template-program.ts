import { type CardPlace, cardRoot, landingOf, memberPlace } from "./card-landing.ts";
import type { Json, RenderRefusal } from "./message.ts";
import { type Before, escapeFor, isLink, type Landing } from "./template-escape.ts";
import { type Expression, holds } from "./template-expression.ts";
import { type FieldPath, type FieldScope, lookUp } from "./template-path.ts";
import type { Hole } from "./template-text.ts";

/** What a template was parsed into: pieces of JSON text as they are written out, and what is decided per recipient. */
export type Program = readonly Step[];
export type Step =
  /** JSON text as it is. */
  | string
  /** A field within a JSON string: its text, escaped for its landing and then for JSON. */
  | {
      readonly step: "hole";
      readonly hole: Hole;
      readonly landing: Landing;
      readonly before: Before;
    }
  /** A field that is a whole JSON value, in the value's own type. */
  | { readonly step: "value"; readonly hole: Hole; readonly place: CardPlace }
  /** A list, or the members of an object, of which some may be left out or repeated. */
  | {
      readonly step: "sequence";
      readonly open: string;
      readonly close: string;
      readonly items: readonly Item[];
    }
  /** An object whose fields are looked up in another one. */
  | { readonly step: "scope"; readonly data: ScopeSource; readonly body: Program }
  /** A JSON string whose text is made apart. */
  | {
      readonly step: "string";
      readonly parts: readonly (string | Hole)[];
      finish(text: string): string;
    };

/** One item of a sequence. In a list, `data` repeats it for each element of an array; `when` is asked for each. */
export interface Item {
  readonly data: ScopeSource | null;
  readonly when: Expression | null;
  readonly body: Program;
}

/** Where `$data` points: a field, or a value written in the template. */
export type ScopeSource = { readonly path: FieldPath } | { readonly value: Json };

/** Runs a program for one recipient: the JSON text, or why there is none. Never throws. */
export function runProgram(program: Program, scope: FieldScope): string | RenderRefusal {
  const out: Output = { text: "", refusal: null };
  return run(program, scope, out)
    ? out.text
    : (out.refusal ?? refusal("", "could not be rendered"));
}

/** How many times one `$data` may repeat its element; more could not fit into a message. */
export const repeatMax = 1000;

interface Output {
  text: string;
  refusal: RenderRefusal | null;
}

// Each of these answers false when the recipient cannot have the message; the reason is in `out.refusal` then.

function run(program: Program, scope: FieldScope, out: Output): boolean {
  for (const step of program) {
    if (typeof step === "string") out.text += step;
    else if (!runStep(step, scope, out)) return false;
  }
  return true;
}

function runStep(step: Exclude<Step, string>, scope: FieldScope, out: Output): boolean {
  switch (step.step) {
    case "hole":
      return writeHole(step, scope, out);
    case "value":
      return writeValue(step, scope, out);
    case "sequence":
      return writeSequence(step, scope, out);
    case "scope":
      return writeScope(step, scope, out);
    case "string":
      return writeString(step, scope, out);
  }
}

function writeHole(step: Extract<Step, { step: "hole" }>, scope: FieldScope, out: Output): boolean {
  const text = textOf(step.hole, scope);
  if (text === null) return refuse(out, step.hole.path, "has no value");
  if (step.landing === "link" && !isLink(text))
    return refuse(out, step.hole.path, "is not an address that can be linked to");
  out.text += jsonInner(escapeFor(step.landing, text, step.before));
  return true;
}

function writeValue(
  step: Extract<Step, { step: "value" }>,
  scope: FieldScope,
  out: Output,
): boolean {
  const { hole, place } = step;
  const value = lookUp(hole.path, scope);
  const landing = landingOf(place);
  if (typeof value === "object" && value !== null) {
    const json = foreignJson(value, place, 0);
    if (json === null) return refuse(out, hole.path, "is nested too deep, or links to no address");
    out.text += json;
    return true;
  }
  if (landing === "none" && (typeof value === "number" || typeof value === "boolean")) {
    out.text += JSON.stringify(value);
    return true;
  }
  out.text += '"';
  if (!writeHole({ step: "hole", hole, landing, before: wholeString }, scope, out)) return false;
  out.text += '"';
  return true;
}

function writeSequence(
  step: Extract<Step, { step: "sequence" }>,
  scope: FieldScope,
  out: Output,
): boolean {
  out.text += step.open;
  let first = true;
  for (const item of step.items) {
    const scopes = scopesOf(item.data, scope, out);
    if (scopes === null) return false;
    for (const inner of scopes) {
      if (item.when !== null && !holds(item.when, inner)) continue;
      if (!first) out.text += ",";
      first = false;
      if (!run(item.body, inner, out)) return false;
    }
  }
  out.text += step.close;
  return true;
}

function writeScope(
  step: Extract<Step, { step: "scope" }>,
  scope: FieldScope,
  out: Output,
): boolean {
  const item = "value" in step.data ? step.data.value : lookUp(step.data.path, scope);
  if (item === undefined || item === null)
    return refuse(out, sourcePath(step.data), "has no value");
  return run(step.body, { ...scope, item }, out);
}

function writeString(
  step: Extract<Step, { step: "string" }>,
  scope: FieldScope,
  out: Output,
): boolean {
  let text = "";
  for (const part of step.parts) {
    const piece = typeof part === "string" ? part : textOf(part, scope);
    if (piece === null)
      return refuse(out, typeof part === "string" ? null : part.path, "has no value");
    text += piece;
  }
  out.text += JSON.stringify(step.finish(text));
  return true;
}

/** The scopes that an item is written in: its own, one object's, or one for each element of an array. */
function scopesOf(
  data: ScopeSource | null,
  scope: FieldScope,
  out: Output,
): readonly FieldScope[] | null {
  if (data === null) return [scope];
  const value = "value" in data ? data.value : lookUp(data.path, scope);
  if (value === undefined || value === null) {
    refuse(out, sourcePath(data), "has no value");
    return null;
  }
  if (!isArray(value)) return [{ ...scope, item: value }];
  if (value.length > repeatMax) {
    refuse(out, sourcePath(data), `has more than ${repeatMax} elements`);
    return null;
  }
  return value.map((item, index) => ({ ...scope, item, index }));
}

/** A field as text: the value, or its default when there is none or it is null, or null when there is neither, or it is nested too deep. */
function textOf(hole: Hole, scope: FieldScope): string | null {
  const value = lookUp(hole.path, scope);
  if (typeof value === "string") return value;
  if (value === undefined) return hole.fallback;
  if (value === null) return hole.fallback ?? "";
  return typeof value === "object" ? foreignJson(value, asIs, 0) : String(value);
}

/** JSON that came in as a field's value: its strings are escaped for where they land, as any field's are. */
function foreignJson(value: Json, place: CardPlace, depth: number): string | null {
  if (depth > depthMax) return null;
  if (typeof value === "string") return foreignString(value, landingOf(place));
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isArray(value))
    return joined("[", "]", value, (element) => foreignJson(element, place, depth + 1));
  return joined("{", "}", Object.entries(value), ([key, member]) => {
    const json = foreignJson(member, memberPlace(place, value, key), depth + 1);
    return json === null ? null : `${JSON.stringify(key)}:${json}`;
  });
}

function foreignString(text: string, landing: Landing): string | null {
  if (landing === "link" && !isLink(text)) return null;
  return JSON.stringify(escapeFor(landing, text, wholeString));
}

function joined<T>(
  open: string,
  close: string,
  values: readonly T[],
  write: (value: T) => string | null,
): string | null {
  const parts = values.map(write);
  return parts.includes(null) ? null : `${open}${parts.join(",")}${close}`;
}

const depthMax = 64;
const asIs: CardPlace = { ...cardRoot, raw: true };
const wholeString: Before = { lineStart: true, bracket: false };

/** A text as it stands between the quotes of a JSON string. */
function jsonInner(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function sourcePath(source: ScopeSource): FieldPath | null {
  return "path" in source ? source.path : null;
}

function refuse(out: Output, path: FieldPath | null, what: string): boolean {
  out.refusal = refusal(path?.name ?? "$data", what);
  return false;
}

function refusal(field: string, what: string): RenderRefusal {
  return {
    code: "MESSAGE_FIELD_MISSING",
    missing: field,
    detail: `The field \${${field}} ${what} for this recipient.`,
  };
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

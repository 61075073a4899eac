import type { z } from "@hono/zod-openapi";
import type { ErrorCode } from "../domain/error-codes.ts";
import { ProblemError } from "../domain/errors.ts";
import { nearest } from "../domain/nearest.ts";

/** One field that is wrong. */
export interface FieldError {
  /** Such as `audience.include[3]`, `query.limit`. */
  readonly path: string;
  /** A sentence for whoever wrote it. */
  readonly message: string;
}

/** Which part of a request was checked. */
export type RequestPart = "json" | "query" | "param" | "header" | "form" | "cookie";

const errorsMax = 20;

/**
 * The refusal of a request whose form is wrong: REQUEST_INVALID with every field that is wrong (up to 20), or TARGET_UNSUPPORTED
 * where the form is right and Teams cannot do what it asks.
 */
export function invalidRequest(
  issues: readonly z.core.$ZodIssue[],
  part: RequestPart,
  given: unknown,
): ProblemError {
  const errors = issues.slice(0, errorsMax).map((issue) => ({
    path: placeOf(part, issue.path),
    message: sentenceOf(issue, memberAt(given, issue.path), part),
  }));
  const code: ErrorCode = issues.every(isUnsupported) ? "TARGET_UNSUPPORTED" : "REQUEST_INVALID";
  const shown = errors.slice(0, 3).map(({ path, message }) => `${path}: ${message}`);
  const more = issues.length - shown.length;
  return new ProblemError(code, {
    detail: more > 0 ? `${shown.join(" ")} And ${more} more.` : shown.join(" "),
    extra: { errors },
  });
}

function isUnsupported(issue: z.core.$ZodIssue): boolean {
  return issue.code === "custom" && issue.params?.code === "TARGET_UNSUPPORTED";
}

const parts: Readonly<Record<RequestPart, string>> = {
  json: "",
  query: "query",
  param: "path",
  header: "header",
  form: "form",
  cookie: "cookie",
};

function placeOf(part: RequestPart, path: readonly PropertyKey[]): string {
  const start = parts[part];
  const whole = path.reduce<string>((before, key) => {
    if (typeof key === "number") return `${before}[${key}]`;
    return before === "" ? String(key) : `${before}.${String(key)}`;
  }, start);
  return whole === "" ? "body" : whole;
}

function memberAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return undefined;
    // Any object may be read by key.
    at = (at as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return at;
}

/** An issue in plain words. Our own schemas' sentences are taken as they are. */
function sentenceOf(issue: z.core.$ZodIssue, value: unknown, part: RequestPart): string {
  if (value === undefined && issue.code !== "unrecognized_keys" && issue.code !== "custom")
    return "It is missing.";
  // A parameter that comes several times is a list.
  if (part === "query" && Array.isArray(value)) return "It must be given once.";
  switch (issue.code) {
    case "invalid_type":
      return wrongType(issue.expected, value);
    case "invalid_value":
      return wrongValue(issue.values, value);
    case "too_small":
    case "too_big":
      return wrongSize(issue);
    default:
      return issue.message;
  }
}

function wrongType(expected: string, value: unknown): string {
  const wanted = typeWords[expected] ?? `of type ${expected}`;
  // A number that came as text, as in a query, is told by what was written.
  const is = typeof value === "string" && expected !== "object" ? `"${cut(value)}"` : kindOf(value);
  return `It must be ${wanted}, and is ${is}.`;
}

const typeWords: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a JSON object",
  record: "a JSON object",
  array: "a list",
};

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "a text";
    case "number":
      return `the number ${value}`;
    case "boolean":
      return String(value);
    default:
      return "an object";
  }
}

function wrongValue(values: readonly z.core.util.Primitive[], value: unknown): string {
  const known = values.map(String);
  const near = typeof value === "string" ? nearest(cut(value), known) : null;
  const choice = known.map((one) => `"${one}"`).join(", ");
  const meant = near === null ? "" : ` Did you mean "${near}"?`;
  const is = typeof value === "string" ? `"${cut(value)}"` : kindOf(value);
  return `It must be one of ${choice}, and is ${is}.${meant}`;
}

function wrongSize(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const isBig = issue.code === "too_big";
  const bound = String(isBig ? issue.maximum : issue.minimum);
  const most = isBig ? "at most" : "at least";
  if (issue.origin === "string")
    return bound === "1" && !isBig
      ? "It must not be empty."
      : `It must have ${most} ${bound} characters.`;
  if (issue.origin === "array")
    return `It must have ${most} ${bound} ${bound === "1" ? "item" : "items"}.`;
  if (issue.inclusive === false) return `It must be ${isBig ? "less" : "more"} than ${bound}.`;
  return `It must be ${most} ${bound}.`;
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

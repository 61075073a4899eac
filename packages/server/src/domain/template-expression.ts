import { type FieldPath, type FieldScope, lookUp, parsePath } from "./template-path.ts";

/** A parsed `$when`. */
export type Expression =
  | { readonly kind: "literal"; readonly value: Scalar }
  | { readonly kind: "field"; readonly path: FieldPath }
  | { readonly kind: "not"; readonly of: Expression }
  | { readonly kind: "and" | "or"; readonly of: readonly Expression[] }
  | {
      readonly kind: "compare";
      readonly by: Comparison;
      readonly left: Expression;
      readonly right: Expression;
    };
type Scalar = string | number | boolean | null;
type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/**
 * Parses fields, literals (`'text'`, `"text"`, numbers, `true`, `false`, `null`), `! == != < <= > >= && ||` and parentheses.
 * Answers the expression, or a sentence about what is wrong.
 */
export function parseExpression(source: string): Expression | string {
  const tokens = tokenize(source);
  if (typeof tokens === "string") return tokens;
  const reader = { tokens, at: 0, depth: 0 };
  const expression = parseOr(reader);
  if (typeof expression === "string") return expression;
  const rest = tokens[reader.at];
  return rest === undefined ? expression : `\`${rest}\` is not expected there`;
}

/**
 * Whether the expression holds. A field without a value is null; only `false` and null are false. `<` and its like hold between
 * two numbers or two strings only. Never throws.
 */
export function holds(expression: Expression, scope: FieldScope): boolean {
  const value = evaluate(expression, scope);
  return value !== false && value !== null;
}

/** The fields that an expression looks at. */
export function fieldsOf(expression: Expression): readonly FieldPath[] {
  switch (expression.kind) {
    case "literal":
      return [];
    case "field":
      return [expression.path];
    case "not":
      return fieldsOf(expression.of);
    case "compare":
      return [...fieldsOf(expression.left), ...fieldsOf(expression.right)];
    default:
      return expression.of.flatMap(fieldsOf);
  }
}

function evaluate(expression: Expression, scope: FieldScope): unknown {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "field":
      return lookUp(expression.path, scope) ?? null;
    case "not":
      return !holds(expression.of, scope);
    case "and":
      return expression.of.every((part) => holds(part, scope));
    case "or":
      return expression.of.some((part) => holds(part, scope));
    case "compare":
      return compare(
        expression.by,
        evaluate(expression.left, scope),
        evaluate(expression.right, scope),
      );
  }
}

function compare(by: Comparison, left: unknown, right: unknown): boolean {
  if (by === "==") return left === right;
  if (by === "!=") return left !== right;
  const both =
    (typeof left === "number" && typeof right === "number") ||
    (typeof left === "string" && typeof right === "string");
  if (!both) return false;
  if (by === "<") return left < right;
  if (by === "<=") return left <= right;
  return by === ">" ? left > right : left >= right;
}

interface Reader {
  readonly tokens: readonly string[];
  at: number;
  depth: number;
}

const depthMax = 32;
const token =
  /\s*(?<token>&&|\|\||==|!=|<=|>=|[!<>()]|'[^']*'|"[^"]*"|-?\d+(?:\.\d+)?|[$\p{L}_](?:[\p{L}\p{N}_.$-]|\[(?:\d+|'[^']*'|"[^"]*")\])*)\s*/uy;

function tokenize(source: string): readonly string[] | string {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < source.length) {
    const from = token.lastIndex;
    const found = token.exec(source)?.groups?.token;
    if (found === undefined) return `\`${source.slice(from, from + 20)}\` is not understood`;
    tokens.push(found);
  }
  return tokens.length === 0 ? "the expression is empty" : tokens;
}

function parseOr(reader: Reader): Expression | string {
  return parseChain(reader, { sign: "||", kind: "or", next: parseAnd });
}

function parseAnd(reader: Reader): Expression | string {
  return parseChain(reader, { sign: "&&", kind: "and", next: parseComparison });
}

function parseChain(
  reader: Reader,
  level: {
    readonly sign: string;
    readonly kind: "and" | "or";
    readonly next: (reader: Reader) => Expression | string;
  },
): Expression | string {
  const parts: Expression[] = [];
  do {
    const part = level.next(reader);
    if (typeof part === "string") return part;
    parts.push(part);
  } while (take(reader, level.sign));
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : { kind: level.kind, of: parts };
}

function parseComparison(reader: Reader): Expression | string {
  const left = parseUnary(reader);
  if (typeof left === "string") return left;
  const by = comparisons.find((sign) => take(reader, sign));
  if (by === undefined) return left;
  const right = parseUnary(reader);
  return typeof right === "string" ? right : { kind: "compare", by, left, right };
}

const comparisons: readonly Comparison[] = ["==", "!=", "<=", ">=", "<", ">"];

function parseUnary(reader: Reader): Expression | string {
  if (reader.depth >= depthMax) return `it is nested deeper than ${depthMax}`;
  reader.depth++;
  const parsed = parseNested(reader);
  reader.depth--;
  return parsed;
}

function parseNested(reader: Reader): Expression | string {
  if (take(reader, "!")) {
    const of = parseUnary(reader);
    return typeof of === "string" ? of : { kind: "not", of };
  }
  if (take(reader, "(")) {
    const inner = parseOr(reader);
    if (typeof inner === "string") return inner;
    return take(reader, ")") ? inner : "a closing parenthesis is missing";
  }
  return parseOperand(reader);
}

function parseOperand(reader: Reader): Expression | string {
  const text = reader.tokens[reader.at];
  if (text === undefined) return "it ends too early";
  reader.at++;
  if (/^['"]/.test(text)) return { kind: "literal", value: text.slice(1, -1) };
  if (/^-?\d/.test(text)) return { kind: "literal", value: Number(text) };
  if (text === "true" || text === "false") return { kind: "literal", value: text === "true" };
  if (text === "null") return { kind: "literal", value: null };
  const path = parsePath(text);
  return path === null ? `\`${text}\` is not expected there` : { kind: "field", path };
}

function take(reader: Reader, sign: string): boolean {
  if (reader.tokens[reader.at] !== sign) return false;
  reader.at++;
  return true;
}

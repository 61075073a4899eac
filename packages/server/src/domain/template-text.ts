import { type FieldPath, parsePath } from "./template-path.ts";

/** A place in a text that a field fills. */
export interface Hole {
  readonly path: FieldPath;
  /** What stands there when the field has no value or is null; null where none was given. */
  readonly fallback: string | null;
}

/** A text cut at its holes. An unreadable `${…}` is a problem, told in a sentence. */
export type ParsedText =
  | { readonly ok: true; readonly parts: readonly (string | Hole)[] }
  | { readonly ok: false; readonly problem: string };

/**
 * Parses `${path}` and `${path|default text}`; `$${` is a literal `${`. The default is trimmed, and may be empty.
 * Text without holes is one part; the empty text has none.
 */
export function parseText(source: string): ParsedText {
  const parts: (string | Hole)[] = [];
  let literal = "";
  let at = 0;
  for (let open = source.indexOf("${"); open >= 0; open = source.indexOf("${", at)) {
    if (source[open - 1] === "$") {
      literal += `${source.slice(at, open - 1)}\${`;
      at = open + 2;
      continue;
    }
    const close = source.indexOf("}", open);
    if (close < 0) return bad(source.slice(open), "has no closing brace");
    const hole = parseHole(source.slice(open + 2, close));
    if (hole === null) return bad(source.slice(open, close + 1), "is not a field's path");
    literal += source.slice(at, open);
    if (literal !== "") parts.push(literal);
    parts.push(hole);
    literal = "";
    at = close + 1;
  }
  literal += source.slice(at);
  if (literal !== "") parts.push(literal);
  return { ok: true, parts };
}

function parseHole(text: string): Hole | null {
  const bar = text.indexOf("|");
  const path = parsePath(bar < 0 ? text : text.slice(0, bar));
  if (path === null) return null;
  return { path, fallback: bar < 0 ? null : text.slice(bar + 1).trim() };
}

function bad(piece: string, what: string): ParsedText {
  const shown = piece.length > 60 ? `${piece.slice(0, 59)}…` : piece;
  return {
    ok: false,
    problem: `\`${shown}\` ${what}. A field is \${path.to.field} or \${field|default}; a literal \${ is written $\${.`,
  };
}

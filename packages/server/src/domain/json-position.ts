/** Where a text stops being JSON: lines and columns count from 1. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  /** What would have been expected there, such as `a value` or `"," or "}"`. */
  readonly expected: string;
}

/**
 * Finds the first place at which a text stops being JSON; null where it is JSON. The platform's parser names no place for short
 * texts, and quotes the text around it, which may hold what nobody should see.
 */
export function findJsonFault(text: string): JsonFault | null {
  const scan: Scan = { text, at: 0, open: [], next: "value" };
  for (;;) {
    scan.at = matchEnd(scan, /[ \t\n\r]*/y) ?? scan.at;
    if (scan.next === "end") return scan.at === text.length ? null : fault(scan);
    if (!step(scan)) return fault(scan);
  }
}

type Expectation =
  | "value"
  | "value or ]"
  | "key"
  | "key or }"
  | "colon"
  | "comma or ]"
  | "comma or }"
  | "end";

interface Scan {
  readonly text: string;
  at: number;
  /** The brackets that are open. */
  readonly open: ("[" | "{")[];
  next: Expectation;
}

/** Takes one token; false where it does not fit, with `at` where it stops fitting. */
function step(scan: Scan): boolean {
  const character = scan.text[scan.at];
  switch (scan.next) {
    case "value":
      return value(scan, character);
    case "value or ]":
      return character === "]" ? close(scan) : value(scan, character);
    case "key":
    case "key or }":
      if (character === "}" && scan.next === "key or }") return close(scan);
      return character === '"' && token(scan, string, "colon");
    case "colon":
      return token(scan, /:/y, "value");
    case "comma or ]":
      return character === "]" ? close(scan) : token(scan, /,/y, "value");
    case "comma or }":
      return character === "}" ? close(scan) : token(scan, /,/y, "key");
    case "end":
      return false;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in a string
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

function value(scan: Scan, character: string | undefined): boolean {
  if (character === "[" || character === "{") {
    scan.open.push(character);
    scan.at += 1;
    scan.next = character === "[" ? "value or ]" : "key or }";
    return true;
  }
  return token(scan, character === '"' ? string : scalar, afterValue(scan));
}

function token(scan: Scan, pattern: RegExp, next: Expectation): boolean {
  const end = matchEnd(scan, pattern);
  if (end === null) return false;
  scan.at = end;
  scan.next = next;
  return true;
}

function close(scan: Scan): boolean {
  scan.open.pop();
  scan.at += 1;
  scan.next = afterValue(scan);
  return true;
}

function afterValue(scan: Scan): Expectation {
  const around = scan.open.at(-1);
  if (around === undefined) return "end";
  return around === "[" ? "comma or ]" : "comma or }";
}

function matchEnd(scan: Scan, pattern: RegExp): number | null {
  pattern.lastIndex = scan.at;
  return pattern.test(scan.text) ? pattern.lastIndex : null;
}

function fault(scan: Scan): JsonFault {
  const before = scan.text.slice(0, scan.at).split("\n");
  return {
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    expected: words[scan.next],
  };
}

const words: Readonly<Record<Expectation, string>> = {
  value: "a value",
  "value or ]": 'a value or "]"',
  key: "a name in double quotes",
  "key or }": 'a name in double quotes or "}"',
  colon: '":"',
  "comma or ]": '"," or "]"',
  "comma or }": '"," or "}"',
  end: "nothing more",
};

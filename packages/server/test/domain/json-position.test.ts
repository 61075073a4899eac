import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findJsonFault } from "../../src/domain/json-position.ts";

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function offsetOf(text: string, fault: { readonly line: number; readonly column: number }): number {
  const before = text.split("\n").slice(0, fault.line - 1);
  return before.reduce((sum, line) => sum + line.length + 1, 0) + fault.column - 1;
}

/** JSON with one character replaced, added or left out. */
const damaged = fc
  .tuple(
    fc.json(),
    fc.nat(),
    fc.constantFrom("", "x", '"', ",", "]", "}", "\n", "\u0001", "1"),
    fc.boolean(),
  )
  .map(([json, place, character, replace]) => {
    const at = place % (json.length + 1);
    return json.slice(0, at) + character + json.slice(at + (replace ? 1 : 0));
  });

describe("the place where JSON breaks", () => {
  it("is there exactly when the platform's parser refuses the text", () => {
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string()), (text) => {
        assert.equal(findJsonFault(text) === null, parses(text));
      }),
      { numRuns: 1000 },
    );
  });

  it("lies within the text or at its end, and what stands before it can be made JSON", () => {
    fc.assert(
      fc.property(damaged, (text) => {
        const fault = findJsonFault(text);
        if (fault === null) return;
        const at = offsetOf(text, fault);
        assert.ok(at >= 0 && at <= text.length);
        // Nothing before the place is at fault: a fault of the text cut there is never found earlier.
        const cut = findJsonFault(text.slice(0, at));
        assert.ok(cut === null || offsetOf(text.slice(0, at), cut) === at);
      }),
      { numRuns: 500 },
    );
  });

  it("is named with what should follow", () => {
    for (const [text, line, column, expected] of [
      ["", 1, 1, "a value"],
      ["{", 1, 2, 'a name in double quotes or "}"'],
      ['{"a" 1}', 1, 6, '":"'],
      ['{"a": 1,\n  b: 2}', 2, 3, "a name in double quotes"],
      ["[1 2]", 1, 4, '"," or "]"'],
      ["[1,]", 1, 4, "a value"],
      ["{} x", 1, 4, "nothing more"],
      ["{\"a\": 'b'}", 1, 7, "a value"],
      ['["a\nb"]', 1, 2, 'a value or "]"'],
      ["[01]", 1, 3, '"," or "]"'],
    ] as const)
      assert.deepEqual(findJsonFault(text), { line, column, expected }, text);
  });

  it("is found in a megabyte of nesting", () => {
    const text = `${"[".repeat(500_000)}${"]".repeat(499_999)}`;
    assert.equal(findJsonFault(text)?.column, text.length + 1);
  });
});

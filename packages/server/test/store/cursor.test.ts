import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ProblemError } from "../../src/domain/errors.ts";
import { decodeCursor, encodeCursor } from "../../src/store/cursor.ts";

describe("a cursor", () => {
  it("gives back the place that it was made of, and can stand in a URL", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer(), (text, number) => {
        const cursor = encodeCursor("list", [text, number]);
        assert.match(cursor, /^[\w-]+$/);
        assert.deepEqual(decodeCursor(cursor, "list", ["string", "number"]), [text, number]);
      }),
    );
  });

  it("of another list, or of none, is a refused request", () => {
    const isRefusal = (error: unknown) =>
      error instanceof ProblemError && error.code === "REQUEST_INVALID";
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.throws(() => decodeCursor(text, "list", ["string"]), isRefusal);
      }),
    );
    for (const place of [["x"], ["x", 1, 2], [1, "x"], []])
      assert.throws(
        () => decodeCursor(encodeCursor("list", place), "list", ["string", "number"]),
        isRefusal,
      );
    const other = encodeCursor("other", ["x", 1]);
    assert.throws(() => decodeCursor(other, "list", ["string", "number"]), isRefusal);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { editDistance, nearest } from "../../src/domain/nearest.ts";

const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 7 });

describe("the edit distance", () => {
  it("is zero for the same text only, and the same both ways", () => {
    fc.assert(
      fc.property(word, word, (one, other) => {
        assert.equal(editDistance(one, other) === 0, one === other);
        assert.equal(editDistance(one, other), editDistance(other, one));
      }),
    );
  });
  it("is at least the difference in length and at most the longer length", () => {
    fc.assert(
      fc.property(word, word, (one, other) => {
        const distance = editDistance(one, other);
        assert.ok(distance >= Math.abs(one.length - other.length));
        assert.ok(distance <= Math.max(one.length, other.length));
      }),
    );
  });
  it("counts one character added, left out, replaced or swapped as one", () => {
    for (const [one, other] of [
      ["port", "ports"],
      ["port", "pot"],
      ["port", "part"],
      ["port", "prot"],
    ] as const)
      assert.equal(editDistance(one, other), 1);
  });
});

describe("the nearest name", () => {
  it("is the name itself, whatever its case", () => {
    assert.equal(nearest("PORT", ["host", "port"]), "port");
  });
  it("is the one with the fewest differences", () => {
    assert.equal(nearest("capaign", ["campaign", "people", "send"]), "campaign");
    assert.equal(nearest("statsu", ["start", "status"]), "status");
  });
  it("is none where nothing is near", () => {
    assert.equal(nearest("xyzzy", ["campaign", "people", "send"]), null);
    assert.equal(nearest("x", []), null);
  });
});

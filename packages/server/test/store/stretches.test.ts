import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { walkStretches } from "../../src/store/sqlite/stretches.ts";

describe("a walk in stretches", () => {
  it("finds what one look would find, and pauses between every two stretches", async () => {
    const shape = fc.record({
      keys: fc.uniqueArray(fc.string({ minLength: 1, unit: "grapheme-ascii" }), { maxLength: 40 }),
      size: fc.integer({ min: 1, max: 7 }),
      limit: fc.integer({ min: 1, max: 9 }),
      after: fc.string({ unit: "grapheme-ascii" }),
    });
    const property = fc.asyncProperty(shape, async ({ keys, size, limit, after }) => {
      const sorted = [...keys].sort();
      const isWanted = (key: string) => key.length % 2 === 0;
      const events: string[] = [];
      const found = await walkStretches({
        after,
        limit,
        stretchEnd: (from) => sorted.filter((key) => key > from)[size] ?? null,
        rowsIn: (stretch, most) => {
          events.push("look");
          return sorted
            .filter((key) => key > stretch.after && key <= stretch.end && isWanted(key))
            .slice(0, most);
        },
        pause: async () => void events.push("pause"),
      });
      const all = sorted.filter((key) => key > after && isWanted(key));
      assert.deepEqual(found, all.slice(0, limit));
      const looks = events.filter((event) => event === "look").length;
      assert.deepEqual(
        events,
        Array.from({ length: looks * 2 - 1 }, (_, index) => (index % 2 === 0 ? "look" : "pause")),
      );
    });
    await fc.assert(property);
  });
});

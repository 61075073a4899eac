import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { csvCell, csvLine } from "../../src/api/csv.ts";

/** Reads CSV as RFC 4180 has it. */
function readCsv(text: string): readonly (readonly string[])[] {
  const lines: string[][] = [];
  let cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text);
    assert.ok(found, "it is no CSV");
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    if (found[3] === ",") continue;
    lines.push(cells);
    cells = [];
  }
  return lines;
}

const text = fc.string({
  unit: fc.constantFrom("a", '"', ",", ";", "\r", "\n", "=", "+", "-", "@", "\t", " ", "é", "＝"),
  maxLength: 8,
});

describe("a line of CSV", () => {
  it("is read back as it was written, but for the apostrophe before what looks like a formula", () => {
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 1, maxLength: 4 })), (rows) => {
        const read = readCsv(rows.map(csvLine).join(""));
        assert.deepEqual(
          read.map((cells) => cells.map((cell) => cell.replace(/^'(?=[=+\-@\t\r\n＝])/, ""))),
          rows,
        );
      }),
    );
  });

  it("has no cell that a spreadsheet runs", () => {
    fc.assert(
      fc.property(text, (cell) => {
        const [[shown = ""] = []] = readCsv(csvLine([cell]));
        assert.ok(!/^[=+\-@\t\r\n＝＋－＠]/.test(shown));
      }),
    );
  });

  it("leaves plain cells alone", () => {
    for (const plain of ["", "user:0d1f8a52-3f2b-4a57", "2026-12-24T08:00:00.000Z", "a=b"])
      assert.equal(csvCell(plain), plain);
  });
});

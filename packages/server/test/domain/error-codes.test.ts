import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { errorCodes } from "../../src/domain/error-codes.ts";

interface Row {
  readonly what: string;
  readonly next: string;
  readonly status?: number;
}

const root = new URL("../../../../", import.meta.url);
// The script is JavaScript without types; these are the two names that it exports.
const { errorsMarkdown, errorsPage } = (await import(
  new URL("scripts/errors-md.mjs", root).href
)) as { errorsMarkdown: (codes: { readonly [code: string]: Row }) => string; errorsPage: string };

const rows: readonly (readonly [string, Row])[] = Object.entries(errorCodes);

describe("the table of error codes", () => {
  it("is what docs/reference/errors.md says; `node scripts/errors-md.mjs` writes it anew", () => {
    const page = readFileSync(new URL(errorsPage, root), "utf8");
    assert.equal(page, errorsMarkdown(errorCodes));
  });

  it("has a section for each code, with its status and both sentences", () => {
    const page = errorsMarkdown(errorCodes);
    for (const [code, row] of rows) {
      const section = page.split(`### ${code}\n`)[1]?.split("\n#")[0] ?? "";
      assert.ok(section.includes(row.what), code);
      assert.ok(section.includes(row.next), code);
      assert.equal(section.includes("HTTP status"), row.status !== undefined, code);
    }
  });

  it("names each code AREA_REASON, and says what happened and what to do in whole sentences", () => {
    for (const [code, { what, next, status }] of rows) {
      assert.match(code, /^[A-Z]+(?:_[A-Z]+)*$/);
      assert.match(what, /^[A-Z].*\.$/, code);
      assert.match(next, /^[A-Z].*\.$/, code);
      if (status !== undefined) assert.ok(status >= 400 && status < 600, code);
    }
  });

  it("finds a page stale that lacks a code, and a code whose area has no place", () => {
    const { INTERNAL: _, ...fewer } = errorCodes;
    assert.notEqual(errorsMarkdown(fewer), errorsMarkdown(errorCodes));
    assert.throws(
      () => errorsMarkdown({ WEATHER_BAD: { what: "It rains.", next: "Wait." } }),
      /WEATHER_BAD/,
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { stripMarkdown } from "../../src/domain/message-summary.ts";
import {
  type Before,
  beforeOf,
  escapeFor,
  isLink,
  type Landing,
} from "../../src/domain/template-escape.ts";

const start: Before = { lineStart: true, bracket: true };
const within: Before = { lineStart: false, bracket: false };
const nasty = fc.string({
  unit: fc.constantFrom(
    ..."\\`*_[]()#+-.!<>~|&;:/=1 ay\n\t\r",
    "&lt;",
    "<at>",
    "</at>",
    "http://y",
    "é",
    "😀",
    "\ud800",
  ),
  maxLength: 40,
});

/** What a reader of markdown sees of an escaped text: escapes and entities resolved, signs that are still live as `§`. */
function seen(escaped: string): string {
  return escaped.replace(
    /\\([!-/:-@[-`{-~])|&lt;|&gt;|&amp;|[*`[\]<>~]|\\/g,
    (sign, plain?: string) => {
      if (plain !== undefined) return plain;
      if (sign === "&lt;") return "<";
      if (sign === "&gt;") return ">";
      return sign === "&amp;" ? "&" : "§";
    },
  );
}

describe("escaping for markdown", () => {
  for (const landing of ["markdown", "card-markdown"] as const) {
    it(`leaves no live sign in a value (${landing}), and shows it as it is`, () => {
      fc.assert(
        fc.property(nasty, fc.constantFrom(start, within), (value, before) => {
          // Of blanks at a line's beginning, a few may go, since many of them make a code block.
          const squeeze = (text: string): string =>
            text.replace(/\r\n?/g, "\n").replace(/^[ \t]+/gm, " ");
          const shown = seen(escapeFor(landing, value, before));
          assert.equal(squeeze(shown), squeeze(value));
        }),
        { numRuns: 2000 },
      );
    });

    it(`begins no line with a heading, list, quote, rule or table (${landing})`, () => {
      fc.assert(
        fc.property(nasty, (value) => {
          for (const line of escapeFor(landing, value, start).split("\n"))
            assert.doesNotMatch(
              line,
              /^ {0,3}(?:[#>|=]|[-+*](?:\s|$|-)|\d+[.)](?:\s|$))|^ {4}|^\t/,
            );
        }),
        { numRuns: 2000 },
      );
    });

    it(`makes no link, also behind a bracket of the author (${landing})`, () => {
      fc.assert(
        fc.property(nasty, (value) => {
          assert.doesNotMatch(`]${escapeFor(landing, value, start)}`, /\]\(/);
        }),
        { numRuns: 2000 },
      );
    });
  }

  for (const [value, markdown, card] of [
    ["*Ana* [x](http://y)", "\\*Ana\\* \\[x\\]\\(http://y)", "\\*Ana\\* \\[x\\]\\(http://y)"],
    ["<at>Bob</at>", "&lt;at&gt;Bob&lt;/at&gt;", "\\<at\\>Bob\\</at\\>"],
    ["snake_case_name", "snake_case_name", "snake_case_name"],
    ["_really_", "\\_really\\_", "\\_really\\_"],
    ["O'Neil-Smith, Ana (HR) Jr.", "O'Neil-Smith, Ana (HR) Jr.", "O'Neil-Smith, Ana (HR) Jr."],
    ["1. one", "1\\. one", "1\\. one"],
    ["3.5 %", "3.5 %", "3.5 %"],
    ["R&amp;D", "R&amp;amp;D", "R\\&amp;D"],
    ["R&D", "R&D", "R&D"],
    ["- a\n# b", "\\- a\n\\# b", "\\- a\n\\# b"],
    ["Hey!", "Hey\\!", "Hey\\!"],
  ] as const)
    it(`writes ${JSON.stringify(value)} so that it shows as it is`, () => {
      assert.equal(escapeFor("markdown", value, start), markdown);
      assert.equal(escapeFor("card-markdown", value, start), card);
    });

  it("leaves a line's signs alone within a line, and not on the next", () => {
    assert.equal(escapeFor("markdown", "- a\n- b", within), "- a\n\\- b");
    assert.equal(escapeFor("markdown", "- 1. # a", within), "- 1. # a");
  });

  it("knows the beginning of a line behind blanks, list signs and other fields", () => {
    for (const text of ["", "a\n", "  ", "> ", "- ", "1. ", "a\n\uE000", "\uE000 "])
      assert.equal(beforeOf(text).lineStart, true, text);
    for (const text of ["a", "a\nb ", "\uE000, "])
      assert.equal(beforeOf(text).lineStart, false, text);
    assert.equal(beforeOf("[x]").bracket, true);
    assert.equal(beforeOf("[x] ").bracket, false);
  });
});

describe("escaping for addresses", () => {
  it("leaves a piece of an address nothing that could end or extend it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        const escaped = escapeFor("link-part", value, within);
        assert.match(escaped, /^[A-Za-z0-9\-_.~%]*$/);
        assert.equal(decodeURIComponent(escaped), value.replace(/\p{Surrogate}/gu, "\uFFFD"));
      }),
    );
  });

  it("encodes the signs of a piece that the language's encoder leaves", () => {
    assert.equal(
      escapeFor("link-part", "a(b)*c'd!e/f?g&h", within),
      "a%28b%29%2Ac%27d%21e%2Ff%3Fg%26h",
    );
  });

  it("leaves a whole address its parts, and nothing that markdown or JSON would read", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        assert.doesNotMatch(escapeFor("link", `https://x/${value}`, within), /[\s"<>()*_`[\]\\]/);
      }),
    );
    assert.equal(
      escapeFor("link", "https://x.example/a b?c=%20&d=ü#e", within),
      "https://x.example/a%20b?c=%20&d=%C3%BC#e",
    );
  });

  it("links to web, mail and call addresses and to nothing else", () => {
    for (const link of [
      "https://x.example",
      "http://x.example/a",
      "mailto:a@x.example",
      "tel:+49",
      "data:image/png;base64,AA",
    ])
      assert.ok(isLink(link), link);
    for (const link of [
      "",
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "data:text/html,x",
      "file:///etc",
      "x.example",
      "https://",
      "//x.example",
    ])
      assert.ok(!isLink(link), link);
  });
});

describe("other landings", () => {
  it("leave plain text alone", () => {
    fc.assert(fc.property(nasty, (value) => assert.equal(escapeFor("none", value, start), value)));
  });

  it("take the brackets, and nothing else, out of a mention's name", () => {
    assert.equal(escapeFor("mention", "*Ana* </at>", within), "*Ana* /at");
  });

  it("never throw", () => {
    const landings: readonly Landing[] = [
      "none",
      "markdown",
      "card-markdown",
      "link",
      "link-part",
      "mention",
    ];
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom(...landings), (value, landing) => {
        assert.equal(typeof escapeFor(landing, value, start), "string");
      }),
    );
  });
});

describe("stripMarkdown", () => {
  for (const [markdown, plain] of [
    ["**Bold** and _italic_ and `code`", "Bold and italic and code"],
    ["# Title\n- one\n1. two", "Title\none\ntwo"],
    ["See [the plan](https://x.example/a_b)", "See the plan"],
    ["Hi <at>Ana</at>", "Hi Ana"],
    ["Due {{DATE(2026-11-24T09:00:00Z, SHORT)}}", "Due 2026-11-24T09:00:00Z"],
    ["5 * 3 * 2 and snake_case_name", "5 * 3 * 2 and snake_case_name"],
    ["escaped \\*stars\\*", "escaped *stars*"],
  ] as const)
    it(`reads ${JSON.stringify(markdown)} as plain text`, () => {
      assert.equal(stripMarkdown(markdown), plain);
    });
});

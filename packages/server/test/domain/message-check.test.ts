import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Json, JsonObject, Message } from "../../src/domain/message.ts";
import { compileMessage } from "../../src/domain/message-compile.ts";
import { findingText } from "../../src/domain/message-finding.ts";
import { biggestPart, measure } from "../../src/domain/message-size.ts";

function cardOf(body: readonly Json[], more: JsonObject = {}): JsonObject {
  return { type: "AdaptiveCard", version: "1.5", body, ...more };
}
const hello = { type: "TextBlock", text: "Hello" };

/** Problems and warnings of a message, as lines. */
function findings(message: unknown): { problems: readonly string[]; warnings: readonly string[] } {
  const result = compileMessage(message as Message); // what comes in from outside may be anything
  return result.ok
    ? { problems: [], warnings: result.warnings.map(findingText) }
    : { problems: result.problems.map(findingText), warnings: [] };
}

describe("checking a message", () => {
  const problems: readonly (readonly [string, unknown, RegExp])[] = [
    ["nothing in it", {}, /^message: .*"text", "markdown" or "card"/],
    ["no message at all", null, /^message: /],
    ["text and card", { text: "a", card: cardOf([hello]) }, /^message: .*"text" and "card"/],
    ["an empty text", { text: " " }, /^text: /],
    ["a text that is none", { text: 5 }, /^text: /],
    ["a card that is a text", { card: "{}" }, /^card: /],
    ["a summary that is none", { text: "a", summary: 5 }, /^summary: /],
    ["data that is a list", { text: "a", data: [] }, /^data: /],
    [
      "another type of card",
      { card: { type: "Hero", version: "1.5", body: [hello] } },
      /^card\.type: /,
    ],
    ["no version", { card: { type: "AdaptiveCard", body: [hello] } }, /^card\.version: /],
    ["a number as version", { card: cardOf([hello], { version: 1.5 }) }, /^card\.version: /],
    ["nothing to show", { card: cardOf([]) }, /^card\.body: .*shows nothing/],
    [
      "a body that is an object",
      { card: { type: "AdaptiveCard", version: "1.5", body: {} } },
      /^card\.body: /,
    ],
    [
      "an element without a type",
      { card: cardOf([{ text: "a" }]) },
      /^card\.body\[0\]: It has no type/,
    ],
    [
      "an action among elements",
      { card: cardOf([{ type: "Action.Submit" }]) },
      /^card\.body\[0\]: .*ActionSet/,
    ],
    [
      "an element among actions",
      { card: cardOf([hello], { actions: [hello] }) },
      /^card\.actions\[0\]: .*no action/,
    ],
    [
      "an input without an id",
      { card: cardOf([{ type: "Input.Text" }]) },
      /^card\.body\[0\]: An input needs an id/,
    ],
    [
      "the same id twice",
      {
        card: cardOf([
          { ...hello, id: "a" },
          { ...hello, id: "a" },
        ]),
      },
      /^card\.body\[1\]\.id: .*card\.body\[0\]/,
    ],
    [
      "a link that is not https",
      { card: cardOf([hello], { actions: [{ type: "Action.OpenUrl", url: "http://x.example" }] }) },
      /^card\.actions\[0\]\.url: .*https/,
    ],
    [
      "a script as link",
      {
        card: cardOf([hello], {
          actions: [{ type: "Action.OpenUrl", url: "javascript:alert(1)" }],
        }),
      },
      /^card\.actions\[0\]\.url: /,
    ],
    [
      "a link to nowhere",
      { card: cardOf([hello], { actions: [{ type: "Action.OpenUrl" }] }) },
      /^card\.actions\[0\]: .*url/,
    ],
    [
      "an image that is not https",
      { card: cardOf([{ type: "Image", url: "http://x.example/a.png" }]) },
      /^card\.body\[0\]\.url: /,
    ],
    [
      "Action.Execute in an old card",
      { card: { ...cardOf([hello]), version: "1.3", actions: [{ type: "Action.Execute" }] } },
      /^card\.actions\[0\]: .*1\.4/,
    ],
    [
      "refresh for too many",
      {
        card: cardOf([hello], {
          refresh: { action: { type: "Action.Execute" }, userIds: Array(61).fill("29:x") },
        }),
      },
      /^card\.refresh\.userIds: .*61.*60/,
    ],
    [
      "refresh by a submit",
      { card: cardOf([hello], { refresh: { action: { type: "Action.Submit" } } }) },
      /^card\.refresh\.action: /,
    ],
    [
      "a field that cannot be read",
      { card: cardOf([{ ...hello, text: "Hi ${a b}" }]) },
      /^card\.body\[0\]\.text: .*\$\{a b\}/,
    ],
    ["a field left open", { text: "Hi ${name" }, /^text: .*closing brace/],
    [
      "a condition that cannot be read",
      { card: cardOf([{ ...hello, $when: "${a =}" }]) },
      /^card\.body\[0\]\.\$when: /,
    ],
    [
      "a condition without braces",
      { card: cardOf([{ ...hello, $when: "a" }]) },
      /^card\.body\[0\]\.\$when: /,
    ],
    ["a condition on the card", { card: cardOf([hello], { $when: "${a}" }) }, /^card\.\$when: /],
    [
      "a $data that cannot be read",
      { card: cardOf([{ ...hello, $data: "rows" }]) },
      /^card\.body\[0\]\.\$data: /,
    ],
    ["a card nested too deep", { card: cardOf([nested(70)]) }, /^card: .*64/],
    ["data nested too deep", { text: "a", data: { a: nested(70) } }, /^data: .*64/],
  ];
  for (const [what, message, expected] of problems)
    it(`refuses ${what}`, () => {
      const found = findings(message);
      assert.ok(
        found.problems.some((line) => expected.test(line)),
        found.problems.join("\n"),
      );
    });

  const warnings: readonly (readonly [string, unknown, RegExp])[] = [
    ["a newer version", { card: { ...cardOf([hello]), version: "1.6" } }, /^card\.version: .*1\.6/],
    [
      "an unknown element",
      { card: cardOf([{ type: "Hologram" }]) },
      /^card\.body\[0\]: "Hologram"/,
    ],
    [
      "an unknown action",
      { card: cardOf([hello], { actions: [{ type: "Action.Http" }] }) },
      /^card\.actions\[0\]: "Action\.Http"/,
    ],
    [
      "a mail link",
      {
        card: cardOf([hello], { actions: [{ type: "Action.OpenUrl", url: "mailto:a@x.example" }] }),
      },
      /^card\.actions\[0\]\.url: /,
    ],
    [
      "Action.Execute without a fallback",
      { card: cardOf([hello], { actions: [{ type: "Action.Execute" }] }) },
      /^card\.actions\[0\]: .*fallback/,
    ],
    [
      "a refresh for everyone",
      { card: cardOf([hello], { refresh: { action: { type: "Action.Execute" } } }) },
      /^card\.refresh: .*view/,
    ],
    [
      "an id that is repeated",
      { card: cardOf([{ ...hello, id: "a", $data: "${rows}" }]) },
      /^card\.body\[0\]\.id: /,
    ],
    ["a heading in markdown", { markdown: "# Title" }, /^markdown: .*headings/],
    ["a table in markdown", { markdown: "|a|b|\n|---|---|" }, /^markdown: .*tables/],
    ["an image in markdown", { markdown: "![a](https://x.example/a.png)" }, /^markdown: .*images/],
    ["more than 40 KB", { text: "a".repeat(21_900) }, /^message: .*44 KB.*40 KB/],
  ];
  for (const [what, message, expected] of warnings)
    it(`takes ${what} with a warning`, () => {
      const found = findings(message);
      assert.deepEqual(found.problems, []);
      assert.ok(
        found.warnings.some((line) => expected.test(line)),
        found.warnings.join("\n"),
      );
    });

  it("has nothing to say about a good card, with Teams' own elements", () => {
    const card = cardOf(
      [
        hello,
        {
          type: "ColumnSet",
          columns: [{ width: "auto", items: [{ type: "Icon", name: "Bell" }] }],
        },
        {
          type: "Table",
          columns: [{ width: 1 }],
          rows: [{ type: "TableRow", cells: [{ type: "TableCell", items: [hello] }] }],
        },
        { type: "Image", url: "data:image/png;base64,AA==" },
        { type: "Image", url: "${picture}" },
        { type: "Input.Text", id: "why", label: "Why?" },
        {
          type: "ActionSet",
          actions: [
            { type: "Action.Submit", title: "Go", data: { type: "anything", url: "x", id: "why" } },
          ],
        },
      ],
      {
        actions: [
          {
            type: "Action.Execute",
            verb: "v",
            id: "same",
            fallback: { type: "Action.Submit", id: "same" },
          },
          { type: "Action.ShowCard", card: cardOf([{ ...hello }]) },
        ],
        msteams: { width: "Full", entities: [{ type: "mention" }] },
      },
    );
    assert.deepEqual(findings({ card }), { problems: [], warnings: [] });
  });

  it("reports every problem at once", () => {
    const card = { type: "X", version: "1", body: [{ type: "Input.Text" }, { text: "a" }] };
    assert.equal(findings({ card }).problems.length, 4);
  });

  it("never throws, whatever the message is", () => {
    const odd = fc.oneof(
      fc.anything({ withBigInt: false }),
      fc.record({ card: fc.object() }),
      fc.record({
        card: fc.record({
          type: fc.constant("AdaptiveCard"),
          version: fc.constant("1.5"),
          body: fc.array(fc.object()),
          actions: fc.jsonValue(),
          refresh: fc.jsonValue(),
        }),
      }),
      fc.record({ text: fc.anything(), data: fc.anything() }),
    );
    fc.assert(
      fc.property(
        odd.map((value) => JSON.parse(JSON.stringify(value) ?? "null") as unknown),
        (message) => {
          const result = compileMessage(message as Message); // on purpose: it may be anything
          if (result.ok) result.message.render({});
          else assert.ok(result.problems.length > 0);
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** An element with that many containers around it. */
function nested(levels: number): Json {
  let element: Json = hello;
  for (let level = 0; level < levels; level++) element = { type: "Container", items: [element] };
  return element;
}

describe("the size of a message", () => {
  it("is two bytes for each UTF-16 unit", () => {
    assert.equal(measure("aé😀"), 8);
  });

  it("is refused over 100,000 bytes, with the biggest part named", () => {
    const image = { type: "Image", url: `data:image/png;base64,${"A".repeat(50_000)}` };
    const result = compileMessage({ card: cardOf([hello, hello, hello, image]) });
    assert.ok(!result.ok);
    assert.equal(result.code, "MESSAGE_TOO_BIG");
    assert.match(
      result.problems.map(findingText).join(),
      /card\.body\[3\]\.url is 100 KB of 10\d KB/,
    );
  });

  it("is refused also where the card has conditions, as far as they cannot help", () => {
    const image = { type: "Image", url: `data:image/png;base64,${"A".repeat(50_000)}` };
    const optional = { ...hello, $when: "${person.locale}" };
    const certain = compileMessage({ card: cardOf([optional, image]) });
    assert.ok(!certain.ok);
    assert.equal(certain.code, "MESSAGE_TOO_BIG");
    assert.ok(
      compileMessage({ card: cardOf([hello, { ...image, $when: "${person.locale}" }]) }).ok,
    );
  });

  it("is refused for the recipient whose data makes it too big", () => {
    const compiled = compileMessage({
      card: cardOf([hello, { type: "TextBlock", text: "${note}" }]),
    });
    assert.ok(compiled.ok);
    const refused = compiled.message.render({ data: { note: "n".repeat(60_000) } });
    assert.ok("missing" in refused);
    assert.equal(refused.code, "MESSAGE_TOO_BIG");
    assert.equal(refused.missing, null);
    assert.match(refused.detail, /card\.body\[1\]\.text is 120 KB of 121 KB/);
  });

  it("is never over the limit in what is rendered, and is what Teams would measure", () => {
    fc.assert(
      fc.property(fc.integer({ min: 49_500, max: 50_500 }), (length) => {
        const compiled = compileMessage({ text: "${note}", summary: "s" });
        assert.ok(compiled.ok);
        const rendered = compiled.message.render({ data: { note: "n".repeat(length) } });
        if (!("missing" in rendered)) {
          assert.equal(rendered.sizeBytes, 2 * rendered.body.length);
          assert.ok(rendered.sizeBytes <= 100_000);
        } else assert.ok(2 * length > 99_000);
      }),
      { numRuns: 30 },
    );
  });

  it("names a list when no element of it stands out", () => {
    const elements = Array.from({ length: 50 }, () => ({
      type: "TextBlock",
      text: "t".repeat(100),
    }));
    assert.equal(biggestPart({ card: cardOf(elements) })?.path, "card.body");
    const uneven = [400, 300, 300].map((length) => ({
      type: "TextBlock",
      text: "t".repeat(length),
    }));
    assert.equal(biggestPart({ card: cardOf(uneven) })?.path, "card.body");
    assert.equal(biggestPart({ text: "a".repeat(40) })?.path, "text");
    assert.equal(biggestPart({}), null);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Json } from "../../src/domain/message.ts";
import { fieldsOf, holds, parseExpression } from "../../src/domain/template-expression.ts";
import { lookUp, parsePath } from "../../src/domain/template-path.ts";
import { parseText } from "../../src/domain/template-text.ts";

/** A text's parts, with holes as `<name|default>`. */
function partsOf(source: string): readonly string[] {
  const parsed = parseText(source);
  assert.ok(parsed.ok, source);
  return parsed.parts.map((part) =>
    typeof part === "string"
      ? part
      : `<${part.path.name}${part.fallback === null ? "" : `|${part.fallback}`}>`,
  );
}

describe("parseText", () => {
  for (const [source, parts] of [
    ["", []],
    ["no field", ["no field"]],
    ["Hi ${person.name}!", ["Hi ", "<person.name>", "!"]],
    ["${a}${b}", ["<a>", "<b>"]],
    ["${ a.b | some one }", ["<a.b|some one>"]],
    ["${a|}", ["<a|>"]],
    ["${a|x|y}", ["<a|x|y>"]],
    ["$${a} is a field", ["${a} is a field"]],
    ["$$${a}", ["$${a}"]],
    ["$${a} ${b}", ["${a} ", "<b>"]],
    ["5 $ and {x}", ["5 $ and {x}"]],
    ["${a}$${b}", ["<a>", "${b}"]],
    ["${rows[0].name} ${x['y z']}", ["<rows[0].name>", " ", "<x['y z']>"]],
    ["${$index}${$root.a}${$data}", ["<$index>", "<$root.a>", "<$data>"]],
    ["${größe}", ["<größe>"]],
  ] as const)
    it(`cuts ${JSON.stringify(source)} at its fields`, () => {
      assert.deepEqual(partsOf(source), parts);
    });

  for (const source of [
    "${",
    "Hi ${name",
    "${}",
    "${a b}",
    "${if(a, b)}",
    "${a + b}",
    "${$root}",
    "${$index.a}",
    "${.a}",
    "${a.}",
  ])
    it(`says what is wrong with ${source}`, () => {
      const parsed = parseText(source);
      assert.ok(!parsed.ok);
      assert.match(parsed.problem, /^`\$\{.*` (?:has no closing brace|is not a field's path)\./);
    });

  it("never throws, and gives text without fields back as it is", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("$", "{", "}", "a", ".", "|", " ", "\n") }),
        (source) => {
          const parsed = parseText(source);
          if (!source.includes("${"))
            assert.deepEqual(parsed, { ok: true, parts: source === "" ? [] : [source] });
        },
      ),
      { numRuns: 500 },
    );
  });

  it("gives back any text whose openings are doubled", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const literal = text.replaceAll("$", "");
        assert.deepEqual(partsOf(`$\${${literal}`), [`\${${literal}`]);
      }),
    );
  });
});

const person = {
  id: "p1",
  name: "Ana",
  givenName: null,
  surname: null,
  userPrincipalName: null,
  email: null,
  locale: null,
};

function fieldValue(name: string, scope: Partial<Parameters<typeof lookUp>[1]>): Json | undefined {
  const path = parsePath(name);
  assert.ok(path !== null, name);
  return lookUp(path, { recipient: {}, messageData: undefined, ...scope });
}

describe("lookUp", () => {
  it("asks the recipient's data, then the message's, then the person", () => {
    const recipient = { person, data: { a: 1 } };
    const messageData = { a: 2, b: 3 };
    assert.equal(fieldValue("a", { recipient, messageData }), 1);
    assert.equal(fieldValue("b", { recipient, messageData }), 3);
    assert.equal(fieldValue("person.name", { recipient, messageData }), "Ana");
    assert.equal(
      fieldValue("person.name", { recipient, messageData: { person: { name: "X" } } }),
      "X",
    );
  });

  it("asks the current item first, and the root for what the item has not", () => {
    const scope = {
      recipient: { person },
      messageData: { a: "root", b: "b" },
      item: { a: "item" },
    };
    assert.equal(fieldValue("a", scope), "item");
    assert.equal(fieldValue("b", scope), "b");
    assert.equal(fieldValue("$root.a", scope), "root");
    assert.equal(fieldValue("$data.a", scope), "item");
    assert.equal(fieldValue("$data.b", scope), undefined);
    assert.equal(fieldValue("$index", { ...scope, index: 4 }), 4);
    assert.equal(fieldValue("$data", { ...scope, item: "word" }), "word");
  });

  it("finds nothing that is not the data's own", () => {
    for (const name of [
      "constructor",
      "__proto__",
      "a.toString",
      "person.constructor",
      "person.nickname",
      "text.length",
    ])
      assert.equal(
        fieldValue(name, { recipient: { person, data: { a: {}, text: "x" } } }),
        undefined,
      );
  });

  it("reads lists by index", () => {
    const messageData = { rows: [{ n: 1 }, { n: 2 }] };
    assert.equal(fieldValue("rows[1].n", { messageData }), 2);
    assert.equal(fieldValue("rows.0.n", { messageData }), 1);
    assert.equal(fieldValue("rows[2].n", { messageData }), undefined);
  });
});

/** Whether an expression holds for some data. */
function test(source: string, messageData: { readonly [key: string]: Json } = {}): boolean {
  const expression = parseExpression(source);
  assert.ok(typeof expression !== "string", `${source}: ${String(expression)}`);
  return holds(expression, { recipient: {}, messageData });
}

describe("expressions", () => {
  const data = { n: 3, s: "b", yes: true, no: false, nothing: null, list: [1], zero: 0 };
  for (const [source, expected] of [
    ["n == 3", true],
    ["n == '3'", false],
    ["n != 3", false],
    ["n > 2 && n <= 3", true],
    ['n < 2 || s == "b"', true],
    ["s < 'c'", true],
    ["s < 5", false],
    ["n >= -1.5", true],
    ["yes", true],
    ["!yes", false],
    ["!!no", false],
    ["missing", false],
    ["missing == null", true],
    ["nothing != null", false],
    ["list", true],
    ["list[0] == 1", true],
    ["!(yes && no)", true],
    ["no && no || yes", true],
    ["no && (no || yes)", false],
    ["true", true],
    ["'text'", true],
    ["!missing && n", true],
    ["zero", true],
    ["''", true],
    [Array(40).fill("n").join(" && "), true],
  ] as const)
    it(`finds that ${source} ${expected ? "holds" : "does not hold"}`, () => {
      assert.equal(test(source, data), expected);
    });

  for (const source of [
    "",
    "a ==",
    "== a",
    "(a",
    "a)",
    "a b",
    "a = b",
    "f(a)",
    "a + b",
    "a && ",
    "'open",
    `${"(".repeat(99)}a`,
  ])
    it(`refuses ${source.slice(0, 20) || "nothing"}`, () => {
      assert.equal(typeof parseExpression(source), "string");
    });

  it("name the fields they ask for", () => {
    const expression = parseExpression("!a.b && (c == 1 || $root.d > 'x')");
    assert.ok(typeof expression !== "string");
    assert.deepEqual(
      fieldsOf(expression).map((path) => path.name),
      ["a.b", "c", "$root.d"],
    );
  });

  it("never throw", () => {
    const piece = fc.constantFrom(
      "a",
      "1",
      "'x'",
      "(",
      ")",
      "!",
      "&&",
      "||",
      "==",
      "<",
      " ",
      "$",
      "[0]",
      ".",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const expression = parseExpression(pieces.join(""));
        if (typeof expression !== "string")
          holds(expression, { recipient: {}, messageData: { a: 1 } });
      }),
      { numRuns: 1000 },
    );
  });
});

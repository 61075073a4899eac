import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type {
  CompiledMessage,
  Json,
  JsonObject,
  Message,
  RecipientFields,
} from "../../src/domain/message.ts";
import { compileMessage } from "../../src/domain/message-compile.ts";

const ana: RecipientFields = {
  person: {
    id: "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    name: "Ana *Maria* [x](http://y)",
    givenName: null,
    surname: "Oliveira",
    userPrincipalName: "ana@contoso.example",
    email: null,
    locale: "pt-BR",
  },
};

/** The compiled message; fails the test when there are problems. */
function compile(message: Message): CompiledMessage {
  const compiled = compileMessage(message);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.message;
}

/** The activity that a recipient gets. */
function render(message: Message, fields: RecipientFields = ana): JsonObject {
  const rendered = compile(message).render(fields);
  assert.ok(!("missing" in rendered), JSON.stringify(rendered));
  assert.equal(rendered.sizeBytes, 2 * rendered.body.length);
  return JSON.parse(rendered.body) as JsonObject; // what we render is an object
}

/** The body of a card with these elements, as a recipient gets it. */
function body(elements: readonly Json[], data?: JsonObject, fields?: RecipientFields): Json {
  const activity = render(
    { card: cardOf(elements), ...(data === undefined ? {} : { data }) },
    fields,
  );
  const attachment = (activity.attachments as readonly { content: JsonObject }[])[0];
  return attachment?.content.body ?? null;
}

function cardOf(elements: readonly Json[]): JsonObject {
  return { type: "AdaptiveCard", version: "1.5", body: elements };
}

function text(source: Json): JsonObject {
  return { type: "TextBlock", text: source };
}

const alert = { notification: { alert: true } };

describe("a text message", () => {
  it("is a plain activity with its own summary", () => {
    assert.deepEqual(render({ text: "Lift *2* is out", summary: "Lift" }), {
      type: "message",
      textFormat: "plain",
      text: "Lift *2* is out",
      summary: "Lift",
      channelData: alert,
    });
  });

  it("has a summary also where the author's own comes out empty", () => {
    assert.equal(render({ text: "a", summary: "${person.email}" }).summary, "New message");
    assert.equal(render({ text: "a", summary: " " }).summary, "a");
  });

  it("says names as they are, and an empty text or the default where a person has none", () => {
    const activity = render({
      text: "${person.name}/${person.email}/${person.givenName|colleague}",
    });
    assert.equal(activity.text, "Ana *Maria* [x](http://y)//colleague");
  });

  it("is cut to 200 characters for its summary, without half a character", () => {
    fc.assert(
      fc.property(fc.integer({ min: 190, max: 205 }), (length) => {
        const { summary } = render({ text: `${"a".repeat(length)}😀${"b".repeat(50)}` });
        assert.ok(typeof summary === "string" && summary.length <= 200);
        assert.doesNotMatch(summary, /\p{Surrogate}/u);
        assert.ok(summary.endsWith("…"));
      }),
    );
  });
});

describe("a message with members that are undefined", () => {
  it("is the message without them", () => {
    const loose = { card: undefined, text: "Hello", summary: undefined, data: undefined };
    assert.deepEqual(render(loose as unknown as Message), render({ text: "Hello" })); // JavaScript allows it
  });
});

describe("a markdown message", () => {
  it("keeps the author's markup and takes none from values", () => {
    const activity = render({
      markdown:
        "**Hi ${person.name}**, [open](https://x.example/?u=${person.userPrincipalName}) ${link}",
      data: { link: "<b>x</b>" },
    });
    assert.equal(activity.textFormat, "markdown");
    assert.equal(
      activity.text,
      "**Hi Ana \\*Maria\\* \\[x\\]\\(http://y)**, [open](https://x.example/?u=ana%40contoso.example) &lt;b&gt;x&lt;/b&gt;",
    );
    assert.equal(activity.summary, "Hi Ana *Maria* [x](http://y), open <b>x</b>");
  });

  it("takes a whole link from a field, and refuses what is no link", () => {
    const message = { markdown: "[open](${link})" };
    assert.equal(
      render(message, { data: { link: "https://x.example/a b" } }).text,
      "[open](https://x.example/a%20b)",
    );
    const refused = compile(message).render({ data: { link: "javascript:alert(1)" } });
    assert.ok("missing" in refused);
    assert.equal(refused.missing, "link");
  });
});

describe("a card message", () => {
  it("is one attachment, with a summary from its first visible text", () => {
    const card = {
      type: "AdaptiveCard",
      version: "1.5",
      body: [
        { type: "TextBlock", text: "Hidden", isVisible: false },
        { type: "Container", items: [text("## **Fire drill** for ${person.surname}")] },
      ],
    };
    assert.deepEqual(render({ card }), {
      type: "message",
      attachments: [
        {
          contentType: "application/vnd.microsoft.card.adaptive",
          content: {
            ...card,
            body: [
              { type: "TextBlock", text: "Hidden", isVisible: false },
              { type: "Container", items: [text("## **Fire drill** for Oliveira")] },
            ],
          },
        },
      ],
      summary: "Fire drill for Oliveira",
      channelData: alert,
    });
  });

  it("always has a summary, also when it has no text that tells anything", () => {
    assert.equal(
      render({ card: cardOf([text("📣"), text("Doors closed")]) }).summary,
      "Doors closed",
    );
    const image = { type: "Image", url: "https://x.example/a.png" };
    assert.equal(render({ card: cardOf([image]) }).summary, "New message");
    assert.equal(render({ card: { ...cardOf([image]), fallbackText: "Look" } }).summary, "Look");
    assert.equal(render({ card: cardOf([text("${person.email}")]) }).summary, "New message");
  });

  it("keeps any card without fields as it is", () => {
    const leaf = fc.oneof(
      fc.string().map((value) => value.replaceAll("$", "")),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    );
    const key = fc.stringMatching(/^[a-z" -]{1,8}$/);
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("tree"), { maxLength: 4 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const expected = JSON.parse(
          JSON.stringify([text("x"), { type: "Container", data: value }]),
        ) as Json;
        assert.deepEqual(body([text("x"), { type: "Container", data: value }]), expected);
      }),
    );
  });

  it("gives a field that is a whole string the value's own type", () => {
    const data = { n: 3, yes: true, list: [1, "a"], object: { a: null }, word: "w" };
    const elements = [
      {
        type: "Container",
        a: "${n}",
        b: "${yes}",
        c: "${list}",
        d: "${object}",
        e: "${word}",
        f: "${n} ",
        g: "${none|7}",
      },
    ];
    assert.deepEqual(body(elements, data), [
      { type: "Container", a: 3, b: true, c: [1, "a"], d: { a: null }, e: "w", f: "3 ", g: "7" },
    ]);
  });

  it("writes values for where they land", () => {
    const name = "*A* (b) & c";
    const elements = [
      text("${name}"),
      { type: "FactSet", facts: [{ title: "${name}", value: "${name}" }] },
      { type: "RichTextBlock", inlines: [{ type: "TextRun", text: "${name}" }] },
      { type: "Image", url: "https://x.example/${name}.png", altText: "${name}" },
      {
        type: "ActionSet",
        actions: [
          { type: "Action.Submit", title: "${name}", data: { url: "${name}", text: "${name}" } },
        ],
      },
    ];
    assert.deepEqual(body(elements, { name }), [
      text("\\*A\\* (b) & c"),
      { type: "FactSet", facts: [{ title: "\\*A\\* (b) & c", value: "\\*A\\* (b) & c" }] },
      { type: "RichTextBlock", inlines: [{ type: "TextRun", text: name }] },
      { type: "Image", url: "https://x.example/%2AA%2A%20%28b%29%20%26%20c.png", altText: name },
      {
        type: "ActionSet",
        actions: [{ type: "Action.Submit", title: name, data: { url: name, text: name } }],
      },
    ]);
  });

  it("takes the beginning of an address from a field, and refuses what begins none", () => {
    const image = { type: "Image", url: "${base}/a.png?v=${v}" };
    const data = { base: "https://x.example/b c", v: "1&2" };
    assert.deepEqual(body([image], data), [
      { type: "Image", url: "https://x.example/b%20c/a.png?v=1%262" },
    ]);
    const refused = compile({
      card: cardOf([image]),
      data: { ...data, base: "javascript:x" },
    }).render({});
    assert.ok("missing" in refused);
    assert.equal(refused.missing, "base");
  });

  it("escapes also inside lists and objects that come in as values", () => {
    const facts = [{ title: "*t*", value: "v" }];
    assert.deepEqual(body([text("x"), { type: "FactSet", facts: "${facts}" }], { facts }), [
      text("x"),
      { type: "FactSet", facts: [{ title: "\\*t\\*", value: "v" }] },
    ]);
  });

  it("makes a number in a text a text", () => {
    assert.deepEqual(body([text("${n}")], { n: 5 }), [text("5")]);
  });

  it("says a mention the same in the text and in its entity", () => {
    const card = {
      ...cardOf([text("Hi <at>${person.name}</at>")]),
      msteams: {
        entities: [
          {
            type: "mention",
            text: "<at>${person.name}</at>",
            mentioned: { id: "${person.id}", name: "${person.name}" },
          },
        ],
      },
    };
    const { body } = renderCard(card);
    const said = "<at>Ana *Maria* [x](http://y)</at>";
    assert.deepEqual(body, [text(`Hi ${said}`)]);
    assert.deepEqual(renderCard(card).msteams, {
      entities: [
        { type: "mention", text: said, mentioned: { id: ana.person?.id, name: ana.person?.name } },
      ],
    });
  });

  it("renders any value so that the JSON holds and the text is not cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        const [block] = body([{ type: "RichTextBlock", inlines: ["a ${v} b"] }], {
          v: value,
        }) as readonly JsonObject[];
        assert.deepEqual(block?.inlines, [`a ${value} b`]);
      }),
    );
  });
});

function renderCard(card: JsonObject): JsonObject {
  const { attachments } = render({ card });
  const [attachment] = attachments as readonly { content: JsonObject }[]; // as the test above shows
  return attachment?.content ?? {};
}

describe("$data and $when", () => {
  const data = {
    items: [{ n: 1, t: "one" }, { n: 2, t: "two" }, { n: 3 }],
    on: true,
    one: { t: "own" },
  };

  it("repeat an element for each of a list", () => {
    const element = {
      type: "TextBlock",
      $data: "${items}",
      text: "${$index}: ${t|none} of ${$root.one.t}",
    };
    assert.deepEqual(body([text("x"), element, text("y")], data), [
      text("x"),
      text("0: one of own"),
      text("1: two of own"),
      text("2: none of own"),
      text("y"),
    ]);
  });

  it("repeat nothing for an empty list, and leave no comma", () => {
    const element = { type: "TextBlock", $data: "${items}", text: "${t}" };
    assert.deepEqual(body([element, text("x"), element], { items: [] }), [text("x")]);
    assert.deepEqual(body([{ type: "Container", items: [element] }], { items: [] }), [
      { type: "Container", items: [] },
    ]);
  });

  it("look fields up in an object, within it and below", () => {
    const element = {
      type: "Container",
      $data: "${one}",
      items: [text("${t} ${$data.t} ${n|none}")],
    };
    assert.deepEqual(body([element], data), [{ type: "Container", items: [text("own own none")] }]);
  });

  it("leave out elements and members whose condition does not hold", () => {
    const elements = [
      { ...text("a"), $when: "${on}" },
      { ...text("b"), $when: "${!on}" },
      { ...text("c"), $data: "${items}", $when: "${n >= 2}" },
      {
        type: "Container",
        selectAction: { type: "Action.Submit", $when: "${missing}" },
        items: [],
      },
      { ...text("d"), $when: false },
    ];
    assert.deepEqual(body(elements, data), [
      text("a"),
      text("c"),
      text("c"),
      { type: "Container", items: [] },
    ]);
  });

  it("agree with a plain reading of them, for any data", () => {
    const items = fc.array(
      fc.record({ n: fc.integer(), t: fc.stringMatching(/^[a-z ]*$/) }, { noNullPrototype: true }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(items, fc.integer(), (list, least) => {
        const element = {
          type: "RichTextBlock",
          $data: "${list}",
          $when: "${n > $root.least}",
          a: "${t}",
          b: "${$index}",
        };
        const expected = list.flatMap(({ n, t }, index) =>
          n > least ? [{ type: "RichTextBlock", a: t, b: index }] : [],
        );
        assert.deepEqual(body([text("x"), element], { list, least }), [text("x"), ...expected]);
      }),
    );
  });

  it("nest, with the inner index inside", () => {
    const rows = [{ cells: ["a", "b"] }, { cells: ["c"] }];
    const element = {
      type: "Container",
      $data: "${rows}",
      id: "${$index}",
      items: [{ type: "TextBlock", $data: "${cells}", text: "${$data}${$index}" }],
    };
    assert.deepEqual(body([element], { rows }), [
      { type: "Container", id: 0, items: [text("a0"), text("b1")] },
      { type: "Container", id: 1, items: [text("c0")] },
    ]);
  });

  it("take sample data written in the template, also for the summary", () => {
    const card = { ...cardOf([text("${t}")]), $data: { t: "sample" } };
    assert.deepEqual(renderCard(card).body, [text("sample")]);
    assert.equal(render({ card }).summary, "sample");
  });

  it("refuse the recipient whose list is missing or endless", () => {
    const message = { card: cardOf([text("x"), { ...text("${t}"), $data: "${rows}" }]) };
    assert.deepEqual(compile(message).unfilled, ["rows"]);
    for (const fields of [
      {},
      { data: { rows: null } },
      { data: { rows: Array(1001).fill({ t: "" }) } },
    ]) {
      const refused = compile(message).render(fields);
      assert.ok("missing" in refused);
      assert.equal(refused.missing, "rows");
    }
  });
});

describe("fields without a value", () => {
  it("are refused for that recipient, with the field's name", () => {
    const rendered = compile({ text: "Room ${room}" }).render(ana);
    assert.ok("missing" in rendered);
    assert.equal(rendered.code, "MESSAGE_FIELD_MISSING");
    assert.equal(rendered.missing, "room");
    assert.match(rendered.detail, /\$\{room\}/);
  });

  it("are refused for a person's field where the recipient is no person", () => {
    const rendered = compile({ text: "Hi ${person.name}" }).render({});
    assert.ok("missing" in rendered);
    assert.equal(rendered.missing, "person.name");
    assert.equal(render({ text: "Hi ${person.name|all}" }, {}).text, "Hi all");
  });

  it("are listed before anything is tried", () => {
    const message = compile({
      text: "${person.name} ${person.nickname} ${a} ${b|x} ${c} ${c}",
      data: { a: 1 },
      summary: "${d}",
    });
    assert.deepEqual(message.fields, ["person.name", "person.nickname", "a", "b", "c", "d"]);
    assert.deepEqual(message.unfilled, ["person.nickname", "c", "d"]);
    assert.equal(message.shared, false);
    assert.equal(compile({ text: "same for all" }).shared, true);
  });

  it("are the only thing that makes a recipient miss a message", () => {
    const names = ["a", "b", "c"];
    const subset = fc.subarray(names);
    fc.assert(
      fc.property(subset, subset, subset, (used, given, own) => {
        const message = compile({
          text: `x ${used.map((name) => `\${${name}}`).join(" ")}`,
          data: Object.fromEntries(given.map((name) => [name, "v"])),
        });
        const rendered = message.render({
          data: Object.fromEntries(own.map((name) => [name, "w"])),
        });
        const missing = used.find((name) => !given.includes(name) && !own.includes(name));
        assert.equal("missing" in rendered ? rendered.missing : undefined, missing);
        if ("missing" in rendered) return;
        const texts = used.map((name) => (own.includes(name) ? "w" : "v"));
        assert.ok(rendered.body.includes(`"x ${texts.join(" ")}"`));
      }),
    );
  });
});

describe("what the message's own data fills", () => {
  it("is the same with data of the recipient's own that says nothing, for any message", () => {
    const piece = fc.constantFrom(
      "${a}",
      "${b.c|d}",
      "${person.name}",
      "${person.email|e}",
      "${x|y}",
      "*",
      "text ",
      "[l](${a})",
    );
    const source = fc
      .array(piece, { minLength: 1, maxLength: 6 })
      .map((pieces) => `t${pieces.join("")}`);
    const element = fc.record(
      {
        type: fc.constant("TextBlock"),
        text: source,
        id: source,
        ...{
          $data: fc.constantFrom("${list}", "${person}", "${b}"),
          $when: fc.constantFrom("${a == 1}", "${person.name != null}", "${$index < 1}"),
        },
      },
      { requiredKeys: ["type", "text"], noNullPrototype: true },
    );
    const data = fc.record(
      {
        a: fc.constantFrom("https://x.example", "plain", 1),
        b: fc.constant({ c: "*c*" }),
        list: fc.constant([{ a: "one" }, {}, "three"]),
      },
      { requiredKeys: [], noNullPrototype: true },
    );
    fc.assert(
      fc.property(
        fc.array(element, { minLength: 1, maxLength: 4 }),
        data,
        fc.constantFrom(ana, {}),
        (elements, given, fields) => {
          const compiled = compileMessage({
            card: cardOf(elements as readonly Json[]),
            data: given,
          });
          if (!compiled.ok) return;
          const { message } = compiled;
          assert.deepEqual(message.render(fields), message.render({ ...fields, data: {} }));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("does not stay when a recipient brings another value", () => {
    const message = compile({ text: "Hi ${a}", data: { a: "all" } });
    const texts = [{}, { data: { a: "one" } }, {}].map((fields) => {
      const rendered = message.render(fields);
      assert.ok(!("missing" in rendered));
      return (JSON.parse(rendered.body) as { text: string }).text;
    });
    assert.deepEqual(texts, ["Hi all", "Hi one", "Hi all"]);
  });
});
